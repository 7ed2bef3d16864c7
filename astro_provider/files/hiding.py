"""A Deployment file as it may be shown to anybody: everything as written, but for the values of secret variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from astro_provider.files.reader import Loader

HIDDEN = "****"
NOT_SECRET = {"", "false", "no", "off", "null", "~"}


def hidden_in_text(text: str) -> str:
    """Return a file's text with the values of secret variables hidden; what cannot be understood is not shown at all.

    :param text: YAML or JSON.
    """
    try:
        root = yaml.compose(text.removeprefix("\ufeff"), Loader=Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return f"{HIDDEN} (not shown: this text cannot be read as a Deployment file)"
    text = text.removeprefix("\ufeff")
    spans = sorted({(node.start_mark.index, node.end_mark.index) for node in _secret_nodes(root)}, reverse=True)
    for start, end in spans:
        text = text[:start] + f'"{HIDDEN}"' + text[end:]
    return text


def hidden_in_mapping(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a file given as a dict with the values of secret variables hidden.

    :param tree: The file, with or without the ``deployment`` root.
    """
    return {key: _hidden(key, value) for key, value in tree.items()}


def _hidden(key: str, value: Any) -> Any:
    if key == "environment_variables" and isinstance(value, list):
        return [_hidden_variable(item) for item in value]
    return hidden_in_mapping(value) if isinstance(value, Mapping) else value


def _hidden_variable(item: Any) -> Any:
    if not isinstance(item, Mapping) or _is_plain(item.get("is_secret")) or not item.get("value"):
        return item
    return {**item, "value": HIDDEN}


def _is_plain(flag: object) -> bool:
    return flag is None or str(flag).strip().lower() in NOT_SECRET


def _secret_nodes(root: Any) -> Iterator[Any]:
    """Find the value of every variable that is, or may be meant to be, a secret."""
    deployment = _child(root, "deployment")
    for item in getattr(_child(deployment, "environment_variables"), "value", ()):
        flag, value = _child(item, "is_secret"), _child(item, "value")
        if isinstance(value, yaml.Node) and value.value and not _is_plain(getattr(flag, "value", None)):
            yield value


def _child(node: Any, name: str) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if getattr(key, "value", None) == name), None)
