"""Who did something, as the Astro API returns it beside what was done."""

from __future__ import annotations

from typing import Any


def subject(**fields: Any) -> dict[str, Any]:
    """Return a user or an API token."""
    return {"id": "clowner000000000000000001", **fields}
