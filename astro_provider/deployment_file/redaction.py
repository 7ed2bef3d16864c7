"""A Deployment file as it may be shown to anybody: everything as written, but for the values of variables.

A variable's value is shown only where the file says ``is_secret: false``: without that word the variable may still be a
secret on Astro. Only files that could be read are shown; in any other, a secret may stand anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from astro_provider.common.masking import MASK
from astro_provider.deployment_file.field_types import SWITCH
from astro_provider.deployment_file.reader import Loader

NOT_SHOWN = f"{MASK} (not shown: this is no valid Deployment file)"


def hidden_in_text(text: str) -> str:
    """Return a readable file's text with the values of its variables hidden.

    :param text: YAML or JSON.
    """
    text = text.removeprefix("\ufeff")
    try:
        root = yaml.compose(text, Loader=Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return NOT_SHOWN
    spans = sorted({(node.start_mark.index, node.end_mark.index) for node in _hidden_nodes(root)}, reverse=True)
    for start, end in spans:
        line_break = "\n" * text[start:end].endswith("\n")  # of a block
        text = f'{text[:start]}"{MASK}"{line_break}{text[end:]}'
    return text


def hidden_in_mapping(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a readable file that was given as a dict, with the values of its variables hidden.

    :param tree: The file, with or without the ``deployment`` root.
    """
    return {key: _hidden(key, value) for key, value in tree.items()}


def _hidden(key: str, value: Any) -> Any:
    if key == "environment_variables" and isinstance(value, list | tuple):
        return [_hidden_variable(item) for item in value]
    return hidden_in_mapping(value) if isinstance(value, Mapping) else value


def _hidden_variable(item: Any) -> Any:
    if not isinstance(item, Mapping) or _is_public(item.get("is_secret")) or not item.get("value"):
        return item
    return {**item, "value": MASK}


def _is_public(flag: object) -> bool:
    return flag is False or SWITCH.get(str(flag).strip().lower()) is False


def _hidden_nodes(root: Any) -> Iterator[Any]:
    deployment = _child(root, "deployment")
    for item in getattr(_child(deployment, "environment_variables"), "value", ()):
        flag, value = _child(item, "is_secret"), _child(item, "value")
        if isinstance(value, yaml.Node) and value.value and not _is_public(getattr(flag, "value", None)):
            yield value


def _child(node: Any, name: str) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if getattr(key, "value", None) == name), None)
