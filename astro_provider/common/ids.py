"""What an id of Astro's looks like, and how ids and names stand in paths."""

from __future__ import annotations

import re
from urllib.parse import quote

from astro_provider.errors import ConfigurationError

#: Ids have 25 characters as a rule, but the API document and older Organizations also have longer ones.
ASTRO_ID = re.compile(r"(?=.*[0-9])c[a-z0-9]{23,31}")
PATH_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")


def looks_like_id(text: str | None) -> bool:
    """Tell an id of Astro's from a name.

    :param text: What the user wrote.
    """
    return bool(text and ASTRO_ID.fullmatch(text))


def checked_id(value: str, what: str) -> str:
    """Return an id that can stand in a path as it is, so that the token is never sent to an unintended path.

    :param value: The id.
    :param what: What it is the id of, for the error.
    :raises ConfigurationError: It has characters that no id has.
    """
    if not PATH_SEGMENT.fullmatch(value):
        raise ConfigurationError(f"{value!r} is not the id of {what}: ids contain only letters, digits, '-' and '_'.")
    return value


def quoted_name(name: str, what: str) -> str:
    """Return a name that may have any characters as one segment of a path.

    :param name: The name.
    :param what: What it is the name of, for the error.
    :raises ConfigurationError: It is blank, or a path without it is the same path.
    """
    if name.strip() in {"", ".", ".."}:
        raise ConfigurationError(f"{name!r} is not the name of {what}.")
    return quote(name, safe="")
