"""Who joins and who leaves a Team. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_provider.errors import GuardError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from astro_provider.models.teams import Team, TeamMembership

#: How many names an error lists.
NAMED = 20


@dataclass(frozen=True)
class MembershipChange:
    """A user who joins or leaves a Team.

    :param team: The Team, with its roles.
    :param user_id: The user's id.
    :param username: The user's e-mail address.
    :param joins: Whether the user joins; else leaves.
    """

    team: Team | TeamMembership
    user_id: str
    username: str
    joins: bool

    def in_words(self) -> str:
        """Return a line of a plan."""
        mark, verb = ("+", "joins") if self.joins else ("-", "leaves")
        return f"  {mark} user {self.username}: {verb} Team {self.team.name!r}"

    def as_json(self) -> dict[str, str | None]:
        """Return what a task returns about it."""
        return {
            "action": "join" if self.joins else "leave",
            "subject_type": "user",
            "subject_id": self.user_id or None,
            "subject": self.username,
            "place_type": "TEAM",
            "place_id": self.team.id,
            "role_before": None,
            "role_after": None,
        }


def plan_leaving(
    user_id: str, username: str, teams: Iterable[TeamMembership], *, leave: bool
) -> tuple[list[MembershipChange], list[str]]:
    """Return which Teams a user leaves, and in words those in which the user stays.

    :param user_id: The user.
    :param username: The user's e-mail address.
    :param teams: The user's Teams.
    :param leave: Whether the user leaves Teams at all.
    """
    changes, staying = [], []
    for team in teams:
        roles = ", ".join(each.role for each in team.held) or "no role"
        if team.is_idp_managed:
            reason = "which an identity provider manages: remove the user from it in the identity provider."
        elif not leave:
            reason = "since leave_teams is not set."
        else:
            changes.append(MembershipChange(team, user_id, username, joins=False))
            continue
        staying.append(f"User {username} stays in Team {team.name!r} ({roles}), {reason}")
    return changes, staying


def plan_sync(
    team: Team, present: Mapping[str, str], wanted: Mapping[str, str], *, unlisted: str
) -> list[MembershipChange]:
    """Return who joins and who leaves a Team so that it has the members that are wanted.

    :param team: The Team.
    :param present: Ids and e-mail addresses of its members.
    :param wanted: Ids and e-mail addresses of those it should have.
    :param unlisted: What about the other members: ``keep``, ``remove`` or ``fail``.
    :raises GuardError: There are other members, and that is not allowed.
    """
    others = {key: name for key, name in present.items() if key not in wanted}
    if others and unlisted == "fail":
        raise GuardError(
            f"{team.label} has members who are not listed: {_listed(list(others.values()))}. Set unlisted to 'keep' or "
            "'remove' to allow this."
        )
    joining = [MembershipChange(team, key, name, joins=True) for key, name in wanted.items() if key not in present]
    leaving = [MembershipChange(team, key, name, joins=False) for key, name in others.items() if unlisted == "remove"]
    return [*joining, *leaving]


def check_team(team: Team, changes: Sequence[MembershipChange], *, scim: bool) -> None:
    """Refuse changes of a Team's members that Astro leaves to the identity provider.

    :param team: The Team.
    :param changes: Who joins and who leaves.
    :param scim: Whether SCIM is enabled in the Organization.
    :raises GuardError: An identity provider manages the Team's members, or all new ones.
    """
    if changes and team.is_idp_managed:
        raise GuardError(
            f"The members of {team.label} are managed by an identity provider. Change them in the identity provider."
        )
    if scim and any(change.joins for change in changes):
        raise GuardError(
            f"SCIM is enabled in the Organization: the identity provider adds members to {team.label}. Add "
            "them in the identity provider."
        )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(sorted(names)[:NAMED])}{more}"
