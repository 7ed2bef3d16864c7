"""What to do about an API token that Astro no longer accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.moments import moment_in_words

if TYPE_CHECKING:
    from datetime import datetime

#: Where the token of a task is kept.
IN_CONNECTION, IN_ENVIRONMENT = "the connection", "the environment variable ASTRO_API_TOKEN"


def token_holder(conn_id: str, place: str | None) -> str:
    """Return what an error about a token begins with: there may be no connection of this id.

    :param conn_id: The id of the task's connection.
    :param place: Where the token is kept.
    """
    return "The environment variable ASTRO_API_TOKEN" if place == IN_ENVIRONMENT else f"Connection {conn_id!r}"


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
