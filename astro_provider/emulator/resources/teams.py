"""Teams, their members and their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from astro_provider.emulator.core.bodies import Body, Text
from astro_provider.emulator.core.ids import ORGANIZATION_ID, new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.permissions import ORGANIZATION_ROLES
from astro_provider.emulator.core.problems import Complaint, check_fields, forbidden, invalid, invalid_fields, not_found
from astro_provider.emulator.core.roles import (
    PLACES,
    RoleName,
    TeamRoles,
    need_another_owner,
    need_role,
    replace_roles,
    roles_of,
)
from astro_provider.emulator.core.routing import Call, Resource
from astro_provider.emulator.resources.organizations import OWNER
from astro_provider.emulator.resources.users import roles_count, with_role_in_sight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from astro_provider.emulator.state import State

    Document = dict[str, Any]

resource = Resource("/organizations/{organizationId}/teams")
SORTS = ("name", "description", "createdAt", "updatedAt")
MEMBER_SORTS = ("userId", "fullName", "username", "createdAt")


class CreateTeam(Body):
    """A new Team."""

    name: Text
    description: str | None = None
    organization_role: RoleName | None = None
    member_ids: list[Text] | None = None


class UpdateTeam(Body):
    """A Team's name and description; its roles are changed by another request."""

    name: Text
    description: str | None = None


class Members(Body):
    """Users to add."""

    member_ids: Annotated[list[Text], Field(min_length=1)]


@resource.get()
def list_teams(call: Call) -> Document:
    """List Teams, without their members."""
    found = with_role_in_sight(call, [shown_team(team) for team in call.state.store.all("team")])
    return call.page("teams", call.matching(found, name="names"), sorts=SORTS)


@resource.get("/{teamId}")
def get_team(call: Call) -> Document:
    """Show a Team, without its members."""
    return shown_team(_team(call))


@resource.post()
def create_team(call: Call) -> Document:
    """Make a Team; not while an identity provider manages them."""
    body = call.body(CreateTeam)
    _need_owner(call)
    _need_no_scim(call)
    _check_name(call, body["name"])
    role = body.get("organizationRole", "ORGANIZATION_MEMBER")
    need_role("organizationRole", role, ORGANIZATION_ROLES)
    members = _known_users(call, body.get("memberIds", []))
    team_id = add_team(
        call.state, body["name"], members, role, description=body.get("description", ""), createdBy=call.grant.subject
    )
    return shown_team(call.find("team", team_id))


@resource.post("/{teamId}")
def update_team(call: Call) -> Document:
    """Change a Team's name and description."""
    team, body = _team(call), call.body(UpdateTeam)
    _need_owner(call)
    _check_name(call, body["name"], team["id"])
    return shown_team(_stored(call, {**team, **body}))


@resource.delete("/{teamId}")
def delete_team(call: Call) -> None:
    """Delete a Team; its members lose what they have through it."""
    team = _team(call)
    _need_owner(call)
    if team["organizationRole"] == "ORGANIZATION_OWNER":
        need_another_owner(call.state.store, team)
    call.state.store.delete("team", team["id"])


@resource.post("/{teamId}/roles")
def set_team_roles(call: Call) -> Document:
    """Give a Team these roles, and no other."""
    team = _team(call)
    roles = replace_roles(call, team, call.body(TeamRoles))
    _stored(call, team)
    return roles


@resource.get("/{teamId}/members")
def list_members(call: Call) -> Document:
    """List the members of a Team."""
    users = [call.state.store.get("user", user_id) for user_id in _team(call)["_members"]]
    kept = ("username", "fullName", "createdAt")
    found = [{"userId": user["id"], **{name: user[name] for name in kept}} for user in users if user]
    return call.page("teamMembers", found, most=None, sorts=MEMBER_SORTS)


@resource.post("/{teamId}/members")
def add_members(call: Call) -> None:
    """Add users; one who is a member already stays one."""
    team, body = _team(call), call.body(Members)
    _need_owner(call)
    _need_no_scim(call)
    team["_members"] = list(dict.fromkeys([*team["_members"], *_known_users(call, body["memberIds"])]))
    _stored(call, team)


@resource.delete("/{teamId}/members/{memberId}")
def remove_member(call: Call) -> None:
    """Remove a member."""
    team, member_id = _team(call), call.path["memberId"]
    _need_owner(call)
    if member_id not in team["_members"]:
        raise not_found("Team member", member_id)
    team["_members"].remove(member_id)
    _stored(call, team)


def add_team(
    state: State, name: str, members: Iterable[str] = (), role: str = "ORGANIZATION_MEMBER", **fields: Any
) -> str:
    """Add a Team; returns its id.

    :param state: The emulator's state.
    :param name: Its name.
    :param members: Ids of its members.
    :param role: Its Organization role.
    :param fields: Further fields of the API document.
    """
    now = moment()
    team: Document = {
        "id": new_id(),
        "name": name,
        "description": "",
        "organizationId": ORGANIZATION_ID,
        "organizationRole": role,
        "isIdpManaged": False,
        **{place: [] for place in PLACES},
        "createdAt": now,
        "createdBy": OWNER,
        "updatedAt": now,
        "updatedBy": OWNER,
    }
    check_fields("a Team", fields, {*team, "members"})
    team |= {"_members": list(members), **fields}
    state.store.put("team", team)
    return str(team["id"])


def shown_team(team: Document) -> Document:
    """Return a Team as the API shows one.

    :param team: The stored Team.
    """
    public = {name: value for name, value in team.items() if name not in PLACES and not name.startswith("_")}
    return {**public, **roles_of(team), "rolesCount": roles_count(team)}


def _team(call: Call) -> Document:
    return call.find("team", call.path["teamId"])


def _stored(call: Call, team: Document) -> Document:
    team = {**team, "updatedAt": moment(), "updatedBy": call.grant.subject}
    call.state.store.put("team", team)
    return team


def _need_owner(call: Call) -> None:
    if not call.grant.is_owner:
        raise forbidden(call.permission)


def _need_no_scim(call: Call) -> None:
    organization = call.state.store.get("organization", ORGANIZATION_ID)
    if organization and organization["isScimEnabled"]:
        raise invalid("Teams are managed by the identity provider because SCIM is enabled for the organization")


def _check_name(call: Call, name: str, own_id: str = "") -> None:
    for team in call.state.store.all("team"):
        if team["name"].lower() == name.lower() and team["id"] != own_id:
            raise invalid_fields(Complaint("name", "unique", "be a name that no other Team has"))


def _known_users(call: Call, member_ids: list[str]) -> list[str]:
    for number, member_id in enumerate(member_ids):
        if call.state.store.get("user", member_id) is None:
            raise invalid_fields(Complaint(f"memberIds[{number}]", "exists", "be a user that exists"))
    return member_ids
