"""Users by e-mail address or id, Teams and API tokens by name or id, and who owns what."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from astro_provider.common.ids import looks_like_id
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import AmbiguousNameError, NotFoundError, PlanError
from astro_provider.rules.owners import Owners, owns
from astro_provider.rules.roles import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_provider.client import AstroClient
    from astro_provider.models.access import Place, PlaceType, Roles
    from astro_provider.models.api_tokens import ApiToken
    from astro_provider.models.teams import Team, TeamMembership
    from astro_provider.models.users import User
    from astro_provider.rules.roles import SubjectKind

    Found = User | Team | ApiToken


class Directory:
    """Who there is in an Organization, as far as the token sees it; each list is read at most once.

    :param client: The client.
    """

    #: What each kind is called by.
    NAMES: ClassVar[dict[str, str]] = {"user": "username", "team": "name", "api_token": "name"}
    NOUNS: ClassVar[dict[str, str]] = {"user": "user", "team": "Team", "api_token": "API token"}

    def __init__(self, client: AstroClient) -> None:
        self._client = client

    @cached_property
    def users(self) -> list[User]:
        """All users."""
        return self._client.users.list()

    @cached_property
    def teams(self) -> list[Team]:
        """All Teams."""
        return self._client.teams.list()

    @cached_property
    def api_tokens(self) -> list[ApiToken]:
        """All API tokens."""
        return self._client.api_tokens.list()

    def find(self, kind: SubjectKind, text: str) -> Subject | None:
        """Return who is called so, with the roles of this moment; ``None``: nobody.

        :param kind: A user, a Team or an API token.
        :param text: An id; or a user's e-mail address or a Team's name, in any case, or a token's exact name.
        :raises AmbiguousNameError: There are several.
        """
        if looks_like_id(text):
            try:
                return self.read(kind, text)
            except NotFoundError:
                pass
        found = self._named(kind, text)
        # A list need not show all roles, and what is not sent back is lost.
        return self.read(kind, found.id) if found else None

    def user(self, text: str) -> User | None:
        """Return the user who is called so, from the list of all; ``None``: nobody.

        :param text: An e-mail address, in any case, or an id.
        :raises AmbiguousNameError: There are several.
        """
        found = self._named("user", text)
        return next((user for user in self.users if found is not None and user.id == found.id), None)

    def read(self, kind: SubjectKind, subject_id: str) -> Subject:
        """Return somebody with the roles of this moment.

        :param kind: A user, a Team or an API token.
        :param subject_id: The id.
        :raises NotFoundError: There is nobody with this id, or no longer.
        :raises PlanError: Their roles cannot be sent back as they are.
        """
        client = self._client
        if kind == "user":
            user = client.users.get(subject_id)
            return Subject("user", user.id, user.username, user.label, _roles(user), status=user.status)
        if kind == "team":
            team = client.teams.get(subject_id)
            return Subject("team", team.id, team.name, team.label, _roles(team))
        token = client.api_tokens.get(subject_id)
        return Subject("api_token", token.id, token.name, token.label, _roles(token), scope=_scope(token))

    def set_roles(self, subject: Subject, roles: Roles) -> Roles:
        """Give somebody these roles, and no other; returns the roles as they are stored.

        :param subject: Who.
        :param roles: All roles.
        """
        client = self._client
        if subject.kind == "user":
            return client.users.set_roles(subject.id, roles)
        if subject.kind == "team":
            return client.teams.set_roles(subject.id, roles)
        return client.api_tokens.set_roles(subject.id, roles, organization_id=client.organization_id)

    def nobody(self, kind: SubjectKind, text: str) -> str:
        """Return the sentence about a name that nobody has.

        :param kind: A user, a Team or an API token.
        :param text: The name.
        """
        hint = did_you_mean(text, (getattr(each, self.NAMES[kind]) for each in self._all(kind)))
        return f"There is no {self.NOUNS[kind]} {text!r} that this token can see.{hint}"

    def owners(self, place: Place) -> Owners:
        """Return who owns the Organization or a Workspace.

        :param place: The place.
        """
        active = frozenset(user.id for user in self.users if user.status == "ACTIVE")
        users = frozenset(user.id for user in self.users if owns(user.held, place))
        teams = {
            team.id: frozenset(member.user_id for member in self._client.teams.members(team.id))
            for team in self.teams
            if owns(team.held, place)
        }
        return Owners(place, active, users, teams)

    def teams_of(self, user_id: str) -> Sequence[TeamMembership]:
        """Return the Teams that a user is in.

        :param user_id: The user.
        """
        return self._client.users.teams(user_id)

    def forget_users(self) -> None:
        """Read the list of users again when it is next needed: somebody was invited."""
        self.__dict__.pop("users", None)

    def _all(self, kind: SubjectKind) -> Sequence[Found]:
        if kind == "user":
            return self.users
        return self.teams if kind == "team" else self.api_tokens

    def _named(self, kind: SubjectKind, text: str) -> Found | None:
        attribute = self.NAMES[kind]
        wanted = text.strip()
        found = [each for each in self._all(kind) if getattr(each, attribute) == wanted]
        if not found and kind != "api_token":
            found = [each for each in self._all(kind) if getattr(each, attribute).lower() == wanted.lower()]
        if not found:  # an id that does not look like one: as a rule they have digits
            found = [each for each in self._all(kind) if each.id == wanted]
        if len(found) > 1:
            ids = ", ".join(each.id for each in found)
            raise AmbiguousNameError(f"{len(found)} {self.NOUNS[kind]}s are named {text!r}: {ids}. Give the id.")
        return found[0] if found else None


def _roles(found: Found) -> Roles:
    try:
        return found.roles
    except PlanError as error:
        raise PlanError([f"The roles of {found.label} cannot be changed here. {error}"]) from None


def _scope(token: ApiToken) -> PlaceType:
    scopes: dict[str, PlaceType] = {"ORGANIZATION": "ORGANIZATION", "WORKSPACE": "WORKSPACE"}
    return scopes.get(token.scope.upper(), "DEPLOYMENT")
