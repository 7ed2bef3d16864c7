"""Errors, which look the same for each resource of the Astro API."""

from __future__ import annotations

from typing import Any


def error(status: int = 400, message: str = "not like this", **fields: Any) -> dict[str, Any]:
    """Return the body of a response with an error status."""
    return {"message": message, "requestId": "req-17", "statusCode": status, **fields}
