"""Wrong arguments are refused while the DAG file is parsed, where their author sees it at once. Pure."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any, get_args


def is_given(value: object) -> bool:
    """Whether an argument says anything; a template over a missing XCom renders to the text ``None``.

    :param value: The argument.
    """
    return value is not None and (not isinstance(value, str) or value.strip() not in {"", "None"})


def is_template(value: object) -> bool:
    """Whether only the task's run will show what an argument is: text with Jinja, or what another task returns.

    :param value: The argument.
    """
    if isinstance(value, str):
        return any(mark in value for mark in ("{{", "{%", "{#"))
    return hasattr(value, "resolve") and not isinstance(value, os.PathLike)  # a path has a method of that name


def check_choice(name: str, value: str, choices: Any) -> None:
    """Refuse a wrong word.

    :param name: The argument.
    :param value: What was given.
    :param choices: The argument's ``Literal``, from :mod:`astro_provider.common.choices`.
    :raises ValueError: It is none of its words.
    """
    allowed = get_args(choices)
    if value not in allowed:
        from astro_provider.common.suggestions import did_you_mean

        hint = did_you_mean(str(value), allowed)
        raise ValueError(f"{name}={value!r} is not valid; allowed: {', '.join(map(repr, allowed))}.{hint}")


def check_flags(**flags: object) -> None:
    """Reject anything that is not a bool: Python takes any text for true, even ``"False"``.

    :param flags: The arguments and what was given.
    :raises ValueError: One of them is neither True nor False.
    """
    for name, value in flags.items():
        if not isinstance(value, bool):
            quoted = ", without quotation marks" if isinstance(value, str) else ""
            allowed = f"allowed: True, False{quoted}. It cannot be a template."
            raise ValueError(f"{name}={value!r} is not valid; {allowed}")  # noqa: TRY004  (as check_choice)


def checked_seconds(name: str, value: Any, *, or_none_at_all: bool = False) -> float:
    """Return a length of time as a number.

    :param name: The argument.
    :param value: Seconds, or a timedelta.
    :param or_none_at_all: Whether 0 is allowed, too.
    :raises ValueError: It is neither, or not above 0.
    """
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    # Not "<= 0": that would let NaN pass.
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if is_number and (seconds > 0 or (or_none_at_all and seconds == 0)):
        return seconds
    least = "of at least 0" if or_none_at_all else "above 0"
    raise ValueError(f"{name}={value!r} is not valid; allowed: a number of seconds {least}, or a timedelta.")


def checked_count(name: str, value: Any) -> int | None:
    """Return a number that a template may have rendered to text; ``None`` stays.

    :param name: The argument.
    :param value: What was given.
    :raises ConfigurationError: It is not a whole number of at least 0.
    """
    if value is None:
        return None
    text = str(value).strip()
    if not text.isdecimal():
        from astro_provider.errors import ConfigurationError

        raise ConfigurationError(f"{name}={value!r} is not valid; allowed: a whole number of at least 0.")
    return int(text)
