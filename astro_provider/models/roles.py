"""Custom roles, and Astro's own beside them, as the API shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from astro_provider.models.base import ApiModel, Item
from astro_provider.models.deployments import SubjectProfile  # noqa: TC001  (the same)


class Role(Item):
    """A custom role; lists leave out its permissions."""

    name: str
    description: str | None = None
    scope_type: str | None = None
    permissions: tuple[str, ...] | None = None
    restricted_workspace_ids: tuple[str, ...] | None = None
    created_at: datetime
    created_by: SubjectProfile | None = None


class DefaultRole(ApiModel):
    """One of Astro's own roles."""

    name: str
    scope_type: str | None = None
    permissions: tuple[str, ...] = ()
