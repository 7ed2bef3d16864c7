"""Pages of lists, which look the same for each resource of the Astro API."""

from __future__ import annotations

from typing import Any


def listing(
    noun: str, *items: dict[str, Any], total: int | None = None, limit: int = 1000, offset: int = 0
) -> dict[str, Any]:
    """Return a page of a list; unless ``total`` says otherwise, the page holds the whole list."""
    return {noun: list(items), "limit": limit, "offset": offset, "totalCount": len(items) if total is None else total}
