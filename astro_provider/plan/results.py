"""Finished plans: the body to send, and what it changes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Literal

SIGN = {"added": "+", "changed": "~", "removed": "-"}


@dataclass(frozen=True)
class Change:
    """One thing that an update changes.

    :param action: What happens to it.
    :param path: Its place in a Deployment file, for example ``worker_queues.heavy.max_worker_count``.
    :param old: Its present value, secrets as ``****``.
    :param new: Its next value, secrets as ``****``.
    """

    action: Literal["added", "changed", "removed"]
    path: str
    old: str | None
    new: str | None

    @property
    def effect(self) -> str:
        """Old and new value, for a log line."""
        if self.action == "changed":
            return f"{_shown(self.old)} -> {_shown(self.new)}"
        return _shown(self.new) if self.action == "added" else f"{_shown(self.old)} (REMOVED)"


@dataclass(frozen=True)
class CreatePlan:
    """A create request.

    :param body: The JSON object to post.
    :param notes: What the file says that is not used, and what was sent in place of an unsuitable default; one sentence
        each.
    """

    # Kept out of repr: it holds the values of secrets.
    body: dict[str, object] = field(repr=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class UpdatePlan:
    """An update request.

    :param body: The JSON object to post.
    :param changes: What it changes, removals last.
    :param notes: What the file says that is not used, and what was sent in place of an unsuitable default; one sentence
        each.
    """

    body: dict[str, object] = field(repr=False)
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the Deployment already is as the file says."""
        return not self.changes

    def describe(self) -> list[str]:
        """Return one aligned line for each change, removals last."""
        width = max((len(change.path) for change in self.changes), default=0)
        return [f"{SIGN[change.action]} {change.path:<{width}}  {change.effect}" for change in self.changes]

    def as_xcom(self) -> list[dict[str, str | None]]:
        """Return the changes as plain dicts."""
        return [asdict(change) for change in self.changes]


def _shown(value: str | None) -> str:
    """Keep a value on its line."""
    if not value:
        return "(empty)" if value == "" else "(none)"
    return value if value.isprintable() else repr(value)
