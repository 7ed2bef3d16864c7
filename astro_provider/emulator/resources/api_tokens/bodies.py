"""What requests about API tokens may have."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from astro_provider.emulator.core.bodies import Body, Text

Scope = Literal["DEPLOYMENT", "WORKSPACE", "ORGANIZATION"]
Days = Annotated[int, Field(ge=1, le=3650)]


class CreateToken(Body):
    """A new API token with one role."""

    name: Text
    role: Text
    scope: Scope
    entity_id: str | None = None
    description: str | None = None
    token_expiry_period_in_days: Days | None = None
    kind: Literal["STANDARD", "DIRECT_ACCESS"] | None = None


class UpdateToken(Body):
    """A token's name and description; its end cannot be changed."""

    name: Annotated[Text, Field(max_length=256)]
    description: Annotated[str, Field(max_length=500)] | None = None


class TokenRole(Body):
    """One role of a token."""

    entity_type: Literal["DEPLOYMENT", "WORKSPACE", "ORGANIZATION", "DAG", "DAG_TAG"]
    entity_id: Text
    role: Text
    deployment_id: str | None = None


class TokenRoles(Body):
    """All roles of a token; what is left out is removed."""

    roles: Annotated[list[TokenRole], Field(min_length=1)]
