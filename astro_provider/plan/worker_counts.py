"""How many workers a queue has, and how many tasks each of them runs at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from astro_provider.models.deployment_options import CountRange
    from astro_provider.plan.problems import Problems

MOST, LEAST, CONCURRENCY = COUNTS = ("max_worker_count", "min_worker_count", "worker_concurrency")
Counts = dict[str, int]


@dataclass(frozen=True)
class WorkerCounts:
    """The counts of one queue.

    What the file states is sent or refused. What it does not state is what the queue has now, else Astro's default; if
    that does not fit what the file states, it is fitted, with a note.

    :param problems: Gets what is not possible, and the notes.
    :param place: The queue's place in the file.
    :param stated: What the file says.
    :param present: What the queue has now.
    :param limits: Floor, default and ceiling of each, if known.
    """

    problems: Problems
    place: tuple[str | int, ...]
    stated: Counts
    present: Counts
    limits: Mapping[str, CountRange]

    def planned(self, *, moves: bool) -> Counts:
        """Return the counts to send. What is outside the limits already may stay so, but not on another machine.

        :param moves: Whether the queue gets another machine, which has its own limits of concurrency.
        """
        counts = self.present | self.stated
        for name in COUNTS:
            if name not in counts:
                counts[name] = self._default(name)
        if moves and CONCURRENCY not in self.stated and (limits := self.limits.get(CONCURRENCY)):
            fitted = int(min(max(counts[CONCURRENCY], limits.floor), limits.ceiling))
            self._fit(counts, CONCURRENCY, fitted, f"the worker type allows {limits.floor:g} to {limits.ceiling:g}")
        if counts[LEAST] > counts[MOST] and self._changes(counts, LEAST, MOST):
            self._uncross(counts)
        for name in COUNTS:
            if name in self.limits and (self._changes(counts, name) or (moves and name == CONCURRENCY)):
                self._check_limits(name, counts[name])
        return counts

    def _default(self, name: str) -> int:
        limits = self.limits.get(name)
        if limits is None:
            self.problems.add("is missing, and no default is known", *self.place, name)
            return 1
        return int(limits.default)

    def _changes(self, counts: Counts, *names: str) -> bool:
        return any(counts[name] != self.present.get(name) for name in names)

    def _uncross(self, counts: Counts) -> None:
        """Bring the least and the most together, if the file leaves one of them open and the limits allow it."""
        least, most = self.limits.get(LEAST), self.limits.get(MOST)
        if LEAST not in self.stated:
            self._fit(counts, LEAST, max(counts[MOST], int(least.floor) if least else 0), f"{MOST} is {counts[MOST]}")
        elif MOST not in self.stated:
            fitted = min(counts[LEAST], int(most.ceiling)) if most else counts[LEAST]
            self._fit(counts, MOST, fitted, f"{LEAST} is {counts[LEAST]}")
        if counts[LEAST] <= counts[MOST]:
            return
        if LEAST in self.stated:
            why = "" if MOST in self.stated else ", the most that Astro allows"
            self.problems.add(f"{counts[LEAST]} is more than {MOST}, {counts[MOST]}{why}", *self.place, LEAST)
        else:
            found = f"{counts[MOST]} is less than {LEAST}, {counts[LEAST]}, the least that Astro allows"
            self.problems.add(found, *self.place, MOST)

    def _fit(self, counts: Counts, name: str, fitted: int, reason: str) -> None:
        if fitted == counts[name]:
            return
        other = "the present" if name in self.present else "Astro's default"
        found = f"is missing; {fitted} is sent instead of {other} {counts[name]}, because {reason}"
        self.problems.note(found, *self.place, name)
        counts[name] = fitted

    def _check_limits(self, name: str, count: int) -> None:
        limits = self.limits[name]
        if not limits.floor <= count <= limits.ceiling:
            self.problems.add(
                f"must be between {limits.floor:g} and {limits.ceiling:g}, not {count}", *self.place, name
            )
