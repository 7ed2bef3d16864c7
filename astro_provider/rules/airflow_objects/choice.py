"""Which objects a task is about: names and globs for each kind, and exclusions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from astro_provider.common.arguments import is_given
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import ConfigurationError
from astro_provider.rules.airflow_objects.objects import KINDS, SINGULAR
from astro_provider.rules.selection import matches

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Choice:
    """What a task names.

    :param patterns: For each kind, exact names and globs; a kind that is missing is left alone.
    :param exclude: Names and globs of objects of any kind to leave alone.
    """

    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()

    @property
    def kinds(self) -> list[str]:
        """The kinds that the task is about."""
        return [kind for kind in KINDS if self.patterns.get(kind)]

    def includes(self, kind: str, name: str) -> bool:
        """Whether an object is one that the task is about.

        :param kind: Its kind.
        :param name: Its name.
        """
        return _fits(name, self.patterns.get(kind, ())) and not _fits(name, self.exclude)

    def exact_names(self, kind: str) -> list[str]:
        """Return the names of a kind that are written out.

        :param kind: The kind.
        """
        return [pattern for pattern in self.patterns.get(kind, ()) if not is_glob(pattern)]

    def globs(self, kind: str) -> list[str]:
        """Return the globs of a kind.

        :param kind: The kind.
        """
        return [pattern for pattern in self.patterns.get(kind, ()) if is_glob(pattern)]

    def unknown_names(self, kind: str, known: Sequence[str], where: str) -> list[str]:
        """Return a sentence for each name that is written out and does not exist.

        :param kind: The kind.
        :param known: The names there are.
        :param where: Where they were looked for.
        """
        missing = [name for name in self.exact_names(kind) if name not in known and not _fits(name, self.exclude)]
        return [f"{kind}: {where} has no {SINGULAR[kind]} {name!r}.{did_you_mean(name, known)}" for name in missing]

    def idle_globs(self, kind: str, known: Sequence[str], where: str) -> list[str]:
        """Return a sentence for each glob of a kind that matches nothing, since it may be misspelled.

        ``*`` is left out: it names nothing that could be misspelled, and an Airflow may have no connections.

        :param kind: The kind.
        :param known: The names there are.
        :param where: Where they were looked for.
        """
        idle = [glob for glob in self.globs(kind) if glob != "*" and not any(_fits(name, (glob,)) for name in known)]
        return [
            f"{kind}: {where} has no {SINGULAR[kind]} that matches {glob!r}.{did_you_mean(glob, known)}"
            for glob in idle
        ]

    def why_not_copied(self, kind: str, name: str, source: Sequence[str], where: str) -> str:
        """Return why an object is not copied for which the task has a value, and what to do.

        :param kind: Its kind.
        :param name: Its name.
        :param source: The names that the source has.
        :param where: What errors call the source.
        """
        one = SINGULAR[kind]
        said = f"{one} {name!r} is"
        near = did_you_mean(str(name), [other for other in source if self.includes(kind, other)])
        if _fits(str(name), self.exclude):
            return f"{said} not copied from {where}, because exclude matches it. Remove the entry, or change exclude."
        if self.includes(kind, str(name)):
            return f"no {said} copied from {where}, which has none of that name.{near} Correct or remove the entry."
        return (
            f"no {said} copied from {where}, because it is not in {kind}.{near} Remove the entry, or add the {one} to "
            f"{kind}."
        )

    def idle_exclusions(self, known: Iterable[str]) -> list[str]:
        """Return a sentence for each exclusion that excludes nothing, since it may be misspelled.

        :param known: The names of all objects in the source and the target.
        """
        names = list(known)
        idle = [entry for entry in self.exclude if not any(_fits(name, (entry,)) for name in names)]
        return [f"exclude: nothing matches {entry!r}.{did_you_mean(entry, names)}" for entry in idle]


def is_glob(pattern: str) -> bool:
    """Whether a pattern may stand for more than one name.

    :param pattern: The pattern.
    """
    return any(mark in pattern for mark in "*?[")


def checked_patterns(argument: str, value: object) -> tuple[str, ...]:
    """Return the patterns of an argument; a template without a value must not mean "all".

    :param argument: The argument, for the error.
    :param value: A name or glob, a list of them, or ``None``.
    :raises ConfigurationError: It is something else, or one of the patterns is blank.
    """
    if value is None:
        return ()
    patterns = [value] if isinstance(value, str) else value
    if not isinstance(patterns, Sequence | set | frozenset) or isinstance(patterns, bytes):
        raise ConfigurationError(
            f"{argument}={value!r} is not valid; allowed: a name, a glob, a list of names and globs, or None."
        )
    for pattern in patterns:
        if not isinstance(pattern, str) or not is_given(pattern):
            raise ConfigurationError(f"{argument}: {pattern!r} is not a name or a glob such as 'team_*'.")
    return tuple(patterns)


def _fits(name: str, patterns: Iterable[str]) -> bool:
    # Compared as they are first: names may have the marks of globs in them.
    return any(name == pattern or matches(pattern, name) for pattern in patterns)
