"""Users as the API shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from astro_provider.models.access import SubjectRoles
from astro_provider.models.base import Item


class User(Item, SubjectRoles):
    """A user of the Organization, from the invitation on; the roles are the user's own, without those of Teams.

    ``username`` is the e-mail address. ``status`` is ACTIVE, INACTIVE, PENDING or BANNED.
    """

    username: str
    full_name: str | None = None
    status: str | None = None
    created_at: datetime | None = None

    @property
    def label(self) -> str:
        """What messages call the user."""
        return f"user {self.username}"
