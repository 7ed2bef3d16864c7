"""A wait's deadline is a moment, not a duration: a triggerer that was away neither extends nor shortens the wait."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowTaskTimeout
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

from astro_provider.errors import WaitTimeoutError
from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    DeleteDeploymentOperator,
    HibernateDeploymentOperator,
    WakeUpDeploymentOperator,
)
from astro_provider.sensors.deployment import DeploymentStatusSensor
from astro_provider.tasks.waiting import RESUMPTION
from astro_provider.triggers.deployment import DeploymentStatusTrigger
from tests.unit.running import StateStore, TaskInstance

URL = "https://cloud.astronomer.io/w/deployments/d"
#: Seconds that even a busy machine does not need for a wait that is over at once.
LONG = 60


def after_a_restart(deployment_id: str, *, began: float, deadline: float) -> tuple[dict[str, Any], float]:
    """Wait as a triggerer does that has just taken the wait over; returns the verdict and the seconds it took."""
    now = time.time()
    arguments = {"deployment_id": deployment_id, "started_at": now + began, "deadline": now + deadline, "url": URL}
    arguments |= {"astro_conn_id": "astro_default", "poll_interval": 0.05, "last_status": "CREATING"}
    _, kept = DeploymentStatusTrigger(**arguments).serialize()

    async def run() -> dict[str, Any]:
        async for event in DeploymentStatusTrigger(**kept).run():
            return event.payload
        raise AssertionError("no event")

    return asyncio.run(run()), time.time() - now


def test_a_deadline_that_passed_meanwhile_leaves_one_look_and_a_success_counts(astro):
    verdict, took = after_a_restart(astro.add_deployment("late"), began=-7200, deadline=-3600)
    assert verdict["outcome"] == "done"
    assert re.search("HEALTHY after 2:00:[0-5][0-9]", verdict["message"])
    assert took < LONG


@pytest.mark.slow
def test_the_timeout_counts_from_the_beginning_and_names_status_reason_and_address(astro):
    waiting = astro.add_deployment("slow")
    astro.set_status(waiting, "UNHEALTHY", "The scheduler is starting")
    verdict, took = after_a_restart(waiting, began=-3599.7, deadline=0.3)
    assert verdict["outcome"] == "timed out"
    # On a busy machine, some seconds later.
    assert re.sub("after 1:00:[0-5][0-9]", "after an hour", verdict["message"]) == (
        f"Deployment 'slow' ({waiting}) had not reached the status HEALTHY after an hour, when the task's timeout "
        f"expired; the last status was UNHEALTHY (The scheduler is starting). To wait longer, increase timeout. See "
        f"{URL}"
    )
    assert took < LONG


@pytest.mark.parametrize("deadline", [-5, 0.3], ids=["passed meanwhile", "passes now"])
def test_an_outage_at_the_deadline_is_named_beside_the_status_before_the_restart(astro, deadline):
    waiting = astro.add_deployment("unseen", status="UNHEALTHY")
    astro.fault("GET", status=503, times=1000)
    verdict, took = after_a_restart(waiting, began=-60, deadline=deadline)
    assert verdict["outcome"] == "timed out"
    assert "the last status was CREATING. The last read failed: GET" in verdict["message"]
    assert "503" in verdict["message"]
    assert verdict["message"].endswith(f"See {URL}")
    assert took < LONG


def late(runner: Any, *, minutes: float = 60) -> dict[str, Any]:
    """Arguments of a deferred task whose try began so long ago that its ``execution_timeout`` is over in a moment."""
    runner.ti.start_date = datetime.now(timezone.utc) - timedelta(minutes=minutes)
    left = 0.5 if AIRFLOW_V_3_0_PLUS else RESUMPTION + 0.5  # Airflow 2 itself ends the task then
    return {"deferrable": True, "execution_timeout": timedelta(minutes=minutes, seconds=left)}


def create(runner: Any, template: str, **arguments: Any) -> Any:
    given = {"template": template, "deployment_name": "pr-17", "environment_variables": {"PASSWORD": "x"}}
    return runner.run(CreateDeploymentFromTemplateOperator, **given | arguments)


def hide(astro: Any, *, skip: int = 0) -> None:
    """Let Deployments be read for the last time: whoever waits does so in vain."""
    astro.fault("GET", "/organizations/*/deployments*", status=503, times=9999, skip=skip)


@pytest.mark.slow
def test_execution_timeout_ends_a_wait_in_the_triggerer_and_is_named(astro, runner, template):
    hide(astro)
    with pytest.raises(AirflowTaskTimeout) as caught:
        create(runner, template, **late(runner))
    (made,) = astro.deployments  # nobody asked to delete it
    assert f"Deployment 'pr-17' ({made['id']}) had not reached the status HEALTHY or HIBERNATING after 0:00:0" in str(
        caught.value
    )
    assert ", when the task's execution_timeout expired; the last status was CREATING" in str(caught.value)
    assert f"See {astro.url.removesuffix('/v1')}/" in str(caught.value)
    assert runner.ti.xcoms["deployment_id"] == made["id"]


def test_a_shorter_timeout_is_the_one_that_ends_the_wait(astro, runner, template):
    hide(astro)
    with pytest.raises(WaitTimeoutError, match="the task's timeout expired"):
        create(runner, template, timeout=0.2, deferrable=True, execution_timeout=timedelta(hours=1))


def test_a_longer_execution_timeout_changes_nothing(astro, runner, template):
    runner.ti.start_date = datetime.now(timezone.utc) - timedelta(minutes=50)
    made = create(runner, template, deferrable=True, execution_timeout=timedelta(hours=1))
    assert [d["id"] for d in astro.deployments] == [made]


def test_a_worker_leaves_execution_timeout_to_airflow(astro, runner, template):
    runner.ti.start_date = datetime.now(timezone.utc) - timedelta(hours=2)
    made = create(runner, template, deferrable=False, execution_timeout=timedelta(hours=1))
    assert [d["id"] for d in astro.deployments] == [made]


@pytest.mark.slow
def test_on_kill_deletes_when_execution_timeout_ends_a_wait_in_the_triggerer(astro, runner, template, caplog):
    caplog.set_level(logging.INFO)
    hide(astro)
    with pytest.raises(
        AirflowTaskTimeout, match=r"execution_timeout expired;.*\non_kill: deleted Deployment 'pr-17' \("
    ):
        create(runner, template, on_kill="delete", **late(runner))
    assert astro.deployments == []
    # Airflow resumes a task in another process, and calls its on_kill after this error.
    caplog.clear()
    CreateDeploymentFromTemplateOperator(
        task_id="resumed", template=template, deployment_name="pr-17", on_kill="delete"
    ).on_kill()
    assert "before it made" not in caplog.text


@pytest.mark.slow
def test_what_cannot_be_deleted_then_is_named(astro, runner, template):
    hide(astro)
    astro.fault("DELETE", "/organizations/*/deployments/*", status=403, times=9)
    with pytest.raises(
        AirflowTaskTimeout, match=r"on_kill: Deployment 'pr-17' \(\w+\) could not be deleted: DELETE .*403"
    ):
        create(runner, template, on_kill="delete", **late(runner))
    assert len(astro.deployments) == 1


@pytest.mark.slow
def test_only_what_this_task_made_is_deleted_then(astro, runner, template):
    astro.set_status(astro.add_deployment("pr-17"), "CREATING")
    hide(astro, skip=1)
    with pytest.raises(AirflowTaskTimeout):
        create(runner, template, on_kill="delete", if_exists="reuse", **late(runner))
    assert len(astro.deployments) == 1


WAITS = {
    "delete": (DeleteDeploymentOperator, {"wait": True}, "had not been deleted after"),
    "hibernate": (
        HibernateDeploymentOperator,
        {"wait": True, "allow_self": True},
        "had not reached the status HIBERNATING after",
    ),
    "wake up": (WakeUpDeploymentOperator, {"wait": True}, "had not reached the status HEALTHY after"),
    "sensor": (DeploymentStatusSensor, {"target_statuses": ["UNKNOWN"]}, "had not reached the status UNKNOWN after"),
}


@pytest.mark.slow
@pytest.mark.parametrize("lenient", [{}, {"soft_fail": True}], ids=["", "soft_fail"])
@pytest.mark.parametrize("kind", WAITS)
def test_execution_timeout_ends_every_kind_of_deferred_wait(astro, runner, kind, lenient):
    operator_class, arguments, said = WAITS[kind]
    if lenient and kind != "sensor":
        pytest.skip("only sensors have it")
    status = "HIBERNATING" if kind == "wake up" else "HEALTHY"
    target = astro.add_deployment("staging", status=status, isDevelopmentMode=True)
    hide(astro, skip=1)
    with pytest.raises(AirflowTaskTimeout, match=rf"{said} 0:00:0\d, when the task's execution_timeout expired"):
        runner.run(operator_class, deployment_id=target, **arguments, **lenient, **late(runner))


@pytest.mark.slow
def test_execution_timeout_is_counted_from_the_try_even_over_two_waits(astro, runner, template, monkeypatch):
    """Some versions of Airflow take the time of the resumption for the start of the try."""
    runner.store, fire = StateStore(), runner._fire
    first = create(runner, template, on_kill="delete", deferrable=True)
    astro.set_status(first, "CREATING")
    runner.ti = TaskInstance(try_number=2, start_date=datetime.now(timezone.utc) - timedelta(minutes=30))

    async def delete_and_fire(deferred):
        monkeypatch.setattr(runner, "_fire", fire)
        await DeploymentStatusTrigger(**deferred.trigger.serialize()[1]).on_kill()
        event = await fire(deferred)
        runner.ti.start_date = datetime.now(timezone.utc)
        return event

    monkeypatch.setattr(runner, "_fire", delete_and_fire)
    hour = timedelta(hours=1)
    create(runner, template, on_kill="delete", deferrable=True, execution_timeout=hour, timeout=7200)
    before, after = runner.triggers[-2:]
    assert before["limit"] == after["limit"] == "execution_timeout"
    assert before["deadline"] == after["deadline"]
    assert 0 < before["deadline"] - time.time() < 1801
