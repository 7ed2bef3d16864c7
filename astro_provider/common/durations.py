"""Ages and waiting times in words, and lengths of time as people write them."""

from __future__ import annotations

import re
from datetime import timedelta

from astro_provider.errors import ConfigurationError

#: For example ``2h30m``, ``1d 12h``, ``90min``.
DURATION = re.compile(r"(?=\d)(?:(\d+)\s*d\s*)?(?:(\d+)\s*h\s*)?(?:(\d+)\s*m(?:in)?\s*)?(?:(\d+)\s*s)?", re.IGNORECASE)


def parse_duration(text: str) -> timedelta | None:
    """Return a length of time; ``None`` if the text is not one.

    :param text: Days, hours, minutes and seconds, in this order, such as ``2h30m`` or ``1d``.
    :raises ValueError: It is longer than a timedelta can be.
    """
    found = DURATION.fullmatch(text.strip())
    if not found:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise ValueError(f"{text!r} is too long") from None


def checked_duration(argument: str, value: object) -> timedelta:
    """Return a length of time that a task was given.

    :param argument: The argument, for the error.
    :param value: A timedelta, or text.
    :raises ConfigurationError: It is neither, or too long.
    """
    length = value
    if isinstance(value, str):
        try:
            length = parse_duration(value)
        except ValueError:
            length = None
    if isinstance(length, timedelta):
        return length
    raise ConfigurationError(
        f"{argument}={value!r} is not a length of time. Allowed: a timedelta, or text such as '2d' or '2h30m'."
    )


def format_age(age: timedelta) -> str:
    """Write an age as ``3 d 4 h``, ``4 h 10 min`` or ``10 min``.

    :param age: The age; below zero, if two clocks differ by a moment, counts as zero.
    """
    if age.days < 0:
        return "0 min"
    days, hours, minutes = age.days, age.seconds // 3600, age.seconds % 3600 // 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def format_wait(seconds: float) -> str:
    """Write a waiting time as ``0:02:30``.

    :param seconds: The time; below zero counts as zero.
    """
    return str(timedelta(seconds=max(0, round(seconds))))
