"""Running a DAG that is paused, or of a Deployment that hibernates: it runs if asked to, and then it is as before."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from astro_provider.errors import DagRunFailedError, HibernatingError, WaitTimeoutError
from tests.unit.running import TaskInstance

from .dag_runs_there import RUNTIMES, TASKS, retry

MARK = "the DAG was unpaused for this run"


def test_a_paused_dag_is_an_error_before_anything_is_started(astro, there, trigger):
    astro.add_dag(there.id, "sleepy", paused=True)
    with pytest.raises(
        AirflowFailException,
        match=r"'sleepy' is paused in Deployment '.+', so .*Set if_paused to 'unpause' to unpause ",
    ):
        trigger(trigger_dag_id="sleepy")
    assert there.runs() == []


def test_a_paused_dag_may_be_ignored(astro, there, trigger):
    astro.add_dag(there.id, "sleepy", paused=True)
    with pytest.raises(WaitTimeoutError, match="the last status was queued"):
        trigger(trigger_dag_id="sleepy", if_paused="ignore", timeout=0.2)
    assert [run["state"] for run in there.runs()] == ["queued"]


@pytest.fixture
def is_paused(astro, runner, there):
    def is_paused() -> bool:
        from astro_provider.airflow_api.connect import airflow_client_by_id
        from astro_provider.hooks.astro import AstroHook

        return bool(airflow_client_by_id(AstroHook().client, there.id).dags.get("sleepy").is_paused)

    return is_paused


def test_a_paused_dag_is_unpaused_until_the_run_has_ended(astro, there, trigger, is_paused, caplog):
    caplog.set_level(logging.INFO)
    astro.add_dag(there.id, "sleepy", paused=True, schedule="@daily")
    trigger(trigger_dag_id="sleepy", if_paused="unpause", note="for the report")
    (run,) = there.runs()
    assert (run["state"], run["note"], is_paused()) == ("success", "for the report", True)
    assert "its scheduled runs also start" in caplog.text
    unpaused, paused = "Unpaused DAG 'sleepy' for the duration of this run", "Paused DAG 'sleepy' again"
    assert -1 < caplog.text.find(unpaused) < caplog.text.find(paused)


def test_it_is_paused_again_after_a_failed_run_too(astro, there, trigger, is_paused):
    astro.add_dag(there.id, "sleepy", paused=True)
    astro.order_dag_runs(there.id, "sleepy", failed_tasks=["task"])
    with pytest.raises(DagRunFailedError):
        trigger(trigger_dag_id="sleepy", if_paused="unpause")
    assert is_paused()


def test_after_a_killed_worker_the_retry_pauses_it_again(astro, runner, there, trigger, is_paused):
    astro.add_dag(there.id, "sleepy", paused=True)
    astro.order_dag_runs(there.id, "sleepy", progress="seconds:3600", times=1)
    with pytest.raises(WaitTimeoutError):
        trigger(trigger_dag_id="sleepy", if_paused="unpause", timeout=0.1)
    assert not is_paused()
    (run,) = there.runs()
    assert MARK in run["note"]
    astro.set_dag_run_state(there.id, "sleepy", run["run_id"], "success")
    retry(runner)
    trigger(trigger_dag_id="sleepy", if_paused="unpause")
    assert is_paused()
    assert len(there.runs()) == 1


def test_the_last_of_several_runs_pauses_the_dag_again(astro, runner, there, trigger, is_paused):
    astro.add_dag(there.id, "sleepy", paused=True)
    astro.order_dag_runs(there.id, "sleepy", run_id="slow", progress="seconds:3600", times=1)
    with pytest.raises(WaitTimeoutError):
        trigger(trigger_dag_id="sleepy", if_paused="unpause", trigger_run_id="slow", timeout=0.1)
    runner.ti = TaskInstance()
    trigger(trigger_dag_id="sleepy", if_paused="unpause", trigger_run_id="quick")
    assert not is_paused()
    astro.set_dag_run_state(there.id, "sleepy", "slow", "success")
    retry(runner)
    trigger(trigger_dag_id="sleepy", if_paused="unpause", trigger_run_id="slow")
    assert is_paused()


@pytest.fixture
def asleep(astro, there):
    """The other Deployment hibernates by an override until tomorrow."""
    tomorrow = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%Y-%m-%dT06:00:00Z")
    override = {"isHibernating": True, "overrideUntil": tomorrow}
    fields = {"isDevelopmentMode": True, "scalingSpec": {"hibernationSpec": {"schedules": [], "override": override}}}
    made = astro.add_deployment("dev", astroRuntimeVersion=RUNTIMES[there.major], status="HIBERNATING", **fields)
    astro.add_dag(made, "etl", TASKS)

    def override_now():
        (stored,) = (each for each in astro.deployments if each["id"] == made)
        return stored["scalingSpec"]["hibernationSpec"].get("override") or {}

    return SimpleNamespace(id=made, override=override_now)


def test_a_hibernating_deployment_fails_or_skips_the_task(astro, asleep, trigger):
    with pytest.raises(HibernatingError, match=r"'dev'.*is hibernating. Set if_hibernating to 'wake'"):
        trigger(deployment_id=asleep.id)
    with pytest.raises(AirflowSkipException, match="is hibernating"):
        trigger(deployment_id=asleep.id, if_hibernating="skip")
    assert astro.dag_runs(asleep.id) == []


def test_a_hibernating_deployment_is_woken_for_the_run_and_sleeps_again(astro, asleep, trigger):
    trigger(deployment_id=asleep.id, if_hibernating="wake", timeout=20)
    assert [run["state"] for run in astro.dag_runs(asleep.id)] == ["success"]
    assert asleep.override()["isHibernating"] is True


def test_after_a_failed_run_it_sleeps_again_too(astro, asleep, trigger):
    astro.order_dag_runs(asleep.id, "etl", failed_tasks=["load"])
    with pytest.raises(DagRunFailedError, match="- load "):
        trigger(deployment_id=asleep.id, if_hibernating="wake", timeout=20)
    assert asleep.override()["isHibernating"] is True
