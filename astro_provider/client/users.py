"""Users: list, get, find by e-mail address, their Teams, and their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.client.resource import Collection
from astro_provider.http.pages import parse, read_all
from astro_provider.http.retry import Repeat
from astro_provider.models.access import Roles, SubjectRoles
from astro_provider.models.teams import TeamMembership
from astro_provider.models.users import User

if TYPE_CHECKING:
    from collections.abc import Sequence


class Users(Collection[User]):
    """The users of one Organization. By API nobody can be removed from it."""

    segment, noun, model = "users", "a user", User
    name_filter = None
    # The order by creation moves between reads, as that by default does.
    sorts = "id:asc"

    def list(
        self,
        *,
        names: Sequence[str] = (),
        workspace_id: str | None = None,
        deployment_id: str | None = None,
        repeat: Repeat = Repeat.SAFE,
    ) -> list[User]:
        """Return all users that match all filters.

        :param names: Only these e-mail addresses; case is ignored.
        :param workspace_id: Only those with a role of their own in this Workspace.
        :param deployment_id: Only those with a role of their own in this Deployment.
        :param repeat: Which failures of a page's request are retried.
        """
        filters = {"workspaceId": workspace_id, "deploymentId": deployment_id}
        wanted = {name.strip().lower() for name in names}
        found = self._items(User, filters, repeat=repeat)
        return [user for user in found if not wanted or user.username.lower() in wanted]

    def teams(self, user_id: str) -> Sequence[TeamMembership]:
        """Return the Teams that a user is in, with their roles.

        :param user_id: The user's id.
        """
        path = self._at(user_id, "teams")
        return [parse(TeamMembership, item, "GET", path) for item in read_all(self._api, path, "teams")]

    def set_roles(self, user_id: str, roles: Roles) -> Roles:
        """Give a user these roles, and no other; safe to repeat. Returns the roles as they are stored.

        :param user_id: The user's id.
        :param roles: All of them, made from those that a fresh ``get`` showed.
        """
        path = self._at(user_id, "roles")
        return self._write(SubjectRoles, path, roles.as_subject(), repeat=Repeat.SAFE).roles
