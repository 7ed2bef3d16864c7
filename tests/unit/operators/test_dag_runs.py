"""Running a DAG of another Deployment, on both lines of Airflow there, in the worker and in the triggerer."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime, timezone
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from astro_provider.errors import AstroError, DagRunFailedError, NotParsedError, WaitTimeoutError
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from tests.unit.running import TaskInstance

from .dag_runs_there import cleared, retry


def test_it_starts_a_run_waits_for_its_end_and_returns_its_id(astro, runner, there, trigger):
    run_id = trigger(conf={"day": "{{ params.who }}"}, note="by hand")
    (run,) = there.runs()
    assert (run["run_id"], run["state"], run["conf"], run["note"]) == (run_id, "success", {"day": "tester"}, "by hand")
    xcoms = runner.ti.xcoms
    assert (xcoms["dag_run_id"], xcoms["state"], xcoms["deployment_id"]) == (run_id, "success", there.id)
    assert run_id in xcoms["dag_run_url"]
    assert ("grid?dag_run_id=" in xcoms["dag_run_url"]) is (there.major == 2)


def test_without_waiting_it_returns_at_once(runner, there, trigger):
    run_id = trigger(wait=False)
    assert [run["state"] for run in there.runs()] == ["queued"]
    assert runner.ti.xcoms["dag_run_id"] == run_id


def test_a_retry_meets_the_same_run(runner, there, trigger):
    first = trigger(wait=False)
    retry(runner)
    assert trigger() == first
    assert [run["state"] for run in there.runs()] == ["success"]


def test_mapped_tasks_and_other_dag_runs_start_runs_of_their_own(runner, there, trigger):
    ids = set()
    for change in ({}, {"map_index": 0}, {"map_index": 1}, {"run_id": "other"}):
        runner.ti = TaskInstance(**change)
        ids.add(trigger(wait=False))
    assert len(ids) == len(there.runs()) == 4


def test_a_run_id_of_ones_own_and_a_logical_date(runner, there, trigger):
    trigger(trigger_run_id="by-{{ params.who }}", logical_date="2026-11-20T00:00:00+01:00", wait=False)
    (run,) = there.runs()
    assert run["run_id"] == "by-tester"
    assert datetime.fromisoformat(run["logical_date"]) == datetime(2026, 11, 19, 23, tzinfo=timezone.utc)


def test_another_run_with_the_logical_date_is_not_taken_for_the_own(runner, there, trigger):
    trigger(trigger_run_id="first", logical_date="2026-11-20", wait=False)
    with pytest.raises(AirflowFailException, match="another run of the DAG has the same logical date"):
        trigger(trigger_run_id="second", logical_date="2026-11-20", wait=False)
    assert len(there.runs()) == 1


def fail_once(astro: Any, there: Any, **order: Any) -> None:
    astro.order_dag_runs(there.id, "etl", times=1, **{"failed_tasks": ["load[1]"], "log": "KeyError: 'price'", **order})


def test_a_failed_run_says_which_tasks_failed_where_to_look_and_why(astro, there, trigger):
    fail_once(astro, there)
    with pytest.raises(DagRunFailedError) as caught:
        trigger()
    assert caught.value.retryable
    said = str(caught.value)
    assert re.search(r"DAG 'etl': failed after \d:\d\d:\d\d of waiting\.", said)
    assert "- load[1] (try 1 of 1): http://" in said
    assert "KeyError: 'price'" in said
    assert "Tasks not started because of these failures: 1." in said


def test_a_retry_lets_only_the_failed_tasks_of_that_run_start_again(astro, runner, there, trigger):
    fail_once(astro, there)
    with pytest.raises(DagRunFailedError):
        trigger()
    retry(runner)
    run_id = trigger()
    (run,) = there.runs()
    tries = {(task["task_id"], task["map_index"]): task["try_number"] for task in run["tasks"]}
    assert (run["run_id"], run["state"]) == (run_id, "success")
    assert (tries["extract", -1], tries["load", 0], tries["load", 1]) == (1, 1, 2)


def test_a_retry_can_start_another_run_and_the_next_one_meets_that(astro, runner, there, trigger):
    fail_once(astro, there)
    with pytest.raises(DagRunFailedError):
        trigger(if_failed="new_run")
    retry(runner)
    second = trigger(if_failed="new_run", wait=False)
    assert second.endswith("__2")
    retry(runner, 3)
    assert trigger(if_failed="new_run") == second
    assert [run["state"] for run in there.runs()] == ["failed", "success"]


def test_if_failed_fail_fails_for_good(astro, runner, there, trigger):
    fail_once(astro, there)
    with pytest.raises(AirflowFailException, match=r"load\[1\]"):
        trigger(if_failed="fail")
    retry(runner)
    with pytest.raises(AirflowFailException, match="failed"):
        trigger(if_failed="fail")
    assert len(there.runs()) == 1


@pytest.mark.parametrize("if_exists", ["fail", "skip", "clear", "reuse"])
def test_if_exists_is_about_runs_that_others_started(astro, runner, there, trigger, if_exists):
    astro.add_dag_run(there.id, "etl", "nightly", state="success")
    given = {"trigger_run_id": "nightly", "if_exists": if_exists}
    if if_exists == "fail":
        with pytest.raises(AirflowFailException, match="Set if_exists to 'reuse', 'skip' or 'clear'"):
            trigger(**given)
    elif if_exists == "skip":
        with pytest.raises(AirflowSkipException, match="run 'nightly' of DAG 'etl' already"):
            trigger(**given)
    else:
        assert trigger(**given) == "nightly"
    (run,) = there.runs()
    assert max(task["try_number"] for task in run["tasks"]) == (1 if if_exists == "clear" else 0)


def test_a_retry_never_clears_what_runs_already(astro, runner, there, trigger):
    run_id = trigger(if_exists="clear")
    retry(runner)
    assert trigger(if_exists="clear") == run_id
    (run,) = there.runs()
    assert {task["try_number"] for task in run["tasks"]} == {1}


def test_a_person_who_clears_the_task_gets_its_result_again_or_lets_it_run_again(runner, there, trigger, caplog):
    caplog.set_level(logging.INFO)
    run_id = trigger()
    cleared(runner)
    assert trigger() == run_id
    assert "taking its result" in caplog.text
    assert "set if_exists='clear'" in caplog.text
    cleared(runner, 3)
    assert trigger(if_exists="clear") == run_id
    (run,) = there.runs()
    assert {task["try_number"] for task in run["tasks"]} == {2}


def test_a_dag_that_is_not_there_may_come_with_the_next_parsing(astro, there, trigger):
    with pytest.raises(NotParsedError, match=r"has no DAG 'etk'\. Did you mean 'etl'\? Just after a deploy") as caught:
        trigger(trigger_dag_id="etk")
    assert caught.value.retryable
    with pytest.raises(NotParsedError, match=r"has no DAG 'etl'\. It has no DAGs at all\. Just after a deploy"):
        trigger(deployment_id=astro.add_deployment("empty"))


def test_a_state_that_nobody_knows_yet_is_not_an_end(astro, there, trigger):
    astro.add_dag_run(there.id, "etl", "odd", state="pondering")
    with pytest.raises(
        WaitTimeoutError, match=r"had not reached the status success after .*the last status was pondering"
    ):
        trigger(trigger_run_id="odd", timeout=0.2)


def test_a_run_that_somebody_deletes_ends_the_wait(astro, runner, there, trigger, deferrable):
    if not deferrable:
        pytest.skip("the same rule")
    astro.order_dag_runs(there.id, "etl", progress="seconds:3600")
    waits = runner._fire

    def somebody_deletes_it(deferred: Any) -> Any:
        from astro_provider.airflow_api.connect import airflow_client_by_id
        from astro_provider.hooks.astro import AstroHook

        airflow = airflow_client_by_id(AstroHook().client, there.id)
        (run,) = there.runs()
        airflow._api.send("DELETE", airflow.dag_runs._of("etl", run["run_id"]))
        return waits(deferred)

    runner._fire = somebody_deletes_it
    with pytest.raises(AirflowFailException, match="was deleted while this task waited for success"):
        trigger()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"if_exists": "resuse"}, "Did you mean 'reuse'"),
        ({"if_failed": "clear"}, "if_failed='clear' is not valid"),
        ({"if_paused": "yes"}, "if_paused='yes' is not valid"),
        ({"on_kill": "delete"}, "allowed: 'keep', 'fail_run'"),
        ({"if_paused": "unpause", "wait": False}, "if_paused='unpause' needs wait=True"),
        ({"if_hibernating": "wake", "wait": False}, "if_hibernating='wake' needs wait=True"),
    ],
)
def test_a_wrong_word_is_refused_when_the_dag_file_is_parsed(wrong, words):
    with pytest.raises(ValueError, match=words):
        TriggerDeploymentDagRunOperator(task_id="t", trigger_dag_id="etl", deployment_id="cl1", **wrong)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"conf": "{'a': 1}"}, "conf is text, but not valid JSON"),
        ({"conf": [1]}, "conf is a list; allowed: a dict or text"),
        ({"conf": {"at": datetime(2026, 1, 1)}}, "the value of 'at', of type datetime, cannot be written as JSON"),
        ({"logical_date": "yesterday"}, "logical_date='yesterday' is not a date and time"),
        ({"trigger_run_id": "scheduled__1"}, "Airflow reserves ids that begin with 'scheduled__'"),
        ({"allowed_states": ["succes"]}, "Did you mean 'success'"),
        ({"allowed_states": ["success", "failed"]}, "'failed' is in both allowed_states and failed_states"),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_sent(astro, there, trigger, wrong, words):
    with pytest.raises((AirflowFailException, ValueError), match=words):
        trigger(**wrong)
    assert astro.requests == []


def test_no_secret_is_in_what_a_triggerer_gets_or_a_log_says(astro, runner, there, trigger, caplog):
    caplog.set_level(logging.DEBUG)
    trigger(conf={"password": "s3cr3t-value"})
    for text in (json.dumps(runner.triggers), caplog.text, json.dumps(runner.ti.xcoms)):
        assert "s3cr3t-value" not in text
        assert astro.token not in text


def test_on_kill_ends_the_run_that_the_task_started(astro, runner, there, trigger, caplog):
    caplog.set_level(logging.INFO)
    astro.order_dag_runs(there.id, "etl", progress="seconds:3600", times=1)
    with pytest.raises(AstroError):
        trigger(on_kill="fail_run", timeout=0.1, deferrable=False)
    runner.operator.on_kill()
    assert [run["state"] for run in there.runs()] == ["failed"]
    assert "The task was stopped; ended run" in caplog.text
    retry(runner)
    trigger(on_kill="fail_run")  # the tasks that did not get their turn were skipped; they get it now
    (run,) = there.runs()
    assert (run["state"], {task["state"] for task in run["tasks"]}) == ("success", {"success"})


def test_on_kill_leaves_the_runs_of_others_alone(astro, runner, there, trigger):
    astro.add_dag_run(there.id, "etl", "nightly", state="running")
    with pytest.raises(AstroError):
        trigger(trigger_run_id="nightly", on_kill="fail_run", timeout=0.1, deferrable=False)
    runner.operator.on_kill()
    assert [run["state"] for run in there.runs()] == ["running"]


def test_by_default_a_stopped_task_leaves_its_run_alone(astro, runner, there, trigger, caplog):
    astro.order_dag_runs(there.id, "etl", progress="seconds:3600", times=1)
    with pytest.raises(AstroError):
        trigger(timeout=0.1, deferrable=False)
    runner.operator.on_kill()
    assert "goes on. See http://" in caplog.text
