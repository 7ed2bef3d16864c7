"""API tokens of the emulator: JWTs signed with a key that everybody may know."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

ROLES = (
    "ORGANIZATION_OWNER",
    "ORGANIZATION_MEMBER",
    "WORKSPACE_OPERATOR",
    "WORKSPACE_AUTHOR",
    "WORKSPACE_MEMBER",
)
_KEY = b"the emulator's key protects nothing"


@dataclass(frozen=True)
class Grant:
    """What a token allows.

    :param role: One of ``ROLES``.
    :param workspace_id: The only Workspace it is good for; ``None``: the whole Organization.
    :param expires_at: Epoch seconds of its end; ``None``: never.
    """

    role: str
    workspace_id: str | None = None
    expires_at: float | None = None

    def may_write(self) -> bool:
        """Whether Deployments may be created, changed and deleted with it."""
        return self.role in {"ORGANIZATION_OWNER", "WORKSPACE_OPERATOR"}

    def may_see(self, workspace_id: str) -> bool:
        """Whether a Workspace is in its scope.

        :param workspace_id: The Workspace.
        """
        return self.workspace_id in {None, workspace_id}


def issue(organization_id: str, grant: Grant, token_id: str) -> str:
    """Make a token.

    :param organization_id: The Organization it is for.
    :param grant: What it allows.
    :param token_id: Its id.
    """
    permissions = [f"apiTokenId:{token_id}", f"organizationId:{organization_id}"]
    if grant.workspace_id:
        permissions.append(f"workspaceId:{grant.workspace_id}")
    claims: dict[str, Any] = {
        "iss": "https://emulator.invalid/",
        "aud": "astronomer-ee",
        "sub": token_id,
        "apiTokenId": token_id,
        "permissions": permissions,
        "role": grant.role,
    }
    if grant.expires_at is not None:
        claims["exp"] = int(grant.expires_at)
    text = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{text}.{_signature(text)}"


def verify(token: str, organization_id: str) -> Grant | None:
    """Return what a token allows; ``None`` when it is not one of this emulator's.

    :param token: The token.
    :param organization_id: The Organization that it must be for.
    """
    text, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(text).encode(), signature.encode()):
        return None
    claims = json.loads(_decoded(text.split(".")[1]))
    scopes = dict(entry.split(":", 1) for entry in claims["permissions"])
    if scopes.get("organizationId") != organization_id:
        return None
    return Grant(claims["role"], scopes.get("workspaceId"), claims.get("exp"))


def _part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data, sort_keys=True).encode()).decode().rstrip("=")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _signature(text: str) -> str:
    return base64.urlsafe_b64encode(hmac.new(_KEY, text.encode(), hashlib.sha256).digest()).decode().rstrip("=")
