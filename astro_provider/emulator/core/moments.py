"""Dates and times as the API reads and writes them."""

from __future__ import annotations

from datetime import datetime, timezone


def moment(when: datetime | None = None) -> str:
    """Return a date and time as the API writes it: UTC, in milliseconds.

    :param when: Default: now.
    """
    when = (when or datetime.now(timezone.utc)).astimezone(timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}Z"


def instant(text: str) -> datetime:
    """Read a date and time.

    :param text: In ISO 8601, with an offset or ``Z``.
    :raises ValueError: It is something else.
    """
    read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if read.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return read
