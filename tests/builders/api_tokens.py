"""API tokens as the Astro API returns them, without their values."""

from __future__ import annotations

from typing import Any

from tests.builders.deployments import NOW
from tests.builders.subjects import subject

WORKSPACE_ID = "clworkspace00000000000001"


def api_token(**fields: Any) -> dict[str, Any]:
    """Return a Workspace token with one role."""
    return {
        "id": "clapitoken000000000000001",
        "name": "ci",
        "description": "",
        "scope": "WORKSPACE",
        "kind": "STANDARD",
        "roles": [{"entityType": "WORKSPACE", "entityId": WORKSPACE_ID, "role": "WORKSPACE_AUTHOR"}],
        "shortToken": "AbCd",
        "startAt": NOW,
        "createdAt": NOW,
        "createdBy": subject(),
        "updatedAt": NOW,
        "updatedBy": subject(),
        **fields,
    }
