"""Teams: list, get, find, create, update, delete, their members, and their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.client.resource import Collection
from astro_provider.common.ids import checked_id
from astro_provider.errors import AstroError
from astro_provider.http.pages import parse, read_all
from astro_provider.http.retry import Repeat, is_ambiguous
from astro_provider.models.access import Roles, SubjectRoles
from astro_provider.models.teams import Team, TeamMember

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


#: How often members are sent when each response is lost.
MAX_ADDS = 3


class Teams(Collection[Team]):
    """The Teams of one Organization."""

    segment, noun, model = "teams", "a Team", Team

    def list(
        self,
        *,
        names: Sequence[str] = (),
        workspace_id: str | None = None,
        deployment_id: str | None = None,
        repeat: Repeat = Repeat.SAFE,
    ) -> list[Team]:
        """Return all Teams that match all filters, oldest first.

        :param names: Only these names, exactly.
        :param workspace_id: Only those with a role in this Workspace.
        :param deployment_id: Only those with a role in this Deployment.
        :param repeat: Which failures of a page's request are retried.
        """
        filters = {"workspaceId": workspace_id, "deploymentId": deployment_id}
        return self._items(Team, filters, names=names, repeat=repeat)

    def create(self, body: dict[str, object]) -> Team:
        """Create a Team, exactly one, even if a response is lost; Astro refuses it if SCIM is enabled.

        :param body: The request body. Names are unique, whatever their case. Other roles than the Organization's are
            given with ``set_roles``.
        """
        name = str(body.get("name"))

        def find(_: AstroError, began: datetime) -> Team | None:
            return self._made(self.list(names=[name]), began)

        return self._once(Team, self._path, body, find=find)

    def update(self, team_id: str, body: dict[str, object]) -> Team:
        """Change a Team's name and description; safe to repeat.

        :param team_id: Its id.
        :param body: The request body.
        """
        return self._write(Team, self._at(team_id), body, repeat=Repeat.SAFE)

    def delete(self, team_id: str) -> None:
        """Delete a Team, and with it what its members have through it; a 404 after a lost response counts as success.

        :param team_id: Its id.
        :raises NotFoundError: It did not exist at the first attempt.
        """
        self._delete(self._at(team_id))

    def members(self, team_id: str) -> Sequence[TeamMember]:
        """Return all members of a Team.

        :param team_id: Its id.
        """
        path = self._at(team_id, "members")
        items = read_all(self._api, path, "teamMembers", sorts="userId:asc", id_key="userId")
        return [parse(TeamMember, item, "GET", path) for item in items]

    def add_members(self, team_id: str, user_ids: Sequence[str]) -> None:
        """Add users to a Team.

        What Astro answers about one who is a member already is not documented, so after a lost response only those
        who are missing are sent again.

        :param team_id: Its id.
        :param user_ids: The users' ids, at least one.
        """
        missing = list(user_ids)
        for attempt in range(1, MAX_ADDS + 1):
            try:
                body: dict[str, object] = {"memberIds": missing}
                self._api.send("POST", self._at(team_id, "members"), body=body, repeat=Repeat.UNSENT)
            except AstroError as error:
                if not is_ambiguous(error) or attempt == MAX_ADDS:
                    raise
                self._api.pause(attempt)
                present = {member.user_id for member in self.members(team_id)}
                missing = [user_id for user_id in missing if user_id not in present]
            else:
                return
            if not missing:
                return

    def remove_member(self, team_id: str, user_id: str) -> None:
        """Remove a user from a Team; a 404 after a lost response counts as success.

        :param team_id: Its id.
        :param user_id: The user's id.
        :raises NotFoundError: The user was no member at the first attempt.
        """
        self._delete(self._at(team_id, "members", checked_id(user_id, "a user")))

    def set_roles(self, team_id: str, roles: Roles) -> Roles:
        """Give a Team these roles, and no other; safe to repeat. Returns the roles as they are stored.

        :param team_id: Its id.
        :param roles: All of them, made from those that a fresh ``get`` showed.
        """
        path = self._at(team_id, "roles")
        return self._write(SubjectRoles, path, roles.as_subject(), repeat=Repeat.SAFE).roles
