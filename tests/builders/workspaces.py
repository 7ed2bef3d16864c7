"""Workspaces as the Astro API returns them."""

from __future__ import annotations

from typing import Any

from tests.builders import listings
from tests.builders.deployments import NOW


def workspace(**fields: Any) -> dict[str, Any]:
    """Return a Workspace with no more than the document promises of each."""
    return {
        "id": "clworkspace00000000000001",
        "name": "Development",
        "organizationId": "clorganization0000000000x",
        "cicdEnforcedDefault": False,
        "createdAt": NOW,
        "updatedAt": NOW,
        **fields,
    }


def listing(*items: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    """Return a page of the list of Workspaces."""
    return listings.listing("workspaces", *items, total=total)
