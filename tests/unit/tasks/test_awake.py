"""A task that needs a Deployment awake: it wakes it up, works, and puts back what was there, however it ends."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException, AirflowTaskTimeout

from astro_provider.errors import HibernatingError, ServerError, WaitTimeoutError
from astro_provider.triggers.deployment import DeploymentStatusTrigger
from tests.unit.running import calls

from .awakening import (
    ASLEEP,
    EARLIER,
    OVERRIDE,
    WorkOperator,
    WorkThatSleepEndsOperator,
    abandon,
    orders,
    present,
    raising,
    run,
    that,
)

SCHEDULE = {"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 7 * * *", "isEnabled": True}


@pytest.mark.parametrize("earlier", EARLIER, ids=str)
def test_it_is_awake_for_the_work_and_then_as_before(astro, runner, add, earlier, deferrable):
    add(earlier)
    assert run(runner, deferrable=deferrable) == "HEALTHY"
    assert present(astro) == earlier
    assert orders(astro) == [False, earlier and True]
    assert len(runner.triggers) == 2 * deferrable


def test_the_log_says_from_the_start_what_will_be_put_back(astro, runner, add, deferrable, caplog):
    add(ASLEEP)
    run(runner, deferrable=deferrable)
    said = (
        "However this task ends, its previous override is restored: it hibernates until its hibernation override is "
        "removed."
    )
    assert caplog.text.index(said) < caplog.text.index("working with one that is HEALTHY")
    assert caplog.text.index("working") < caplog.text.index("Restored the previous override")


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("a bug"),
        AirflowSkipException("not today"),
        AirflowFailException("never"),
        AirflowTaskTimeout("execution_timeout"),
        ServerError("GET", "/x", 500, {}),
        KeyboardInterrupt(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_ends_the_work_it_is_as_before(astro, runner, add, deferrable, error):
    add(ASLEEP)
    with pytest.raises(type(error)):
        run(runner, raising(error), deferrable=deferrable)
    assert present(astro) == ASLEEP
    assert orders(astro) == [False, True]


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["timeout", "execution_timeout"])
def test_a_wait_for_the_work_that_times_out(astro, runner, add, deferrable, limit):
    add(ASLEEP)
    operator = type("EndlessOperator", (WorkOperator,), {"goal": "UNKNOWN", "__doc__": None})
    arguments: dict[str, Any] = {"timeout": 1}
    if limit == "execution_timeout":
        if not deferrable:
            pytest.skip("in a worker Airflow ends the task")
        arguments = {"execution_timeout": timedelta(seconds=1.5)}
    with pytest.raises((WaitTimeoutError, AirflowTaskTimeout), match=f"the task's {limit} expired"):
        run(runner, operator, deferrable=deferrable, **arguments)
    assert present(astro) == ASLEEP


@pytest.mark.slow
def test_a_wait_for_its_awakening_that_times_out(astro, runner, add, deferrable):
    add(ASLEEP)
    operator = type("DemandingOperator", (WorkOperator,), {"statuses": ("UNKNOWN",), "__doc__": None})
    with pytest.raises(WaitTimeoutError, match="had not reached the status UNKNOWN"):
        run(runner, operator, deferrable=deferrable, timeout=1)
    assert present(astro) == ASLEEP


def test_without_waiting_for_the_work_it_sleeps_again_at_once(astro, runner, add, deferrable):
    add(ASLEEP)
    assert run(runner, wait=False, deferrable=deferrable) == "HEALTHY"
    assert present(astro) == ASLEEP


def test_work_that_sleep_would_end_cannot_be_left_alone(runner):
    with pytest.raises(ValueError, match="if_hibernating='wake' needs wait=True"):
        run(runner, WorkThatSleepEndsOperator, wait=False)
    with pytest.raises(ValueError, match="Did you mean 'wake'"):
        run(runner, if_hibernating="wakeup")


def test_by_default_the_task_fails_and_says_what_to_set(astro, runner, add):
    add(ASLEEP)
    with pytest.raises(HibernatingError, match=r"is hibernating\. Set if_hibernating to 'wake'"):
        run(runner, if_hibernating="fail")
    with pytest.raises(AirflowSkipException, match="is hibernating"):
        run(runner, if_hibernating="skip")
    assert orders(astro) == []


@pytest.mark.parametrize("fields", [{}, {"override": {"isHibernating": False}}])
def test_one_that_stays_awake_is_left_alone(astro, runner, add, deferrable, fields):
    add(status="HEALTHY", **fields)
    run(runner, deferrable=deferrable)
    assert orders(astro) == []


def test_so_is_one_that_cannot_hibernate(astro, runner):
    astro.add_deployment("dev")
    run(runner)
    assert orders(astro) == []


def test_one_that_would_fall_asleep_meanwhile_is_kept_awake(astro, runner, add, deferrable):
    add(status="HEALTHY", scalingSpec={"hibernationSpec": {"schedules": [SCHEDULE]}})
    run(runner, deferrable=deferrable)
    assert orders(astro) == [False, None]
    (order,) = calls(astro, "POST")
    end = datetime.fromisoformat(order.body["overrideUntil"].replace("Z", "+00:00"))
    assert timedelta(hours=2) <= end - datetime.now(timezone.utc) < timedelta(hours=3.2)


def test_one_that_is_about_to_sleep_counts_as_awake_only_after_it_was_seen_otherwise(astro, runner, add):
    add(ASLEEP, status="HEALTHY")
    assert abandon(runner, 1)["settle_until"] > time.time()


def test_what_a_person_ordered_in_the_meantime_stays(astro, runner, add, deferrable, caplog):
    made = add(ASLEEP)

    def order(operator: WorkOperator) -> None:
        operator.hook.client.deployments.override_hibernation(made, is_hibernating=False)

    run(runner, that(order), deferrable=deferrable)
    assert present(astro) == {"isHibernating": False}
    assert "was changed in the meantime; it stays as it is" in caplog.text


@pytest.mark.slow
def test_the_first_of_two_tasks_leaves_it_to_the_one_that_came_later(astro, runner, add, tmp_path):
    add(ASLEEP)
    first = abandon(type(runner)(dag_folder=tmp_path), 2)

    def end_the_first(_: WorkOperator) -> None:
        asyncio.run(DeploymentStatusTrigger(**first).on_kill())
        assert orders(astro) == [False, False]

    run(runner, that(end_the_first))
    assert present(astro) == ASLEEP
    assert orders(astro) == [False, False, True]


def test_one_that_is_gone_by_then(astro, runner, add, caplog):
    made = add(ASLEEP)
    delete = that(lambda operator: operator.hook.client.deployments.delete(made))
    with pytest.raises(AirflowFailException):
        run(runner, delete)
    assert "no longer exists" in caplog.text


class TestFailures:
    def test_a_lost_response_to_the_order(self, astro, runner, add, deferrable):
        add(ASLEEP)
        astro.fault("POST", OVERRIDE, drop="after", times=1)
        run(runner, deferrable=deferrable)
        assert present(astro) == ASLEEP

    def test_a_task_whose_override_cannot_be_put_back_fails(self, astro, runner, add, deferrable):
        add()
        astro.fault("DELETE", OVERRIDE, status=403)
        with pytest.raises(AirflowFailException, match="403"):
            run(runner, deferrable=deferrable)

    def test_what_the_task_failed_with_is_not_hidden(self, astro, runner, add, caplog):
        add()
        astro.fault("DELETE", OVERRIDE, status=403)
        with pytest.raises(AirflowFailException, match="never"):
            run(runner, raising(AirflowFailException("never")))
        said = "stays awake until this task's override ends: this override could not be removed. A retry of this task"
        assert f"{said} removes it. DELETE" in caplog.text
