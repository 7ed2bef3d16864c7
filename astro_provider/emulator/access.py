"""Who has access, and to what: users, Teams, tokens, roles and environment objects, as tests set them up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.resources import roles, teams, users, workspaces
from astro_provider.emulator.resources.api_tokens import documents as tokens
from astro_provider.emulator.resources.environment_objects import routes as environment_objects
from astro_provider.emulator.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable


class Access(State):
    """The part of an emulator that is about access."""

    #: The Workspace that is the default of ``add_deployment`` and of tokens with a Workspace role.
    workspace_id = workspaces.FIRST_ID

    def issue_token(
        self,
        role: str = "WORKSPACE_MEMBER",
        workspace_id: str | None = None,
        expires_in: float | None = None,
        name: str | None = None,
        *,
        deployment_id: str | None = None,
        is_user: bool = False,
    ) -> str:
        """Create another token with its own id; returns its value.

        :param role: One of the roles in ``astro_provider.emulator.core.permissions.ROLES``, or a custom role's name.
        :param workspace_id: The only Workspace of the token; default for Workspace roles: the first one.
        :param expires_in: Seconds until it expires; negative: already expired; ``None``: never.
        :param name: Its name; default: the role in lower case.
        :param deployment_id: The only Deployment of the token.
        :param is_user: Create a user's own token instead of an API token; CI/CD enforcement refuses such a token.
        """
        if role.startswith("WORKSPACE_"):
            workspace_id = workspace_id or self.workspace_id
        ends = None if expires_in is None else self.clock() + expires_in
        place = deployment_id or workspace_id or self.organization_id
        scope = "DEPLOYMENT" if deployment_id else "WORKSPACE" if workspace_id else "ORGANIZATION"
        return tokens.add_token(self, name or role.lower(), role, scope, place, ends, is_user=is_user)

    def add_user(
        self, username: str, full_name: str | None = None, role: str = "ORGANIZATION_MEMBER", **fields: Any
    ) -> str:
        """Add a user who is ACTIVE; returns the id.

        :param username: The e-mail address.
        :param full_name: Default: made from the address.
        :param role: The Organization role.
        :param fields: Further fields of the API document, such as ``workspaceRoles``.
        """
        return users.add_user(self, username, full_name, role, **fields)

    def add_team(self, name: str, members: Iterable[str] = (), role: str = "ORGANIZATION_MEMBER", **fields: Any) -> str:
        """Add a Team; returns its id.

        :param name: Its name.
        :param members: Ids of users.
        :param role: Its Organization role.
        :param fields: Further fields of the API document, such as ``isIdpManaged``.
        """
        return teams.add_team(self, name, members, role, **fields)

    def add_role(self, name: str, permissions: Iterable[str] = ("deployment.get",), **fields: Any) -> str:
        """Add a custom role; returns its id.

        :param name: Its name.
        :param permissions: What it permits.
        :param fields: Further fields of the API document, such as ``scopeType``.
        """
        return roles.add_role(self, name, permissions, **fields)

    def add_environment_object(self, key: str, object_type: str, scope: str, place: str, **fields: Any) -> str:
        """Add an object of the Environment Manager; returns its id.

        :param key: Its key.
        :param object_type: CONNECTION, ENVIRONMENT_VARIABLE, AIRFLOW_VARIABLE or METRICS_EXPORT.
        :param scope: WORKSPACE or DEPLOYMENT.
        :param place: The Workspace's or the Deployment's id.
        :param fields: Its typed part, such as ``connection``, and further fields of the API document.
        """
        return environment_objects.add_object(self, key, object_type, scope, place, **fields)

    def stored_environment_object(self, object_id: str) -> dict[str, Any]:
        """Return an environment object with its secrets.

        :param object_id: Its id.
        :raises KeyError: There is none.
        """
        found = self.store.get(environment_objects.KIND, object_id)
        if found is None:
            raise KeyError(object_id)
        return found

    @property
    def users(self) -> list[dict[str, Any]]:
        """The users as the API would show them."""
        return [users.shown_user(user) for user in self.store.all("user")]

    @property
    def teams(self) -> list[dict[str, Any]]:
        """The Teams as the API would show them, and their members' ids beside that as ``memberIds``."""
        return [{**teams.shown_team(team), "memberIds": team["_members"]} for team in self.store.all("team")]

    @property
    def api_tokens(self) -> list[dict[str, Any]]:
        """The API tokens as the API would show them."""
        return [tokens.shown(token) for token in self.store.all("api_token")]
