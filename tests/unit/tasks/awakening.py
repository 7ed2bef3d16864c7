"""A task that needs a Deployment awake, and what it orders, as tests of such tasks need it."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any, ClassVar

import pytest

from astro_provider.tasks.awake import AwakeOperator
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.waits.goal import Goal

OVERRIDE = "/organizations/*/deployments/*/hibernation-override"
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
