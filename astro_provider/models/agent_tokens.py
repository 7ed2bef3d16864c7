"""Tokens of a Deployment's agents as the API shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from astro_provider.models.api_tokens import TokenValue  # noqa: TC001  (the same)
from astro_provider.models.base import Item
from astro_provider.models.deployments import SubjectProfile  # noqa: TC001  (the same)


class AgentToken(Item):
    """A token for agents of Remote Execution; ``token`` is its value, which only a create returns."""

    name: str
    description: str | None = None
    created_at: datetime
    created_by: SubjectProfile | None = None
    end_at: datetime | None = None
    last_used_at: datetime | None = None
    token: TokenValue | None = None
