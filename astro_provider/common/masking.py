"""How a secret is shown: not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
