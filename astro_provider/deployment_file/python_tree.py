"""A document given as Python objects, copied into the plain mappings, lists and scalars that a file could hold."""

from __future__ import annotations

import re
from collections.abc import Mapping

from astro_provider.deployment_file.positions import Key, dotted
from astro_provider.errors import DeploymentFileError

DEEPEST = 32
#: Far beyond every number of a Deployment file; Python itself refuses to print much larger ones.
LARGEST_NUMBER = 10**18
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def unstorable(text: str) -> str | None:
    """Say which character of a text Astro cannot store; ``None`` if it can store all of them.

    :param text: Any text.
    """
    found = UNSTORABLE.search(text)
    return f"holds the character U+{ord(found[0]):04X}, which Astro cannot store" if found else None


def has_root(tree: Mapping[str, object]) -> bool:
    """Whether a dict is a whole file, and not only what stands under ``deployment``.

    :param tree: The dict.
    """
    return any(str(name).lower() == "deployment" for name in tree)


def plain(value: object, source: str, key: Key = ()) -> object:
    """Copy a document.

    :param value: The document, or a part of it.
    :param source: What errors call it.
    :param key: Where the part stands.
    :raises DeploymentFileError: It contains something that no file could.
    """
    if len(key) > DEEPEST:
        raise DeploymentFileError(f"is nested deeper than {DEEPEST} levels", source=source, key=dotted(key[:4]))
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise DeploymentFileError(f"has a key that is not text: {name!r}", source=source, key=dotted(key))
        return {name: plain(item, source, (*key, name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, source, (*key, index)) for index, item in enumerate(value)]
    if isinstance(value, int | float) and abs(value) > LARGEST_NUMBER:
        raise DeploymentFileError("is a number that is too large", source=source, key=dotted(key))
    if isinstance(value, str) and (problem := unstorable(value)):
        raise DeploymentFileError(problem, source=source, key=dotted(key))
    if value is None or isinstance(value, str | int | float):
        return value
    if key[:2] == ("deployment", "metadata"):
        return str(value)
    problem = f"must be text, a number, a list or a mapping, not {type(value).__name__}"
    raise DeploymentFileError(problem, source=source, key=dotted(key) or None)
