"""Which Deployments a list matches, and why others are left out. Pure: no clock, no network, no Airflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from astro_provider.common.durations import format_age
from astro_provider.common.suggestions import nearest
from astro_provider.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from astro_provider.models.deployments import Deployment


@dataclass(frozen=True)
class Filters:
    """What a Deployment has to be.

    :param name_pattern: Glob for the name; ``None``: any name.
    :param older_than: Least age.
    :param newer_than: Age that it has not reached.
    :param statuses: Statuses it may have; none: any.
    :param development_only: Whether it has to be in development mode.
    :param exclude_development: Whether it must not be in development mode.
    :param exclude: Ids, names and globs of those to leave out.
    :param ignore_case: Whether case matters in no name and glob.
    :param own_id: Id of the one Deployment that is left out without being named.
    """

    name_pattern: str | None = None
    older_than: timedelta | None = None
    newer_than: timedelta | None = None
    statuses: frozenset[str] = frozenset()
    development_only: bool = False
    exclude_development: bool = False
    ignore_case: bool = False
    exclude: tuple[str, ...] = ()
    own_id: str | None = None

    def reasons(self, deployment: Deployment, now: datetime) -> list[str]:
        """Say why a Deployment whose name fits is left out; nothing if it matches.

        :param deployment: The Deployment.
        :param now: The time by the API's clock.
        """
        found = [f"excluded by {entry!r}" for entry in self.exclude if self.excludes(entry, deployment)][:1]
        if deployment.id == self.own_id:
            found.append("this task runs in it (allow_self=False)")
        if self.statuses and deployment.status not in self.statuses:
            found.append(f"its status is {deployment.status}")
        if self.development_only and not deployment.is_development_mode:
            found.append("not in development mode")
        if self.exclude_development and deployment.is_development_mode:
            found.append("in development mode")
        age = now - deployment.created_at
        if self.older_than is not None and age <= self.older_than:
            found.append(f"only {format_age(age)} old")
        if self.newer_than is not None and age >= self.newer_than:
            found.append(f"already {format_age(age)} old")
        return found

    def fits(self, deployment: Deployment) -> bool:
        """Whether a Deployment's name fits the pattern.

        :param deployment: The Deployment.
        """
        return matches(self.name_pattern, deployment.name, ignore_case=self.ignore_case)

    def excludes(self, entry: str, deployment: Deployment) -> bool:
        """Whether an entry of ``exclude`` stands for a Deployment.

        :param entry: The id, name or glob.
        :param deployment: The Deployment.
        """
        same = entry in (deployment.id, deployment.name)
        return same or matches(entry, deployment.name, ignore_case=self.ignore_case)


@dataclass
class Selection:
    """What filters made of a list.

    :param matched: Those that match, by name.
    :param left_out: Those whose name fits, each with the reasons why it is left out, by name.
    :param nearly: Those whose name would fit if case did not matter.
    :param other_names: How many others there are.
    """

    matched: list[Deployment] = field(default_factory=list)
    left_out: list[tuple[Deployment, list[str]]] = field(default_factory=list)
    nearly: list[Deployment] = field(default_factory=list)
    other_names: int = 0


def select(deployments: Iterable[Deployment], filters: Filters, now: datetime) -> Selection:
    """Sort Deployments into those that match and those that do not.

    :param deployments: All there are.
    :param filters: What is asked for.
    :param now: The time by the API's clock.
    """
    selection = Selection()
    for deployment in sorted(deployments, key=lambda d: (d.name, d.id)):
        if not filters.fits(deployment):
            if matches(filters.name_pattern, deployment.name, ignore_case=True):
                selection.nearly.append(deployment)
            else:
                selection.other_names += 1
        elif reasons := filters.reasons(deployment, now):
            selection.left_out.append((deployment, reasons))
        else:
            selection.matched.append(deployment)
    return selection


def checked_pattern(argument: str, pattern: str | None) -> str | None:
    """Return a glob that says something; a template without a value must not mean "all names".

    :param argument: The argument it was given in, for the error.
    :param pattern: The glob, or ``None``.
    :raises ConfigurationError: It is empty.
    """
    if pattern is not None and (not isinstance(pattern, str) or pattern.strip() in {"", "None"}):
        raise ConfigurationError(
            f"{argument}={pattern!r} is not a valid name pattern; leave it out to allow every name, or use a glob "
            "such as 'pr-*'."
        )
    return pattern


def matches(pattern: str | None, name: str, *, ignore_case: bool = False) -> bool:
    """Whether a name fits a glob (``*``, ``?``, ``[ab]``).

    :param pattern: The glob; ``None`` fits every name.
    :param name: The name.
    :param ignore_case: Whether case does not matter.
    """
    if pattern is None:
        return True
    # Not ``casefold``: it makes two letters of one, which no ``?`` fits any more.
    return fnmatchcase(name.lower(), pattern.lower()) if ignore_case else fnmatchcase(name, pattern)


def idle_exclusions(filters: Filters, deployments: Sequence[Deployment]) -> list[str]:
    """Return a sentence for each exclusion that protects nothing, since it may be misspelled.

    :param filters: The filters.
    :param deployments: All there are.
    """
    sentences = []
    # An exception may name a Deployment that does not exist today, so only a close match counts as its right spelling.
    left = [each.name for each in deployments if not any(filters.excludes(entry, each) for entry in filters.exclude)]
    for entry in filters.exclude:
        if not any(filters.excludes(entry, deployment) for deployment in deployments):
            near = nearest(entry, left, cutoff=0.8)
            hint = f" Did you mean {near!r}?" if near else ""
            sentences.append(f"exclude: no Deployment matches {entry!r}.{hint}")
    return sentences


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as text with aligned columns.

    :param rows: The rows, the heading first.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
