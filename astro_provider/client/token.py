"""What an Astro API token says about itself.

Astro's bearer tokens are JWTs. Their claims are read here without checking the signature: Astro checks it, this package
only wants to know which Organization and Workspace a token is for, and when it ends.
Source: https://www.astronomer.io/docs/astro/api-authentication and the Astro CLI's reading of ``permissions``.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timezone

#: What is wrong with a text that is no token at all.
NO_TOKEN = (
    "The token is not an Astro API token. Astro's tokens are JWTs (three parts, separated by dots). "
    "Check that the whole token was copied."
)


@dataclass(frozen=True)
class TokenClaims:
    """The claims this package reads.

    :param is_jwt: Whether the text has the form of a JWT at all.
    :param is_api_token: Whether it is an Astro API token (it lists ``permissions``), not a user's session token.
    :param token_id: The token's own id, as ``createdBy`` shows it.
    :param organization_id: Organization the token belongs to, if it says so.
    :param workspace_id: Workspace the token is limited to, if it is.
    :param expires_at: End of its life in UTC; ``None`` when it never ends.
    """

    is_jwt: bool = False
    is_api_token: bool = False
    token_id: str | None = None
    organization_id: str | None = None
    workspace_id: str | None = None
    expires_at: datetime | None = None

    def expired(self, now: datetime | None = None) -> bool:
        """Whether the token's life is over.

        :param now: The moment to judge by; default: now.
        """
        return self.expires_at is not None and self.expires_at <= (now or datetime.now(timezone.utc))


def read_claims(token: str) -> TokenClaims:
    """Read what can be read; a text that is not a JWT gives empty claims, never an error.

    :param token: The API token.
    """
    parts = token.split(".")
    if len(parts) != 3:
        return TokenClaims()
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return TokenClaims()
    if not isinstance(claims, dict):
        return TokenClaims()
    permissions = claims.get("permissions")
    scopes = _scopes(permissions)
    token_id = claims.get("apiTokenId")
    return TokenClaims(
        is_jwt=True,
        is_api_token=isinstance(permissions, list),
        token_id=token_id if isinstance(token_id, str) and token_id else scopes.get("apiTokenId"),
        organization_id=scopes.get("organizationId"),
        workspace_id=scopes.get("workspaceId"),
        expires_at=_moment(claims.get("exp")),
    )


def _scopes(permissions: object) -> dict[str, str]:
    """Turn ``["organizationId:abc", ...]`` into a mapping; entries of another form are passed over."""
    if not isinstance(permissions, list):
        return {}
    pairs = (entry.split(":", 1) for entry in permissions if isinstance(entry, str) and ":" in entry)
    return {name: value for name, value in pairs if value}


def _moment(epoch: object) -> datetime | None:
    if not isinstance(epoch, (int, float)):
        return None
    try:
        return datetime.fromtimestamp(epoch, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None
