"""API tokens of the emulator: JWTs signed with a key that everybody may know, and what their roles allow."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

_READ = ("*.get", "*.access")
_AUTHOR = (*_READ, "deployment.deploys.*")
#: Permissions of each role, by the names that the API document gives them.
PERMISSIONS: dict[str, tuple[str, ...]] = {
    "ORGANIZATION_OWNER": ("*",),
    "ORGANIZATION_MEMBER": _READ,
    "WORKSPACE_OPERATOR": (*_AUTHOR, "deployment.*", "workspace.deployments.create"),
    "WORKSPACE_AUTHOR": _AUTHOR,
    "WORKSPACE_MEMBER": _READ,
}
ROLES = tuple(PERMISSIONS)
#: What only an Organization Owner may, although its name ends as that of a read.
OWNERS_ONLY = {"organization.auditLogs.get"}
_KEY = b"the emulator's key protects nothing"


@dataclass(frozen=True)
class Grant:
    """What a token allows, and whose it is.

    :param role: One of ``ROLES``.
    :param workspace_id: The only Workspace it is good for; ``None``: the whole Organization.
    :param expires_at: Epoch seconds of its end; ``None``: never.
    :param token_id: The token's id, its claim ``apiTokenId``.
    :param token_name: The token's name.
    :param is_user: Whether it is a user's own token and not an API token; it has no claim ``permissions`` then.
    """

    role: str
    workspace_id: str | None = None
    expires_at: float | None = None
    token_id: str = ""
    token_name: str = "emulator"
    is_user: bool = False

    def allows(self, permission: str) -> bool:
        """Whether its role has a permission.

        :param permission: As the API document names it; empty: everybody has it.
        """
        if permission in OWNERS_ONLY:
            return self.role == "ORGANIZATION_OWNER"
        return not permission or any(fnmatchcase(permission, pattern) for pattern in PERMISSIONS[self.role])

    def may_see(self, workspace_id: str) -> bool:
        """Whether a Workspace is in its scope.

        :param workspace_id: The Workspace.
        """
        return self.workspace_id in {None, workspace_id}

    @property
    def subject(self) -> dict[str, str]:
        """Who the API says has made what was made with it."""
        if self.is_user:
            return {"id": self.token_id, "subjectType": "USER", "username": f"{self.token_name}@example.com"}
        return {"id": self.token_id, "subjectType": "SERVICEKEY", "apiTokenName": self.token_name}


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
        "apiTokenName": grant.token_name,
        "role": grant.role,
    }
    claims["scopes" if grant.is_user else "permissions"] = permissions
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
    is_user = "permissions" not in claims
    scopes = dict(entry.split(":", 1) for entry in claims["scopes" if is_user else "permissions"])
    if scopes.get("organizationId") != organization_id:
        return None
    name = claims["apiTokenName"]
    return Grant(
        claims["role"], scopes.get("workspaceId"), claims.get("exp"), claims["apiTokenId"], name, is_user=is_user
    )


def _part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data, sort_keys=True).encode()).decode().rstrip("=")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _signature(text: str) -> str:
    return base64.urlsafe_b64encode(hmac.new(_KEY, text.encode(), hashlib.sha256).digest()).decode().rstrip("=")
