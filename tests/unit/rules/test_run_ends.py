"""Ends of DAG runs, told once: over looks that overlap, over restarts, and for runs that are stored late."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest

from astro_provider.rules.run_ends import OVERLAP, RunEnds

NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Run:
    dag_run_id: str
    end_date: datetime | None
    dag_id: str = "etl"


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def told(ends: RunEnds, seconds: float, *runs: Run) -> list[str]:
    return [run.dag_run_id for run in ends.look(runs, at(seconds))]


def test_the_first_look_takes_stock():
    ends = RunEnds()
    assert ends.since is None
    assert told(ends, 0, Run("old", at(-5))) == []
    assert ends.since == NOW - OVERLAP


def test_each_end_is_told_once_in_the_order_of_the_ends():
    ends = RunEnds()
    told(ends, 0)
    second, first = Run("second", at(8)), Run("first", at(4))
    assert told(ends, 10, second, first, Run("running", None)) == ["first", "second"]
    assert told(ends, 20, first, second) == []


def test_a_run_that_is_stored_late_is_told_too():
    ends = RunEnds()
    told(ends, 0)
    told(ends, 60, Run("a", at(50)))
    assert told(ends, 120, Run("a", at(50)), Run("late", at(40))) == ["late"]


def test_a_run_that_is_cleared_and_ends_again_has_ended_twice():
    ends = RunEnds()
    told(ends, 0)
    assert told(ends, 10, Run("a", at(5))) == ["a"]
    assert told(ends, 30, Run("a", at(25))) == ["a"]


def test_a_restart_continues_where_the_last_look_was():
    before = RunEnds()
    told(before, 0)
    assert told(before, 10, Run("a", at(5))) == ["a"]
    after = RunEnds(json.loads(json.dumps(before.memory())))
    assert after.since == at(10) - OVERLAP
    assert told(after, 3600, Run("a", at(5)), Run("b", at(600))) == ["b"]


def test_a_list_that_lacks_a_run_for_once_does_not_tell_it_twice():
    ends = RunEnds()
    told(ends, 0)
    assert told(ends, 10, Run("a", at(5))) == ["a"]
    assert told(ends, 20) == []
    assert told(ends, 30, Run("a", at(5))) == []


def test_what_is_too_old_to_be_listed_again_is_forgotten():
    ends = RunEnds()
    told(ends, 0)
    told(ends, 10, Run("a", at(5)))
    told(ends, 1000)
    assert ends.memory()["seen"] == {}


@pytest.mark.parametrize("memory", [None, {}, {"looked_at": "soon", "seen": {}}, {"looked_at": None, "seen": {}}, "x"])
def test_a_memory_of_another_version_counts_as_none(memory):
    assert RunEnds(memory).since is None
