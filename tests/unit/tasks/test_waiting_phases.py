"""A task that waits more than once: it goes on with another method after each wait, in the worker and the triggerer."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from astro_provider.errors import WaitTimeoutError
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.waiting import WaitingOperator
from astro_provider.waits.goal import Goal, Outcome
from tests.unit.running import calls


class NapOperator(DeploymentTask, WaitingOperator):
    """Wakes a Deployment up, waits for that, puts it to sleep again, and waits for that."""

    last_status = "HIBERNATING"

    def run_task(self, context: Any) -> Any:
        return self._order(context, "HEALTHY", self.put_to_sleep, note="a note")

    def put_to_sleep(self, context: Any, verdict: Any, note: str) -> Any:
        self._end(context, verdict)
        return self._order(context, self.last_status, self.report, note=note, words=["some", "words"])

    def report(self, context: Any, verdict: Any, note: str, words: list[str]) -> Any:
        if verdict.outcome is Outcome.TIMED_OUT:
            self.log.info("It never came to %s", self.last_status)
        return [self._end(context, verdict).facts["status"], note, words]

    def _order(self, context: Any, status: str, then: Any, **kept: Any) -> Any:
        deployment = self.get_deployment()
        self.hook.client.deployments.override_hibernation(deployment.id, is_hibernating=status != "HEALTHY")
        trigger = self.deployment_trigger(context, deployment, Goal(target_statuses={status}), poll_interval=0.01)
        return self.wait_then(context, trigger, deployment, then, **kept)


class EndlessNapOperator(NapOperator):
    """Waits for a status that never comes."""

    last_status = "UNKNOWN"


@pytest.fixture
def dev(astro):
    made = astro.add_deployment("dev", isDevelopmentMode=True)
    astro.set_status(made, "HIBERNATING")
    return made


def test_each_wait_goes_on_with_its_own_method(astro, runner, dev, deferrable):
    result = runner.run(NapOperator, deployment_id=dev, deferrable=deferrable)
    assert result == ["HIBERNATING", "a note", ["some", "words"]]
    assert [post.body["isHibernating"] for post in calls(astro, "POST")] == [False, True]
    assert [each["target_statuses"] for each in runner.triggers] == [["HEALTHY"], ["HIBERNATING"]][: 2 * deferrable]


@pytest.mark.slow
def test_a_wait_that_ends_badly_reaches_the_method_too(astro, runner, dev, deferrable, caplog):
    caplog.set_level(logging.INFO)
    with pytest.raises(WaitTimeoutError, match="had not reached the status UNKNOWN after"):
        runner.run(EndlessNapOperator, deployment_id=dev, deferrable=deferrable, timeout=1)
    assert "It never came to UNKNOWN" in caplog.text


@pytest.mark.slow
def test_all_waits_share_one_timeout(astro, runner, dev):
    runner.run(NapOperator, deployment_id=dev, deferrable=True, timeout=600)
    first, second = runner.triggers
    assert first["deadline"] == second["deadline"]
    assert first["started_at"] < second["started_at"]
