"""The Organization and each Workspace keep an Owner. Pure.

Who counts: ACTIVE users with the role of their own, and ACTIVE members of Teams with it. Tokens do not count, and for a
Workspace the Organization's Owners do not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from astro_provider.errors import GuardError
from astro_provider.models.access import ORGANIZATION, Place
from astro_provider.rules.roles import ORGANIZATION_OWNER, WORKSPACE_OWNER, is_same

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from astro_provider.models.access import HeldRole
    from astro_provider.rules.memberships import MembershipChange
    from astro_provider.rules.roles import RolePlan


@dataclass(frozen=True)
class Owners:
    """Who owns the Organization or a Workspace.

    :param place: The place.
    :param active: Ids of all ACTIVE users.
    :param users: Ids of users with the role of their own.
    :param teams: Of each Team with the role, its id and its members' ids.
    """

    place: Place
    active: frozenset[str]
    users: frozenset[str]
    teams: Mapping[str, frozenset[str]]

    @property
    def count(self) -> int:
        """How many people own it."""
        return len(self.active & self.users.union(*self.teams.values()))

    def after(self, plans: Iterable[RolePlan], memberships: Iterable[MembershipChange] = ()) -> Owners:
        """Return who owns it once plans are carried out.

        :param plans: Plans of roles.
        :param memberships: Who joins and who leaves Teams.
        """
        users, teams = set(self.users), dict(self.teams)
        for change in memberships:
            if change.team.id in teams:
                members = teams[change.team.id]
                one = {change.user_id}
                teams[change.team.id] = members | one if change.joins else members - one
        for plan in plans:
            is_owner = owns(plan.roles.held, self.place)
            if plan.subject.kind == "user":
                users = users | {plan.subject.id} if is_owner else users - {plan.subject.id}
            elif plan.subject.kind == "team" and not is_owner:
                teams.pop(plan.subject.id, None)
        return replace(self, users=frozenset(users), teams=teams)


def owns(held: Iterable[HeldRole], place: Place) -> bool:
    """Whether roles make whoever has them an Owner of a place.

    :param held: The roles.
    :param place: The Organization or a Workspace.
    """
    return any(each.place == place and is_same(each.role, owner_role(place)) for each in held)


def owner_role(place: Place) -> str:
    """Return the role of a place's Owner.

    :param place: The Organization or a Workspace.
    """
    return ORGANIZATION_OWNER if place == ORGANIZATION else WORKSPACE_OWNER


def owned_places(held: Collection[HeldRole]) -> list[Place]:
    """Return where roles make whoever has them an Owner.

    :param held: The roles.
    """
    places = {each.place for each in held if each.place.type in {"ORGANIZATION", "WORKSPACE"}}
    return [place for place in places if owns(held, place)]


def lost_places(plans: Iterable[RolePlan], memberships: Iterable[MembershipChange] = ()) -> list[Place]:
    """Return the places that may lose an Owner; tokens do not count.

    :param plans: Plans of roles.
    :param memberships: Who joins and who leaves Teams.
    """
    lost = {
        change.place
        for plan in plans
        if plan.subject.kind != "api_token"
        for change in plan.changes
        if change.place.type in {"ORGANIZATION", "WORKSPACE"} and is_same(change.before, owner_role(change.place))
    }
    left = {place for each in memberships if not each.joins for place in owned_places(each.team.held)}
    return sorted(lost | left)


def check_owners(left: Owners) -> None:
    """Refuse to leave a place without an Owner.

    :param left: Who would own it.
    :raises GuardError: Nobody would.
    """
    if left.count == 0:
        raise GuardError(
            f"{left.place.label} would have no Owner left. At least one ACTIVE user must keep the role "
            f"{owner_role(left.place)}, directly or through a Team."
        )
