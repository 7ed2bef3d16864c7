"""Users of the Organization, and their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.ids import new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.problems import check_fields
from astro_provider.emulator.core.roles import PLACES, UserRoles, replace_roles, roles_of
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.organizations import OWNER

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

    Document = dict[str, Any]

resource = Resource("/organizations/{organizationId}/users")
SORTS = ("id", "username", "fullName", "createdAt", "updatedAt")
TEAM_SORTS = ("name", "description", "createdAt", "updatedAt")


@resource.get()
def list_users(call: Call) -> Document:
    """List the users; those with a role of their own in one Workspace or Deployment, if one is named."""
    found = with_role_in_sight(call, [shown_user(user) for user in call.state.store.all("user")])
    return call.page("users", found, sorts=SORTS)


@resource.get("/{userId}")
def get_user(call: Call) -> Document:
    """Show a user."""
    return shown_user(_user(call))


@resource.post("/{userId}/roles")
def set_user_roles(call: Call) -> Document:
    """Give a user these roles, and no other."""
    user = _user(call)
    roles = replace_roles(call, user, call.body(UserRoles))
    user["updatedAt"] = moment()
    call.state.store.put("user", user)
    return roles


@resource.get("/{userId}/teams")
def list_teams_of_user(call: Call) -> Document:
    """List the Teams that a user is in, with their roles."""
    user = _user(call)
    teams = [team for team in call.state.store.all("team") if user["id"] in team["_members"]]
    page = call.page("teams", teams, sorts=TEAM_SORTS)
    kept = ("id", "name", "description", "isIdpManaged")
    page["teams"] = [
        {**{name: team[name] for name in kept}, **roles_of(team), "rolesCount": roles_count(team)}
        for team in page["teams"]
    ]
    return page


@resource.seeds
def add_owner(state: State) -> None:
    """Add the user who made the Organization."""
    add_user(state, OWNER["username"], OWNER["fullName"], "ORGANIZATION_OWNER", id=OWNER["id"])


def add_user(
    state: State, username: str, full_name: str | None = None, role: str = "ORGANIZATION_MEMBER", **fields: Any
) -> str:
    """Add a user who is ACTIVE; returns the id.

    :param state: The emulator's state.
    :param username: The e-mail address.
    :param full_name: Default: made from the address.
    :param role: The Organization role.
    :param fields: Further fields of the API document.
    """
    now = moment()
    user: Document = {
        "id": new_id(),
        "username": username.lower(),
        "fullName": full_name or username.partition("@")[0].replace(".", " ").title(),
        "avatarUrl": "",
        "status": "ACTIVE",
        "organizationRole": role,
        **{name: [] for name in PLACES},
        "createdAt": now,
        "updatedAt": now,
    }
    check_fields("a user", fields, user)
    user |= fields
    state.store.put("user", user)
    return str(user["id"])


def shown_user(user: Document) -> Document:
    """Return a user as the API shows one.

    :param user: The stored user.
    """
    return {name: value for name, value in user.items() if name not in PLACES and name[0] != "_"} | roles_of(user)


def with_role_in_sight(call: Call, subjects: list[Document]) -> list[Document]:
    """Return the users or Teams that a request asks for and its token may see.

    :param call: The call; its filters are ``workspaceId`` and ``deploymentId``.
    :param subjects: Users or Teams, as they are shown.
    """
    for name, field in (("workspaceRoles", "workspaceId"), ("deploymentRoles", "deploymentId")):
        if place := call.one(field):
            subjects = [each for each in subjects if any(role[field] == place for role in each.get(name, ()))]
    if any(role.entity_type == "ORGANIZATION" for role in call.grant.roles):
        return subjects
    return [
        each
        for each in subjects
        if any(call.grant.may_see(role["workspaceId"]) for role in each.get("workspaceRoles", ()))
    ]


def roles_count(subject: Document) -> int:
    """Return how many roles a Team has.

    :param subject: The stored Team.
    """
    return sum(len(subject[name]) for name in PLACES) + bool(subject.get("organizationRole"))


def _user(call: Call) -> Document:
    return call.find("user", call.path["userId"])
