"""Cron expressions of five parts."""

from __future__ import annotations

import re

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
#: For each part: least, most, and the names that stand for numbers.
_PARTS: list[tuple[int, int, dict[str, int]]] = [
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    (0, 7, {name: number for number, name in enumerate(_DAYS)}),
]
_ITEM = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?")


def is_cron(text: str) -> bool:
    """Whether a text is a cron expression: minute, hour, day, month, day of the week.

    :param text: The text.
    """
    parts = text.split()
    return len(parts) == len(_PARTS) and all(
        _is_item(item, *limits) for part, limits in zip(parts, _PARTS, strict=True) for item in part.split(",")
    )


def _is_item(item: str, least: int, most: int, names: dict[str, int]) -> bool:
    found = _ITEM.fullmatch(item)
    if found is None or found[3] == "0":
        return False
    bounds = [_number(text, names) for text in found.groups()[:2] if text is not None]
    return all(least <= bound <= most for bound in bounds) and bounds == sorted(bounds)


def _number(text: str, names: dict[str, int]) -> int:
    if text.isdecimal():
        return int(text)
    return names.get(text.lower(), -1)
