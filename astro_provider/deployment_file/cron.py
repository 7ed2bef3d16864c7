"""Whether a text is a five-part cron expression, and which part is wrong."""

from __future__ import annotations

import re

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
PARTS: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of month", 1, 31, []),
    ("month", 1, 12, MONTHS),
    ("day of week", 0, 7, DAYS),
)
ITEM = re.compile(r"(\*|\?|(?P<low>\w{1,3})(-(?P<high>\w{1,3}))?)(/(?P<step>[0-9]{1,2}))?")


def problem(expression: str) -> str | None:
    """Say what is wrong with a cron expression, or nothing.

    :param expression: For example ``0 20 * * MON-FRI``.
    """
    parts = expression.split()
    if len(parts) != len(PARTS):
        return f"must be a cron expression of 5 parts such as '0 20 * * *', not {len(parts)} parts"
    for part, (name, floor, ceiling, words) in zip(parts, PARTS, strict=True):
        if not all(_fits(item, floor, ceiling, words) for item in part.split(",")):
            return f"the {name} of the cron expression, {part[:40]!r}, is not in {floor}-{ceiling}"
    return None


def _fits(item: str, floor: int, ceiling: int, words: list[str]) -> bool:
    match = ITEM.fullmatch(item)
    if not match or match["step"] in ("0", "00"):
        return False
    bounds = [_number(word, floor, words) for word in (match["low"], match["high"]) if word is not None]
    return all(b is not None and floor <= b <= ceiling for b in bounds) and (
        len(bounds) < 2 or bounds[0] <= bounds[1]  # type: ignore[operator]  # None was excluded just before
    )


def _number(word: str, floor: int, words: list[str]) -> int | None:
    if word.upper() in words:
        # Names count from the first value: JAN is 1, SUN is 0.
        return words.index(word.upper()) + floor
    return int(word) if word.isascii() and word.isdigit() else None
