"""The nearest valid spelling of a word that is not known."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Longest piece of a word that is compared; what is longer is no misspelling.
LONGEST = 100


def nearest(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known word that is most like another; case does not matter.

    :param word: What was found.
    :param known: What is allowed.
    :param cutoff: How alike they have to be, from 0 to 1.
    """
    by_fold = {name.lower(): name for name in known}
    found = word.lower()[:LONGEST]
    near = get_close_matches(found, list(by_fold), cutoff=cutoff)
    # Swapped letters are the most frequent slip: "us-esat-1" is as like "us-west-1" as it is like "us-east-1".
    swapped = (name for name in near if sorted(name) == sorted(found))
    best = next(swapped, near[0] if near else None)
    return by_fold[best] if best else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"``, or nothing if no known word is similar.

    :param word: What was found.
    :param known: What is allowed.
    """
    near = nearest(word, known)
    return f" Did you mean {near!r}?" if near else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"``, or nothing if no known word is similar.

    :param word: What was found.
    :param known: What is allowed.
    """
    near = nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""
