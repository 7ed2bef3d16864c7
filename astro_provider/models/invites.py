"""Invitations as the API shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from astro_provider.models.base import ApiModel


class Invite(ApiModel):
    """An invitation to the Organization.

    ``invite_id`` is shown by the create alone, and needed to cancel it; ``None``: the response to the create was lost.
    """

    invite_id: str | None = None
    user_id: str | None = None
    expires_at: datetime | None = None
