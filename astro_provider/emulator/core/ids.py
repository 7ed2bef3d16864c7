"""Ids in the form of Astro's."""

from __future__ import annotations

import hashlib
import secrets
import string

_LETTERS = string.ascii_lowercase + string.digits


def new_id() -> str:
    """Return a new id: 25 lower-case characters."""
    return "cm" + "".join(secrets.choice(_LETTERS) for _ in range(23))


def fixed_id(name: str) -> str:
    """Return the same id for the same name, so that a restart keeps what was set up.

    :param name: What the id is for.
    """
    number = int(hashlib.sha256(name.encode()).hexdigest(), 16)
    digits = ""
    while len(digits) < 23:
        number, rest = divmod(number, len(_LETTERS))
        digits += _LETTERS[rest]
    return f"cl{digits}"


#: The one Organization that an emulator has.
ORGANIZATION_ID = fixed_id("organization")
