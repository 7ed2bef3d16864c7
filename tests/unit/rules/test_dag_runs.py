"""The id of a remote run, and what becomes of a run that has it already."""

from __future__ import annotations

import re

import pytest

from astro_provider.errors import ConfigurationError
from astro_provider.rules.dag_runs import (
    RunAction,
    TaskIdentity,
    check_apart,
    checked_run_id,
    checked_states,
    decide_run,
    run_id_for,
    run_ids_of_tries,
    run_url,
    task_url,
)

TASK = TaskIdentity("cl1", "etl", "group.load", "scheduled__2026-11-25T00:00:00+00:00")
ALLOWED = re.compile(r"[A-Za-z0-9_.~:+-]+")


@pytest.mark.parametrize(
    "identity",
    [
        TASK,
        TASK._replace(dag_id="d" * 250, task_id="t" * 250, run_id="r" * 250),
        TASK._replace(dag_id="größe 日本", task_id="a..b/c", run_id="manual run/1"),
        TASK._replace(dag_id="scheduled__", task_id="backfill__"),
    ],
)
def test_every_airflow_takes_the_run_id(identity):
    run_id = run_id_for(identity)
    assert ALLOWED.fullmatch(run_id)
    assert len(run_id) <= 250
    assert ".." not in run_id
    assert checked_run_id(run_id) == run_id
    assert run_id.startswith("astro__")


def test_the_run_id_says_who_started_the_run():
    assert re.fullmatch(r"astro__etl__group-load__[0-9a-f]{32}", run_id_for(TASK))


@pytest.mark.parametrize(
    "other",
    [
        {"deployment_id": "cl2"},
        {"dag_id": "etl2"},
        {"task_id": "group-load"},
        {"run_id": "manual__1"},
        {"map_index": 0},
        {"dag_id": "e", "task_id": "tl.group.load"},
    ],
)
def test_two_task_instances_never_share_a_run_id(other):
    assert run_id_for(TASK._replace(**other)) != run_id_for(TASK)


def test_a_run_id_that_airflow_keeps_for_itself_is_refused():
    with pytest.raises(ConfigurationError, match="Airflow reserves ids that begin with 'scheduled__'"):
        checked_run_id("scheduled__2026-11-25")
    with pytest.raises(ConfigurationError, match="has 251 characters; Airflow accepts up to 250"):
        checked_run_id("x" * 251)
    assert checked_run_id("manual__2026 with a blank") == "manual__2026 with a blank"


def test_new_runs_are_looked_for_from_the_newest_on():
    assert run_ids_of_tries("r", 1) == ["r"]
    assert run_ids_of_tries("r", 3) == ["r__3", "r__2", "r"]
    assert max(map(len, run_ids_of_tries("x" * 250, 12))) == 250


FIRST = {"own": False, "tried_before": False, "undecided": True}
OWN_FIRST = {"own": True, "tried_before": False, "undecided": True}
RETRY = {"own": True, "tried_before": True, "undecided": False}
FOREIGN_RETRY = {"own": False, "tried_before": True, "undecided": True}
UNDECIDED_RETRY = {"own": True, "tried_before": True, "undecided": True}
CLEARED = {"own": True, "tried_before": True, "undecided": True}


@pytest.mark.parametrize(
    ("situation", "state", "if_exists", "if_failed", "expected"),
    [
        (FIRST, "running", "reuse", "clear_failed", RunAction.CONTINUE),
        (FIRST, "failed", "reuse", "clear_failed", RunAction.CONTINUE),  # somebody else's failure is theirs
        (FIRST, "running", "fail", "clear_failed", RunAction.FAIL),
        (FIRST, "success", "skip", "clear_failed", RunAction.SKIP),
        (FIRST, "success", "clear", "clear_failed", RunAction.CLEAR),
        (OWN_FIRST, "success", "fail", "clear_failed", RunAction.FAIL),
        (OWN_FIRST, "failed", "reuse", "clear_failed", RunAction.CLEAR_FAILED),
        (RETRY, "running", "fail", "fail", RunAction.CONTINUE),
        (RETRY, "success", "clear", "clear_failed", RunAction.CONTINUE),
        (RETRY, "running", "skip", "new_run", RunAction.CONTINUE),
        (RETRY, "failed", "fail", "clear_failed", RunAction.CLEAR_FAILED),
        (RETRY, "failed", "clear", "new_run", RunAction.NEW_RUN),
        (RETRY, "failed", "reuse", "fail", RunAction.CONTINUE),
        (RETRY, "a state of Airflow 4", "reuse", "clear_failed", RunAction.CONTINUE),
        (FOREIGN_RETRY, "success", "fail", "clear_failed", RunAction.FAIL),
        (FOREIGN_RETRY, "failed", "skip", "new_run", RunAction.SKIP),
        (UNDECIDED_RETRY, "success", "clear", "clear_failed", RunAction.CLEAR),
        (CLEARED, "success", "reuse", "clear_failed", RunAction.CONTINUE),
        (CLEARED, "success", "clear", "clear_failed", RunAction.CLEAR),
        (CLEARED, "success", "fail", "clear_failed", RunAction.CONTINUE),
        (CLEARED, "failed", "reuse", "new_run", RunAction.NEW_RUN),
    ],
)
def test_what_becomes_of_a_run_that_is_there(situation, state, if_exists, if_failed, expected):
    found = decide_run(state, **situation, if_exists=if_exists, if_failed=if_failed, failed_states=("failed",))
    assert found is expected


def test_a_failed_run_that_counts_as_a_success_is_not_started_again():
    found = decide_run("failed", **RETRY, if_exists="reuse", if_failed="clear_failed", failed_states=())
    assert found is RunAction.CONTINUE


def test_states_are_read_whatever_their_case_and_a_misspelt_one_is_named():
    assert checked_states("allowed_states", ["Success", "failed", "success"]) == ("failed", "success")
    assert checked_states("allowed_states", "success") == ("success",)
    with pytest.raises(ConfigurationError, match=r"allowed_states: there is no state 'succes'.*Did you mean 'success'"):
        checked_states("allowed_states", ["succes"])


def test_a_state_cannot_be_a_success_and_a_failure():
    check_apart(allowed_states=("success",), failed_states=("failed",))
    with pytest.raises(ConfigurationError, match="'failed' is in both allowed_states and failed_states"):
        check_apart(allowed_states=("success", "failed"), failed_states=("failed",))


def test_the_address_of_a_run_and_of_its_tasks_in_both_versions():
    new = run_url("https://x.astronomer.run/d1?orgId=o", 3, "my dag", "manual__2026-11-25T00:00:00+00:00")
    assert new == "https://x.astronomer.run/d1/dags/my%20dag/runs/manual__2026-11-25T00%3A00%3A00%2B00%3A00"
    assert task_url(new, 3, "g.t", 4) == f"{new}/tasks/g.t/mapped/4"
    old = run_url("https://x.astronomer.run/d1/", 2, "dag", "r1")
    assert old == "https://x.astronomer.run/d1/dags/dag/grid?dag_run_id=r1"
    assert task_url(old, 2, "t") == f"{old}&task_id=t&tab=logs"
    assert run_url(None, 3, "dag", "r1") is None
