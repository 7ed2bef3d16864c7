"""Ages and waiting times in words."""

from __future__ import annotations

from datetime import timedelta


def format_age(age: timedelta) -> str:
    """Write an age as ``3 d 4 h`` or ``4 h 10 min``.

    :param age: The age; below zero, if two clocks differ by a moment, counts as zero.
    """
    if age.days < 0:
        return "0 h 0 min"
    days, hours = age.days, age.seconds // 3600
    return f"{days} d {hours} h" if days else f"{hours} h {age.seconds % 3600 // 60} min"


def format_wait(seconds: float) -> str:
    """Write a waiting time as ``0:02:30``.

    :param seconds: The time; below zero counts as zero.
    """
    return str(timedelta(seconds=max(0, round(seconds))))
