"""What an id of Astro's looks like."""

from __future__ import annotations

import re

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
        raise ConfigurationError(f"{value!r} is not the id of {what}: ids have letters, digits, '-' and '_' only.")
    return value
