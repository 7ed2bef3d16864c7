"""A Deployment file as it may be shown to anybody: everything as written, but for the values of variables.

A variable's value is shown only where the file says ``is_secret: false``: without that word the variable may still be a
secret on Astro. Which variables these are, and where the file has their values, is what the reader found. Only files
that could be read are shown; in any other, a secret may stand anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astro_provider.common.masking import MASK
from astro_provider.deployment_file.python_tree import has_root

if TYPE_CHECKING:
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.deployment_file.positions import Key

NOT_SHOWN = f"{MASK} (not shown: this is not a valid Deployment file)"


def hidden_in_text(file: DeploymentFile) -> str:
    """Return the text that a file was read from with the values of its variables hidden.

    :param file: The file as it was read, with nothing laid over it.
    """
    hidden, text = _hidden(file), file.origin.text
    spans = {span for key, spans in file.origin.spans.items() if _folded(key) in hidden for span in spans}
    for start, end in sorted(spans, reverse=True):
        line_break = "\n" * text[start:end].endswith("\n")  # of a block
        text = f'{text[:start]}"{MASK}"{line_break}{text[end:]}'
    return text


def hidden_in_mapping(tree: Mapping[str, Any], file: DeploymentFile) -> dict[str, Any]:
    """Return a copy of the dict that a file was read from with the values of its variables hidden.

    :param tree: The dict, with or without the ``deployment`` root.
    :param file: The file as it was read from it, with nothing laid over it.
    """
    hidden = _hidden(file)

    def copied(value: Any, at: Key) -> Any:
        if at in hidden:
            return MASK
        if isinstance(value, Mapping):
            return {name: copied(item, (*at, name.lower())) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [copied(item, (*at, index)) for index, item in enumerate(value)]
        return value

    copy: dict[str, Any] = copied(tree, () if has_root(tree) else ("deployment",))
    return copy


def _hidden(file: DeploymentFile) -> set[Key]:
    """Return the keys of all values to hide, in lower case: the same key may stand there twice, in another case."""
    return {
        _folded(file.origin.as_written(("deployment", "environment_variables", index, "value")))
        for index, variable in enumerate(file.environment_variables or ())
        if variable.value and variable.is_secret is not False
    }


def _folded(key: Key) -> Key:
    return tuple(part.lower() if isinstance(part, str) else part for part in key)
