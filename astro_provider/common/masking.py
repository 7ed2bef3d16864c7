"""How a secret is shown: not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Shortest text that is hidden for being a part of a secret: shorter ones would only spoil the message.
SHORTEST_HIDDEN = 5
#: What stands in the place of a secret.
MASK = "****"


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return a text with each secret in it replaced by ``****``.

    :param text: What may repeat a secret.
    :param secrets: The secrets; blank ones are passed over. One that contains another has to come first.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    return text


def secret_texts(*values: object) -> list[str]:
    """Return the texts that no error and no log line may repeat, the longest first, since one may be part of another.

    :param values: Secrets; of one that is JSON, the texts inside it count, too.
    """
    found: set[str] = set()
    for value in values:
        if isinstance(value, str) and value.strip():
            found.add(value)
            found.update(text for text in _leaves(_parsed(value)) if len(text) >= SHORTEST_HIDDEN)
        elif value is not None:
            found.update(text for text in _leaves(value) if len(text) >= SHORTEST_HIDDEN)
    return sorted(found | {json.dumps(text)[1:-1] for text in found}, key=len, reverse=True)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value
