"""The beginning of a sentence."""

from __future__ import annotations


def sentence(text: str) -> str:
    """Return a text that can begin a sentence; ``capitalize`` would change the ids in it.

    :param text: The text.
    """
    return text[:1].upper() + text[1:]
