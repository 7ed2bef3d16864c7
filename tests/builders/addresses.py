"""Where the client of the tests looks for the Astro API: nowhere that exists."""

from __future__ import annotations

URL = "https://api.example.com/v1"
ORG = "clorganization0000000000x"


def path(rest: str) -> str:
    """Return the address of something in the Organization."""
    return f"{URL}/organizations/{ORG}{rest}"
