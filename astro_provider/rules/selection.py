"""Which Deployments a list means, and why others were left out. Pure: no clock, no network, no Airflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from astro_provider.common.durations import format_age
from astro_provider.common.suggestions import did_you_mean
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
    :param statuses: Statuses it may have; none: any.
    :param development_only: Whether it has to be in development mode.
    :param exclude: Ids, names and globs of those that are not meant.
    :param own_id: Id of the one Deployment that is left out without being named.
    """

    name_pattern: str | None = None
    older_than: timedelta | None = None
    statuses: frozenset[str] = frozenset()
    development_only: bool = False
    exclude: tuple[str, ...] = ()
    own_id: str | None = None

    def reasons(self, deployment: Deployment, now: datetime) -> list[str]:
        """Say why a Deployment whose name fits is left out; nothing when it is meant.

        :param deployment: The Deployment.
        :param now: The time by the API's clock.
        """
        found = [f"excluded by {entry!r}" for entry in self.exclude if names(entry, deployment)][:1]
        if deployment.id == self.own_id:
            found.append("this task runs in it (allow_self=False)")
        if self.statuses and deployment.status not in self.statuses:
            found.append(f"its status is {deployment.status}")
        if self.development_only and not deployment.is_development_mode:
            found.append("not in development mode")
        age = now - deployment.created_at
        if self.older_than is not None and age <= self.older_than:
            found.append(f"only {format_age(age)} old")
        return found


@dataclass
class Selection:
    """What filters made of a list.

    :param matched: Those that are meant, by name.
    :param left_out: Those whose name fits, each with the reasons why it is not meant, by name.
    :param nearly: Those whose name would fit if case did not matter.
    :param other_names: How many others there are.
    """

    matched: list[Deployment] = field(default_factory=list)
    left_out: list[tuple[Deployment, list[str]]] = field(default_factory=list)
    nearly: list[Deployment] = field(default_factory=list)
    other_names: int = 0


def select(deployments: Iterable[Deployment], filters: Filters, now: datetime) -> Selection:
    """Sort Deployments into those that are meant and those that are not.

    :param deployments: All there are.
    :param filters: What is asked for.
    :param now: The time by the API's clock.
    """
    selection = Selection()
    for deployment in sorted(deployments, key=lambda d: (d.name, d.id)):
        if not matches(filters.name_pattern, deployment.name):
            if matches(str(filters.name_pattern).lower(), deployment.name.lower()):
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
            f"{argument}={pattern!r} is no pattern for names; leave it out to allow every name, or give a glob "
            "such as 'pr-*'."
        )
    return pattern


def matches(pattern: str | None, name: str) -> bool:
    """Whether a name fits a glob (``*``, ``?``, ``[ab]``); case matters.

    :param pattern: The glob; ``None`` fits every name.
    :param name: The name.
    """
    return pattern is None or fnmatchcase(name, pattern)


def names(entry: str, deployment: Deployment) -> bool:
    """Whether an id, a name or a glob means a Deployment.

    :param entry: The id, name or glob.
    :param deployment: The Deployment.
    """
    return entry in (deployment.id, deployment.name) or fnmatchcase(deployment.name, entry)


def idle_exclusions(exclude: Sequence[str], deployments: Sequence[Deployment]) -> list[str]:
    """Return a sentence for each exclusion that protects nothing, since it may be misspelt.

    :param exclude: Ids, names and globs.
    :param deployments: All there are.
    """
    sentences = []
    for entry in exclude:
        if not any(names(entry, deployment) for deployment in deployments):
            hint = did_you_mean(entry, [deployment.name for deployment in deployments])
            sentences.append(f"exclude: no Deployment is {entry!r}.{hint}")
    return sentences


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as text with aligned columns.

    :param rows: The rows, the heading first.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
