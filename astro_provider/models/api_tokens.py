"""API tokens as the API shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from pydantic import Field, SecretStr

from astro_provider.models.access import ORGANIZATION, HeldRole, Place, PlaceType, Roles
from astro_provider.models.base import ApiModel, Item
from astro_provider.models.deployments import SubjectProfile  # noqa: TC001  (pydantic reads it at run time)


class TokenValue(SecretStr):
    """The value of a token: shown as ``****``, and only ``get_secret_value()`` returns it."""

    def _display(self) -> str:
        return "****"

    def __repr__(self) -> str:
        return "****"


class TokenRole(ApiModel):
    """A role of a token."""

    entity_type: PlaceType
    entity_id: str
    role: str
    deployment_id: str | None = None

    @property
    def held(self) -> HeldRole:
        """The same as a role at a place."""
        if self.entity_type == "ORGANIZATION":
            return HeldRole(ORGANIZATION, self.role)
        return HeldRole(Place(self.entity_type, self.entity_id, self.deployment_id), self.role)


class ApiToken(Item):
    """An API token; ``token`` is its value, which only a create and a rotation return.

    ``scope`` is ORGANIZATION, WORKSPACE or DEPLOYMENT. ``end_at`` is ``None`` if it never expires.
    """

    name: str
    description: str | None = None
    scope: str
    kind: str | None = None
    token_roles: tuple[TokenRole, ...] | None = Field(None, alias="roles")
    created_at: datetime
    created_by: SubjectProfile | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    expiry_period_in_days: int | None = None
    last_used_at: datetime | None = None
    last_rotated_at: datetime | None = None
    short_token: str | None = None
    token: TokenValue | None = None

    @property
    def held(self) -> tuple[HeldRole, ...]:
        """All roles of the token as the API shows them, which may be two for one place."""
        return tuple(each.held for each in self.token_roles or ())

    @property
    def roles(self) -> Roles:
        """All roles of the token, as one value that can be changed and sent back."""
        return Roles(self.held)

    @property
    def place(self) -> Place | None:
        """What the token is for, other than what it only has a role at; ``None`` if its roles are not shown."""
        own = {held.place for held in self.held if held.place.type == self.scope}
        return own.pop() if len(own) == 1 else None

    @property
    def label(self) -> str:
        """What messages call the token."""
        return f"API token {self.name!r} ({self.id})"
