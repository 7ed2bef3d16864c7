"""Dates and times as the API reads and writes them."""

from __future__ import annotations

import re
from datetime import datetime, timezone

#: Python 3.10 reads three or six digits after the point; the Astro CLI writes nine.
_FRACTION = re.compile(r"\.(\d+)")


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
    text = _FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), text)
    read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if read.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return read
