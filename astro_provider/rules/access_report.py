"""Who may do what where, as rows of a report, and what is worth a second look. Pure: no clock, no network."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, get_args

from astro_provider.common.choices import Finding
from astro_provider.models.access import ORGANIZATION, HeldRole, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta
    from typing import Literal

    from astro_provider.models.api_tokens import ApiToken
    from astro_provider.models.deployments import Deployment
    from astro_provider.models.teams import Team
    from astro_provider.models.users import User
    from astro_provider.models.workspaces import Workspace

    Kind = Literal["user", "team", "api_token"]
    #: What a row begins with: the kind, the id, the name and the status of its subject.
    Subject = tuple[Kind, str, str, str]

OWNER, INHERITED_ROLE = "ORGANIZATION_OWNER", "WORKSPACE_OWNER"
#: Whom each finding is about.
SUBJECT_OF: Mapping[str, str] = {
    "expired": "api_tokens",
    "expiring": "api_tokens",
    "never_expires": "api_tokens",
    "unused": "api_tokens",
    "pending": "users",
    "banned": "users",
}


@dataclass(frozen=True)
class Row:
    """One role of one subject at one place, and where the role comes from.

    ``origin`` is ``direct``, ``Team <name>``, or ``inherited``: an Organization Owner owns every Workspace.
    """

    subject_type: Kind
    subject_id: str
    subject: str
    status: str
    place_type: str
    place_id: str
    place: str
    role: str
    origin: str
    created_at: str
    last_used_at: str
    expires_at: str
    findings: str


COLUMNS = tuple(field.name for field in fields(Row))


@dataclass(frozen=True)
class Directory:
    """Everything that the rows are made of.

    :param organization: The Organization's id and name.
    :param workspaces: All Workspaces.
    :param deployments: All Deployments.
    :param users: The users to report.
    :param teams: All Teams, for the roles that users have through them.
    :param members: Ids of the members of each Team, by the Team's id.
    :param tokens: The tokens to report.
    :param include: The kinds of subjects to report.
    """

    organization: tuple[str, str]
    workspaces: Sequence[Workspace]
    deployments: Sequence[Deployment]
    users: Sequence[User]
    teams: Sequence[Team]
    members: Mapping[str, Iterable[str]]
    tokens: Sequence[ApiToken]
    include: Sequence[str]


@dataclass(frozen=True)
class Limits:
    """From when on something is worth a second look.

    :param now: The time.
    :param expiring_within: A token that ends within this is expiring.
    :param unused_for: A token that was not used for this is unused.
    """

    now: datetime
    expiring_within: timedelta
    unused_for: timedelta


def token_findings(token: ApiToken, limits: Limits) -> tuple[str, ...]:
    """Return what is worth a second look about a token.

    :param token: The token.
    :param limits: From when on.
    """
    found = []
    if token.end_at is None:
        found.append("never_expires")
    elif token.end_at <= limits.now:
        found.append("expired")
    elif token.end_at <= limits.now + limits.expiring_within:
        found.append("expiring")
    if (token.last_used_at or token.created_at) <= limits.now - limits.unused_for:
        found.append("unused")
    return tuple(found)


def user_findings(user: User) -> tuple[str, ...]:
    """Return what is worth a second look about a user.

    :param user: The user.
    """
    return ((user.status or "").lower(),) if user.status in {"PENDING", "BANNED"} else ()


def findings(directory: Directory, limits: Limits, *, workspace_id: str | None = None) -> dict[str, list[str]]:
    """Return the subjects that are worth a second look, by finding, each named once.

    :param directory: Everything.
    :param limits: From when on.
    :param workspace_id: Only those with a row in the report on this Workspace; ``None``: all.
    """
    found: dict[str, list[str]] = {name: [] for name in get_args(Finding)}
    reported = None
    if workspace_id is not None:
        reported = {row.subject_id for row in rows(directory, limits, workspace_id=workspace_id)}
    if "api_tokens" in directory.include:
        for token in directory.tokens:
            for name in token_findings(token, limits) if reported is None or token.id in reported else ():
                found[name].append(f"{token.name} ({token.id})")
    if "users" in directory.include:
        for user in directory.users:
            for name in user_findings(user) if reported is None or user.id in reported else ():
                found[name].append(user.username)
    return {name: sorted(subjects) for name, subjects in found.items() if subjects}


def rows(directory: Directory, limits: Limits, *, workspace_id: str | None = None) -> Iterator[Row]:
    """Yield the rows: users, then Teams, then tokens, in the order of the API.

    :param directory: Everything.
    :param limits: From when on something is worth a second look.
    :param workspace_id: Only roles in this Workspace and its Deployments; ``None``: all.
    """
    places = _Places(directory, workspace_id)
    if "users" in directory.include:
        teams_of = _teams_of(directory)
        for user in directory.users:
            yield from _user_rows(user, teams_of.get(user.id, ()), places)
    if "teams" in directory.include:
        for team in directory.teams:
            common: Subject = ("team", team.id, team.name, "idp managed" if team.is_idp_managed else "")
            dates = (_text(team.created_at), "", "", "")
            for held, origin in _with_inherited(team.held, "direct", places):
                yield from places.row(common, held, origin, dates)
    if "api_tokens" in directory.include:
        for token in directory.tokens:
            common = ("api_token", token.id, token.name, token.scope)
            dates = (
                _text(token.created_at),
                _text(token.last_used_at),
                _text(token.end_at),
                " ".join(token_findings(token, limits)),
            )
            for held, origin in _with_inherited(token.held, "direct", places):
                yield from places.row(common, held, origin, dates)


def _user_rows(user: User, teams: Iterable[Team], places: _Places) -> Iterator[Row]:
    common: Subject = ("user", user.id, user.username, user.status or "")
    dates = (_text(user.created_at), "", "", " ".join(user_findings(user)))
    for held, origin in _with_inherited(user.held, "direct", places):
        yield from places.row(common, held, origin, dates)
    for team in teams:
        for held, origin in _with_inherited(team.held, f"Team {team.name}", places):
            yield from places.row(common, held, origin, dates)


def _with_inherited(held: Iterable[HeldRole], origin: str, places: _Places) -> Iterator[tuple[HeldRole, str]]:
    for each in held:
        yield each, origin
        if each.place == ORGANIZATION and each.role.upper() == OWNER:
            inherited = "inherited" if origin == "direct" else f"{origin}, inherited"
            for workspace_id in places.workspaces:
                yield HeldRole(Place("WORKSPACE", workspace_id), INHERITED_ROLE), inherited


class _Places:
    """Names of places, and whether they are reported.

    :param directory: Everything.
    :param only: The only Workspace to report; ``None``: all.
    """

    def __init__(self, directory: Directory, only: str | None) -> None:
        self.organization = directory.organization
        self.only = only
        self.workspaces = {each.id: each.name for each in directory.workspaces if only in {None, each.id}}
        self.deployments = {each.id: (each.name, each.workspace_id) for each in directory.deployments}

    def row(self, subject: Subject, held: HeldRole, origin: str, dates: tuple[str, str, str, str]) -> Iterator[Row]:
        place = held.place
        if self.only is not None and not self._is_in_workspace(place):
            return
        place_id, name = self._named(place)
        yield Row(*subject, place.type, place_id, name, held.role, origin, *dates)

    def _is_in_workspace(self, place: Place) -> bool:
        if place.type == "WORKSPACE":
            return place.id == self.only
        deployment_id = place.id if place.type == "DEPLOYMENT" else place.deployment_id
        return self.deployments.get(deployment_id or "", ("", ""))[1] == self.only

    def _named(self, place: Place) -> tuple[str, str]:
        if place == ORGANIZATION:
            return self.organization
        if place.type == "WORKSPACE":
            return place.id, self.workspaces.get(place.id, "")
        deployment_id = place.id if place.type == "DEPLOYMENT" else place.deployment_id or ""
        name = self.deployments.get(deployment_id, ("", ""))[0]
        if place.type == "DEPLOYMENT":
            return place.id, name
        return deployment_id, f"{name}: {'DAG' if place.type == 'DAG' else 'tag'} {place.id}"


def _teams_of(directory: Directory) -> dict[str, list[Team]]:
    found: dict[str, list[Team]] = {}
    for team in directory.teams:
        for user_id in directory.members.get(team.id, ()):
            found.setdefault(user_id, []).append(team)
    return found


def _text(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat().replace("+00:00", "Z")


def as_dict(row: Row) -> dict[str, str]:
    """Return a row as a mapping of column to text.

    :param row: The row.
    """
    return asdict(row)
