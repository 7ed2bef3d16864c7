"""Where each key of a Deployment file was written, so that every message can name file, line and key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from astro_provider.errors import DeploymentFileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Key = tuple[str | int, ...]
"""Path to a value from the root, for example ``("deployment", "worker_queues", 0, "name")``."""

Span = tuple[int, int]
"""First character of a value in the text, and the first one after it."""


def inside(key: Key, *parts: str | int) -> Key:
    """Return the path of something inside a key.

    :param key: Path from the root.
    :param parts: Names and indexes from there.
    """
    return (*key, *parts)


def dotted(key: Key) -> str:
    """Write a key as people do: ``deployment.worker_queues[0].name``.

    :param key: Path from the root.
    """
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def as_written(written: Mapping[Key, Key], key: Key) -> Key:
    """Return a key as a document has it.

    :param written: Key of the format -> key in the document, where the two differ.
    :param key: Path from the root, in the names of the format.
    """
    return next((written[key[:end]] + key[end:] for end in range(len(key), 0, -1) if key[:end] in written), key)


@dataclass(frozen=True)
class Origin:
    """Source and places of a document; parts laid over it keep their own.

    ``lines``, ``repeats`` and ``spans`` go by the keys as the document has them, everything else by the names that the
    format has for them.

    :param source: The file's path, or a description such as ``"overrides"``.
    :param lines: Line of each key, from 1; empty for what was given as Python objects.
    :param repeats: Line in which a key stands once more with the same value.
    :param spans: Where the text has each single value; several for a key that is given twice.
    :param text: What the spans are counted in.
    :param written: Key of the format -> key in the document, where the two differ.
    :param laid_over: Origins of parts that replaced what the source said.
    """

    source: str
    lines: Mapping[Key, int] = field(default_factory=dict)
    repeats: Mapping[Key, int] = field(default_factory=dict)
    spans: Mapping[Key, Sequence[Span]] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)  # it may hold secrets
    written: Mapping[Key, Key] = field(default_factory=dict)
    laid_over: Mapping[Key, Origin] = field(default_factory=dict)

    def as_written(self, key: Key) -> Key:
        """Return a key as the document has it: perhaps under an older name, in another case or at another place.

        :param key: Path from the root.
        """
        return as_written(self.written, key)

    def line(self, key: Key) -> int | None:
        """Return the line of a key, else of the nearest key around it.

        :param key: Path from the root.
        """
        there = self.as_written(key)
        return next((self.lines[there[:end]] for end in range(len(there), 0, -1) if there[:end] in self.lines), None)

    def of(self, key: Key) -> Origin:
        """Return the origin that a key comes from: this one or one laid over it.

        :param key: Path from the root.
        """
        return next((self.laid_over[key[:end]] for end in range(len(key), 0, -1) if key[:end] in self.laid_over), self)

    def where(self, key: Key) -> str:
        """Name a key and its place, for use inside a sentence.

        :param key: Path from the root.
        """
        origin = self.of(key)
        line = origin.line(key)
        return f"{dotted(origin.as_written(key))} ({origin.source}{'' if line is None else f', line {line}'})"

    def error(self, problem: str, key: Key = (), *more: tuple[Key, str]) -> DeploymentFileError:
        """Make the error for one wrong key, or for several at once.

        :param problem: What is wrong with the first key, and what is allowed.
        :param key: The first wrong key.
        :param more: Further wrong keys with their problems.
        """
        origin = self.of(key)
        further = "".join(f"\n  also {self.where(other)}: {text}" for other, text in more)
        return DeploymentFileError(
            problem + further,
            source=origin.source,
            line=origin.line(key),
            key=dotted(origin.as_written(key)) or None,
        )
