"""Teams as the API shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from astro_provider.models.access import SubjectRoles
from astro_provider.models.base import ApiModel, Item
from astro_provider.models.deployments import SubjectProfile  # noqa: TC001  (pydantic reads it at run time)


class Team(Item, SubjectRoles):
    """A Team; its members are a list of their own."""

    name: str
    description: str | None = None
    is_idp_managed: bool = False
    created_at: datetime
    created_by: SubjectProfile | None = None

    @property
    def label(self) -> str:
        """What messages call the Team."""
        return f"Team {self.name!r}"


class TeamMember(ApiModel):
    """A user who is in a Team."""

    user_id: str
    username: str
    full_name: str | None = None


class TeamMembership(Item, SubjectRoles):
    """A Team that a user is in."""

    name: str
    is_idp_managed: bool = False
