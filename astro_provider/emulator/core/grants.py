"""From a stored token, or a user, to what it allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.permissions import PERMISSIONS
from astro_provider.emulator.core.tokens import Grant, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from astro_provider.emulator.core.store import Store


def grant_of(store: Store, token: dict[str, Any]) -> Grant:
    """Return what a token allows now.

    :param store: The store, which knows where Deployments are and what custom roles permit.
    :param token: The stored token, of the kind ``api_token`` or ``user_token``.
    """
    roles = tuple(role for entry in token["roles"] for role in _role(store, entry))
    return Grant(roles, token["id"], token["name"], is_user=token.get("scope") is None)


def _role(store: Store, entry: dict[str, Any]) -> Iterator[Role]:
    """Yield an entry's role; none if its place is gone, or it is for single DAGs, which the Astro API has not."""
    kind, place, name = entry["entityType"], entry["entityId"], entry["role"]
    if kind == "ORGANIZATION":
        yield Role(name, kind, place)
    elif kind == "WORKSPACE":
        yield Role(name, kind, place, place)
    elif kind == "DEPLOYMENT" and (deployment := store.get("deployment", place)):
        custom = None
        if name not in PERMISSIONS:
            custom = tuple(p for role in store.all("role") if role["name"] == name for p in role["permissions"])
        yield Role(name, kind, place, deployment["workspaceId"], custom)
