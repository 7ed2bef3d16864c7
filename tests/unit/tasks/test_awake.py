"""A task that needs a Deployment awake: it wakes it up, works, and puts back what was there, however it ends."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import datetime, timedelta, timezone
from importlib import import_module
from typing import Any, ClassVar

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException, AirflowTaskTimeout

from astro_provider.errors import ForbiddenError, HibernatingError, ServerError, WaitTimeoutError
from astro_provider.tasks.awake import AwakeOperator
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.triggers.deployment import DeploymentStatusTrigger
from astro_provider.waits.goal import Goal
from tests.unit.running import StateStore, TaskInstance, calls

OVERRIDE = "/organizations/*/deployments/*/hibernation-override"
SCHEDULE = {"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 7 * * *", "isEnabled": True}
FAR = "2099-01-02T06:00:00Z"
ASLEEP = {"isHibernating": True}
EARLIER = [None, ASLEEP, {**ASLEEP, "overrideUntil": FAR}]


class WorkOperator(DeploymentTask, AwakeOperator):
    """Works with a Deployment, and waits a moment for what it has done."""

    #: What happens while it works.
    during: ClassVar[Any] = None
    statuses: ClassVar[Any] = ("HEALTHY",)
    goal = "HEALTHY"

    def run_task(self, context: Any) -> Any:
        deployment = self.get_deployment()
        return self.once_awake(
            context, deployment, self.work, statuses=self.statuses, deployment_id=deployment.id, note="kept"
        )

    def work(self, context: Any, deployment_id: str, note: str) -> Any:
        assert note == "kept"
        deployment = self.hook.client.deployments.get(deployment_id)
        self.log.info("working with one that is %s", deployment.status)
        if type(self).during:
            type(self).during(self)
        if not self.wait:
            return deployment.status
        goal = Goal(target_statuses={self.goal}, settle_until=time.time() + 0.1)
        trigger = self.deployment_trigger(context, deployment, goal, poll_interval=self.poll_interval)
        return self.wait_then(context, trigger, deployment, self.report, seen=deployment.status)

    def report(self, context: Any, verdict: Any, seen: str) -> Any:
        self._end(context, verdict)
        return seen


class WorkThatSleepEndsOperator(WorkOperator):
    """Begins something that needs the Deployment beyond the task."""

    sleep_ends_work = True


def that(what: Any) -> type[WorkOperator]:
    """An operator during whose work something happens."""
    return type("ThatOperator", (WorkOperator,), {"during": what, "__doc__": None})


def raising(error: BaseException) -> type[WorkOperator]:
    def fail(_: WorkOperator) -> None:
        raise error

    return that(fail)


@pytest.fixture
def add(astro, caplog):
    """Add a development Deployment that sleeps; with an override if one is given."""
    caplog.set_level(logging.INFO)

    def add(override: dict[str, Any] | None = None, *, status: str = "HIBERNATING", **fields: Any) -> str:
        made = astro.add_deployment("dev", isDevelopmentMode=True, status=status, **fields)
        document = astro.store.get("deployment", made)
        spec = document.setdefault("scalingSpec", {}).setdefault("hibernationSpec", {})
        if override:
            spec["override"] = {"isActive": True, **override}
        astro.store.put("deployment", document)
        return made

    return add


def present(astro) -> dict[str, Any] | None:
    """The override that is stored now, as one would order it."""
    found = astro.deployments[0].get("scalingSpec", {}).get("hibernationSpec", {}).get("override")
    return {key: value for key, value in found.items() if key != "isActive"} if found else None


def run(runner, operator: type[WorkOperator] = WorkOperator, **arguments: Any) -> Any:
    return runner.run(operator, **{"deployment_name": "dev", "if_hibernating": "wake", **arguments})


def orders(astro) -> list[bool | None]:
    """What was ordered: to sleep, not to sleep, or (``None``) nothing any more."""
    sent = [request for request in astro.requests if request.path.endswith("hibernation-override")]
    return [request.body["isHibernating"] if request.method == "POST" else None for request in sent]


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
    said = "However this task ends, its earlier override is put back: it hibernates until its override is removed."
    assert caplog.text.index(said) < caplog.text.index("working with one that is HEALTHY")
    assert caplog.text.index("working") < caplog.text.index("Put back the earlier override")


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


@pytest.mark.parametrize("limit", ["timeout", "execution_timeout"])
def test_a_wait_for_the_work_that_times_out(astro, runner, add, deferrable, limit):
    add(ASLEEP)
    operator = type("EndlessOperator", (WorkOperator,), {"goal": "UNKNOWN", "__doc__": None})
    arguments: dict[str, Any] = {"timeout": 1}
    if limit == "execution_timeout":
        if not deferrable:
            pytest.skip("in a worker Airflow ends the task")
        arguments = {"execution_timeout": timedelta(seconds=1.5)}
    with pytest.raises((WaitTimeoutError, AirflowTaskTimeout), match=f"the task's {limit} is over"):
        run(runner, operator, deferrable=deferrable, **arguments)
    assert present(astro) == ASLEEP


def test_a_wait_for_its_awakening_that_times_out(astro, runner, add, deferrable):
    add(ASLEEP)
    operator = type("DemandingOperator", (WorkOperator,), {"statuses": ("UNKNOWN",), "__doc__": None})
    with pytest.raises(WaitTimeoutError, match="is not UNKNOWN"):
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
    with pytest.raises(HibernatingError, match=r"hibernates\. Set if_hibernating to 'wake'"):
        run(runner, if_hibernating="fail")
    with pytest.raises(AirflowSkipException, match="hibernates"):
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
        assert "stays awake: the hibernation override from before could not be put back. DELETE" in caplog.text


class TestOnKill:
    def test_in_the_worker(self, astro, runner, add, deferrable):
        add(ASLEEP)

        def stop(operator: WorkOperator) -> None:
            operator.on_kill()
            raise SystemExit

        with pytest.raises(SystemExit):
            run(runner, that(stop), deferrable=deferrable)
        assert present(astro) == ASLEEP
        assert orders(astro) == [False, True]

    @pytest.mark.parametrize("wait", [1, 2])
    @pytest.mark.parametrize("fault", [{}, {"status": 503, "times": 1}, {"drop": "after", "times": 1}], ids=str)
    def test_in_the_triggerer(self, astro, runner, add, wait, fault):
        add(ASLEEP)
        abandon(runner, wait, stop=True, before=lambda: fault and astro.fault("POST", OVERRIDE, **fault))
        assert present(astro) == ASLEEP

    def test_what_cannot_be_put_back_is_named(self, astro, runner, add, caplog, capsys):
        add(ASLEEP)
        with pytest.raises(ForbiddenError):
            abandon(runner, 1, stop=True, before=lambda: astro.fault("POST", OVERRIDE, status=403))
        assert "but the earlier hibernation override could not be put back" in caplog.text + capsys.readouterr().out


class Abandoned(BaseException):
    """Nothing happens with the task any more."""


def abandon(runner, wait: int, *, stop: bool = False, before: Any = lambda: None) -> dict[str, Any]:
    """Run a task up to its nth wait in the triggerer, and stop it there, or let it vanish with its triggerer.

    Returns the fields of the wait's trigger.
    """
    fire, fired = runner._fire, []

    async def fire_or_not(deferred: Any) -> Any:
        fired.append(deferred)
        if len(fired) < wait:
            return await fire(deferred)
        before()
        if stop:
            path, arguments = deferred.trigger.serialize()
            module, name = path.rsplit(".", 1)
            await getattr(import_module(module), name)(**arguments).on_kill()
        raise Abandoned

    runner._fire = fire_or_not
    try:
        with pytest.raises(Abandoned):
            run(runner, deferrable=True)
    finally:
        runner._fire = fire
    arguments: dict[str, Any] = fired[-1].trigger.serialize()[1]
    return arguments


class TestRetry:
    """The first try vanished without a chance to put anything back."""

    @pytest.mark.parametrize("earlier", EARLIER, ids=str)
    @pytest.mark.parametrize("wait", [1, 2])
    def test_it_puts_back_what_the_first_try_found(self, astro, runner, add, earlier, wait, deferrable):
        runner.store = StateStore()
        add(earlier)
        abandon(runner, wait)
        runner.ti = TaskInstance(try_number=2)
        run(runner, deferrable=deferrable)
        assert present(astro) == earlier

    @pytest.mark.parametrize("earlier", EARLIER[:2], ids=str)
    @pytest.mark.parametrize("wait", [1, 2])
    def test_so_it_does_where_airflow_remembers_nothing(self, astro, runner, add, earlier, wait, deferrable):
        add(earlier)
        abandon(runner, wait)
        runner.ti = TaskInstance(try_number=2)
        run(runner, deferrable=deferrable)
        assert present(astro) == earlier

    def test_there_the_end_of_a_sleep_comes_a_few_minutes_late(self, astro, runner, add):
        add(EARLIER[2])
        abandon(runner, 2)
        runner.ti = TaskInstance(try_number=2)
        run(runner)
        back = present(astro)
        assert back["isHibernating"]
        assert FAR <= back["overrideUntil"] < FAR.replace("06:00:00", "06:05:00")

    def test_a_retry_that_fails_before_it_looks_puts_it_back_too(self, astro, runner, add):
        runner.store = StateStore()
        add(ASLEEP)
        abandon(runner, 2)
        runner.ti = TaskInstance(try_number=2)
        with pytest.raises(AirflowFailException):
            run(runner, deployment_name="no such")
        assert present(astro) == ASLEEP

    def test_what_is_put_back_is_forgotten(self, astro, runner, add):
        runner.store = StateStore()
        add(ASLEEP)
        run(runner)
        runner.ti = TaskInstance(try_number=2)
        astro.clear_requests()
        with pytest.raises(HibernatingError):
            run(runner, if_hibernating="fail")
        assert orders(astro) == []
