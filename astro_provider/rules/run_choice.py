"""Which run, and which of its tasks, a wait is about, and how they stand. Pure: no clock, no network, no Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from astro_provider.common.moments import parse_moment
from astro_provider.waits.goal import NOT_YET

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    class Run(Protocol):
        """A DAG run, as far as it matters for a choice."""

        @property
        def dag_id(self) -> str:
            """Its DAG."""

        @property
        def dag_run_id(self) -> str:
            """Its id."""

        @property
        def logical_date(self) -> datetime | None:
            """Its logical date."""

        @property
        def moment(self) -> datetime | None:
            """When it was due: its ``run_after``, in Airflow 2 its logical date."""

    class Instance(Protocol):
        """A task of a run, or one of its mapped ones."""

        @property
        def task_id(self) -> str:
            """The task."""

        @property
        def map_index(self) -> int:
            """Which of the mapped ones; -1: it is not mapped."""

        @property
        def state(self) -> str | None:
            """Its state."""

        @property
        def label(self) -> str:
            """What messages call it: ``load``, or ``load[3]`` for one of the mapped ones."""


RunT = TypeVar("RunT", bound="Run")

#: Most tasks that a message names.
MOST_NAMED = 5


class RunChoice(NamedTuple):
    """Which run of a DAG: plain text, so that a trigger can hold it.

    :param by: ``run_id``, ``logical_date``, or ``newest_after``: the newest one that is due at a moment or later.
    :param value: The run id, or the moment as ISO 8601 text.
    """

    by: str
    value: str

    @property
    def moment(self) -> datetime | None:
        """The moment, if the choice names one."""
        return None if self.by == "run_id" else parse_moment(self.value)

    def __str__(self) -> str:
        words = {"run_id": "DAG run {!r}", "logical_date": "DAG run for {}", "newest_after": "newest DAG run since {}"}
        return words[self.by].format(self.value)


def choose_run(choice: RunChoice, dag_id: str, runs: Iterable[RunT]) -> RunT | None:
    """Return the run that a choice names; ``None`` if it is not among them.

    :param choice: Which one.
    :param dag_id: Of which DAG.
    :param runs: Runs of this DAG and of others.
    """
    own, moment = [run for run in runs if run.dag_id == dag_id], choice.moment
    if moment is None:
        return next((run for run in own if run.dag_run_id == choice.value), None)
    if choice.by == "logical_date":
        return next((run for run in own if run.logical_date == moment), None)
    in_window = [(at, run.dag_run_id, run) for run in own if (at := run.moment) is not None and at >= moment]
    return max(in_window, key=lambda each: each[:2])[2] if in_window else None


class TaskChoice(NamedTuple):
    """Which tasks of a run, and what their states mean: plain text, so that a trigger can hold it.

    :param task_ids: Exact ids; for a mapped task, all that were mapped.
    :param group: A task group, by the prefix that Airflow gives its tasks; empty: none.
    :param allowed: States that all of them have to have.
    :param skipped: States with which the wait ends, too, but as skipped.
    :param failed: States of which one is a failure.
    """

    task_ids: tuple[str, ...]
    group: str
    allowed: tuple[str, ...]
    skipped: tuple[str, ...]
    failed: tuple[str, ...]

    def includes(self, instance: Instance) -> bool:
        """Whether a task is one of them. What a later expansion of a mapped task has removed is none.

        :param instance: The task.
        """
        if instance.state == "removed" and not {"removed"} & {*self.allowed, *self.skipped, *self.failed}:
            return False
        in_group = bool(self.group) and instance.task_id.startswith(f"{self.group}.")
        return in_group or instance.task_id in self.task_ids

    def absent(self, instances: Iterable[Instance]) -> list[str]:
        """Return what of the choice a run does not have, in words.

        :param instances: All tasks of the run.
        """
        there = {each.task_id for each in instances if self.includes(each)}
        if self.group:
            return [] if there else [f"task group {self.group!r}"]
        return [f"task {task_id!r}" for task_id in self.task_ids if task_id not in there]

    def __str__(self) -> str:
        if self.group:
            return f"task group {self.group!r}"
        plural = "" if len(self.task_ids) == 1 else "s"
        return f"task{plural} {', '.join(map(repr, self.task_ids))}"


def judge_tasks(choice: TaskChoice, instances: Sequence[Instance]) -> tuple[str, str | None]:
    """Return how tasks stand together: one of their states, which says whether a wait is over, and the others in words.

    One failure is enough; otherwise all have to have ended. A state that nobody knows yet is no end.

    :param choice: Which tasks.
    :param instances: Those of the run; more do not matter.
    """
    chosen = sorted((each for each in instances if choice.includes(each)), key=lambda i: (i.task_id, i.map_index))
    if failed := [each for each in chosen if each.state in choice.failed]:
        return str(failed[0].state), _named(failed)
    if absent := choice.absent(chosen):
        return NOT_YET, f"no {absent[0]} in the run"
    if unfinished := [each for each in chosen if each.state not in {*choice.allowed, *choice.skipped}]:
        return unfinished[0].state or "none", _named(unfinished)
    skipped = [each for each in chosen if each.state in choice.skipped]
    return str((skipped or chosen)[0].state), _named(skipped) if skipped else None


def _named(instances: Sequence[Instance]) -> str:
    named = [f"{each.label}: {each.state or 'none'}" for each in instances[:MOST_NAMED]]
    more = len(instances) - len(named)
    return ", ".join([*named, *([f"and {more} more"] if more else [])])
