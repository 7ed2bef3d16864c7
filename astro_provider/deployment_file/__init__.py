"""Deployment files: from a path, text or mapping to a checked :class:`DeploymentFile`; from that, or from a live
Deployment, to text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING

from astro_provider.deployment_file.field_types import type_in_words
from astro_provider.deployment_file.inspection import inspect, needs_cluster
from astro_provider.deployment_file.locate import find, read_text
from astro_provider.deployment_file.model import DeploymentFile
from astro_provider.deployment_file.reader import from_mapping, from_text
from astro_provider.deployment_file.writer import dumps
from astro_provider.errors import DeploymentFileError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["dumps", "inspect", "is_path", "load", "loads", "needs_cluster"]


def load(
    source: str | Path | Mapping[str, object], *, name: str | None = None, base_dirs: Sequence[Path] = ()
) -> DeploymentFile:
    """Read a Deployment file.

    :param source: A path; YAML or JSON text (it has a line break, or begins with ``{``); or the same as a dict.
    :param name: What errors call text or a dict.
    :param base_dirs: Where a relative path is looked for, in this order.
    :raises DeploymentFileError: It is none of these, or wrong.
    """
    if isinstance(source, Mapping):
        return DeploymentFile.from_tree(*from_mapping(source, name or "template"))
    if isinstance(source, str) and not is_path(source):
        return loads(source, name=name or "template")
    if not isinstance(source, str | PathLike):
        problem = f"must be a path, text or a mapping, not {type_in_words(source)}"
        raise DeploymentFileError(problem, source=name or "template")
    path = find(source, base_dirs)
    return loads(read_text(path), name=str(path))


def loads(text: str, *, name: str) -> DeploymentFile:
    """Read a Deployment file from its text.

    :param text: YAML or JSON.
    :param name: What errors call it.
    """
    return DeploymentFile.from_tree(*from_text(text, name))


def is_path(source: str) -> bool:
    """Tell a path from a file's own text, which has a line break or begins with ``{``.

    :param source: What the user gave.
    """
    return "\n" not in source and not source.lstrip("\ufeff").strip().startswith("{")
