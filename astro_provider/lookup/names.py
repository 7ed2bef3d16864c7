"""What is said about a name that finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence


def unknown_name(what: str, name: str, known: Sequence[str]) -> str:
    """Return the sentence about a name that does not exist.

    :param what: What it should name: a Workspace, a cluster.
    :param name: The name or id that finds nothing.
    :param known: The names there are.
    """
    hint = did_you_mean(name, known)
    listed = ", ".join(repr(k) for k in sorted(known)) or "none"
    return f"There is no {what} {name!r} that this token can see.{hint} Known: {listed}."
