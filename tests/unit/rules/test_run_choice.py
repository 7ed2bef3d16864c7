"""Which run a wait is about, which of its tasks, and how they stand together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

import pytest

from astro_provider.rules.run_choice import RunChoice, TaskChoice, choose_run, judge_tasks
from astro_provider.waits.goal import NOT_YET


@dataclass(frozen=True)
class Run:
    dag_run_id: str
    run_after: datetime | None = None
    logical_date: datetime | None = None
    dag_id: str = "etl"

    @property
    def moment(self) -> datetime | None:
        return self.run_after or self.logical_date


@dataclass(frozen=True)
class Instance:
    task_id: str
    state: str | None
    map_index: int = -1

    @property
    def label(self) -> str:
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"


def at(hour: int) -> datetime:
    return datetime(2026, 11, 25, hour, tzinfo=timezone.utc)


def chosen(by: str, value: str, *runs: Run) -> str | None:
    run = choose_run(RunChoice(by, value), "etl", runs)
    return run.dag_run_id if run else None


RUNS = [Run("old", at(1)), Run("new", at(5)), Run("other", at(9), dag_id="else"), Run("newest", at(7), at(6))]


def test_a_run_is_found_by_its_id_in_its_own_dag():
    assert chosen("run_id", "old", *RUNS) == "old"
    assert chosen("run_id", "other", *RUNS) is None


def test_a_run_is_found_by_its_logical_date_whatever_the_time_zone():
    assert chosen("logical_date", "2026-11-25T07:00:00+01:00", *RUNS) == "newest"
    assert chosen("logical_date", "2026-11-25T07:00:00Z", *RUNS) is None


def test_of_a_window_the_newest_run_counts_and_none_at_all_is_none():
    assert chosen("newest_after", "2026-11-25T00:00:00Z", *RUNS) == "newest"
    assert chosen("newest_after", "2026-11-25T07:00:00Z", *RUNS) == "newest"
    assert chosen("newest_after", "2026-11-25T07:00:01Z", *RUNS) is None


def test_airflow_2_has_only_logical_dates():
    assert chosen("newest_after", "2026-11-25T03:00:00Z", Run("a", None, at(2)), Run("b", None, at(4))) == "b"


def judged(*instances: Instance, task_ids: tuple[str, ...] = ("load",), group: str = "", **states: tuple[str, ...]):
    given = {"allowed": ("success",), "skipped": (), "failed": ("failed", "upstream_failed"), **states}
    return judge_tasks(TaskChoice(task_ids, group, **given), instances)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["success"], ("success", None)),
        (["success", "success"], ("success", None)),
        (["success", "running"], ("running", "load[1]: running")),
        (["success", None], ("none", "load[1]: none")),
        (["success", "awaiting_input"], ("awaiting_input", "load[1]: awaiting_input")),
        (["running", "failed"], ("failed", "load[1]: failed")),
        (["success", "removed"], ("success", None)),
        (["success", "skipped"], ("skipped", "load[1]: skipped")),
        ([], (NOT_YET, "no task 'load' in the run")),
    ],
)
def test_all_map_indexes_of_a_task_have_to_be_there(states, expected):
    assert judged(*(Instance("load", state, index) for index, state in enumerate(states))) == expected


def test_all_tasks_have_to_end_and_one_that_is_missing_has_not():
    found = judged(Instance("load", "success"), Instance("else", "failed"), task_ids=("load", "extract"))
    assert found == (NOT_YET, "no task 'extract' in the run")


def test_skipped_states_end_the_wait_once_the_others_have_ended_too():
    tasks = [Instance("load", "skipped", 0), Instance("load", "running", 1)]
    assert judged(*tasks, skipped=("skipped",))[0] == "running"
    assert judged(tasks[0], Instance("load", "success", 1), skipped=("skipped",)) == ("skipped", "load[0]: skipped")


def test_a_group_is_known_by_the_prefix_of_its_tasks():
    tasks = [Instance("g.a", "success"), Instance("g.sub.b", "running", 0), Instance("gx.c", "failed")]
    assert judged(*tasks, task_ids=(), group="g") == ("running", "g.sub.b[0]: running")
    assert judged(*tasks, task_ids=(), group="none") == (NOT_YET, "no task group 'none' in the run")


def test_a_message_names_a_few_tasks():
    tasks = [Instance("load", "running", index) for index in range(9)]
    assert judged(*tasks)[1].endswith("load[4]: running, and 4 more")
