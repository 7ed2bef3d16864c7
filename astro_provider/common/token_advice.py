"""What to do about an API token that Astro no longer accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.moments import moment_in_words

if TYPE_CHECKING:
    from datetime import datetime


def expired_in_words(end: datetime, place: str | None) -> str:
    """Say that a token has expired, and what to do.

    :param end: When it expired.
    :param place: Where tokens are kept; ``None``: nobody knows.
    """
    where = f", and put it in {place}" if place else ""
    return f"The API token expired on {moment_in_words(end)}. Create a new one in Astro{where}."


def refused_in_words(place: str | None) -> str:
    """Say why Astro may have refused a token that has not expired, and what to do.

    :param place: Where tokens are kept; ``None``: nobody knows.
    """
    advice = f"Put a valid token in {place}." if place else "Use a valid token."
    return f"it may have been revoked or rotated. {advice}"
