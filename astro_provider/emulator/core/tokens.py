"""API tokens of the emulator: JWTs signed with a key that everybody may know."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.permissions import permits

if TYPE_CHECKING:
    from collections.abc import Collection

_KEY = b"the emulator's key protects nothing"


@dataclass(frozen=True)
class Role:
    """A role at one place.

    :param name: The role.
    :param entity_type: ORGANIZATION, WORKSPACE or DEPLOYMENT.
    :param entity_id: The place.
    :param workspace_id: The Workspace that the place is, or is in; ``None``: the Organization.
    :param permissions: Those of a custom role; ``None``: the role is one of Astro's own.
    """

    name: str
    entity_type: str
    entity_id: str
    workspace_id: str | None = None
    permissions: tuple[str, ...] | None = None

    def covers(self, workspace_id: str | None, deployment_id: str | None) -> bool:
        """Whether it counts at a place.

        :param workspace_id: The place's Workspace; ``None``: the Organization itself.
        :param deployment_id: The Deployment, if it is one.
        """
        if self.entity_type == "DEPLOYMENT":
            return deployment_id == self.entity_id
        return self.entity_type == "ORGANIZATION" or workspace_id == self.entity_id


@dataclass(frozen=True)
class Grant:
    """What a token allows, and whose it is.

    :param roles: Its roles, that of its own scope first.
    :param token_id: The token's id, its claim ``apiTokenId``.
    :param token_name: The token's name.
    :param is_user: Whether it is a user's own token and not an API token; it has no claim ``permissions`` then.
    """

    roles: tuple[Role, ...]
    token_id: str
    token_name: str
    is_user: bool = False

    @property
    def role(self) -> str:
        """The role in its own scope."""
        return self.roles[0].name if self.roles else ""

    @property
    def is_owner(self) -> bool:
        """Whether it sees and may do everything."""
        return any(role.name == "ORGANIZATION_OWNER" for role in self.roles)

    def allows(self, permission: str) -> bool:
        """Whether one of its roles has a permission, at whatever place.

        :param permission: As the API document names it; empty: everybody has it.
        """
        return not permission or any(permits(role.name, permission, role.permissions) for role in self.roles)

    def allows_at(self, permission: str, workspace_id: str | None, deployment_id: str | None = None) -> bool:
        """Whether one of the roles that count at a place has a permission.

        :param permission: As the API document names it.
        :param workspace_id: The place's Workspace.
        :param deployment_id: The Deployment, if it is one.
        """
        return any(
            role.covers(workspace_id, deployment_id) and permits(role.name, permission, role.permissions)
            for role in self.roles
        )

    def may_see(self, workspace_id: str) -> bool:
        """Whether a Workspace, or something in it, is in its scope.

        :param workspace_id: The Workspace.
        """
        return self.is_owner or any(role.workspace_id == workspace_id for role in self.roles)

    @property
    def subject(self) -> dict[str, str]:
        """Who the API says has made what was made with it."""
        if self.is_user:
            return {"id": self.token_id, "subjectType": "USER", "username": f"{self.token_name}@example.com"}
        return {"id": self.token_id, "subjectType": "SERVICEKEY", "apiTokenName": self.token_name}


def issue(
    organization_id: str,
    token_id: str,
    name: str,
    scopes: Collection[str] = (),
    *,
    ends: float | None = None,
    serial: int = 0,
    is_user: bool = False,
) -> str:
    """Make the value of a token.

    :param organization_id: The Organization it is for.
    :param token_id: Its id.
    :param name: Its name.
    :param scopes: The Workspace or Deployment that it is limited to, as ``workspaceId:...`` or ``deploymentId:...``.
    :param ends: Epoch seconds of its end; ``None``: never.
    :param serial: How often it has been rotated.
    :param is_user: Whether it is a user's own token.
    """
    allowed = [f"apiTokenId:{token_id}", f"organizationId:{organization_id}", *scopes]
    claims: dict[str, Any] = {
        "iss": "https://emulator.invalid/",
        "aud": "astronomer-ee",
        "sub": token_id,
        "apiTokenId": token_id,
        "apiTokenName": name,
        "scopes" if is_user else "permissions": allowed,
    }
    if serial:
        claims["serial"] = serial
    if ends is not None:
        claims["exp"] = int(ends)
    text = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{text}.{_signature(text)}"


def read_token_id(token: str) -> str | None:
    """Return the id in a token's claims; ``None`` if it is not a token of an emulator.

    :param token: Its value.
    """
    text, _, signature = token.rpartition(".")
    if not text or not hmac.compare_digest(_signature(text).encode(), signature.encode()):
        return None
    return str(json.loads(_decoded(text.split(".")[1]))["apiTokenId"])


def fingerprint(token: str) -> str:
    """Return what is kept of a token's value, to know it again.

    :param token: Its value.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def _part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data, sort_keys=True).encode()).decode().rstrip("=")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _signature(text: str) -> str:
    return base64.urlsafe_b64encode(hmac.new(_KEY, text.encode(), hashlib.sha256).digest()).decode().rstrip("=")
