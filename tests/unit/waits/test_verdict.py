"""The end of a wait travels as plain data, and what is not the end of a wait is never taken for success."""

from __future__ import annotations

import json

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.errors import WaitError, WaitFailedError, WaitGoneError, WaitTimeoutError
from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator
from astro_provider.sensors.deployment import DeploymentStatusSensor
from astro_provider.waits.goal import Outcome
from astro_provider.waits.verdict import Verdict

ENDS = [outcome for outcome in Outcome if outcome is not Outcome.PENDING]
DONE = {"outcome": "done", "message": "Deployment 'a' (cl1): HEALTHY.", "facts": {"deployment_id": "cl1"}}
UNUSABLE = [
    (None, "it is missing"),
    ([], "it is of type list"),
    ({}, "it has no outcome"),
    ({**DONE, "outcome": None}, "it has no outcome"),
    ({**DONE, "outcome": "DONE"}, "its outcome is 'DONE'; possible outcomes: 'done', 'failed'"),
    ({**DONE, "outcome": "pending"}, "its outcome is 'pending'"),
    ({**DONE, "outcome": True}, "its outcome is True"),
    ({**DONE, "outcome": ["done"]}, r"its outcome is \['done'\]"),
    ({"outcome": "done", "facts": {}}, "its message is missing"),
    ({**DONE, "message": 1}, "its message is of type int"),
    ({"outcome": "done", "message": ""}, "its facts are not"),
    ({**DONE, "facts": [["deployment_id", "cl1"]]}, "its facts are not"),
    ({**DONE, "facts": {"deployment_id": 1}}, "its facts are not"),
]


@pytest.mark.parametrize("outcome", ENDS)
def test_a_verdict_survives_the_way_to_the_worker(outcome):
    verdict = Verdict(outcome, "what happened", {"deployment_id": "cl1", "webserver_url": None})
    assert Verdict.from_event(json.loads(json.dumps(verdict.as_event()))) == verdict


def test_a_wait_that_goes_on_has_no_verdict():
    with pytest.raises(ValueError, match="no verdict yet"):
        Verdict(Outcome.PENDING, "")


@pytest.mark.parametrize("outcome", ENDS)
def test_each_bad_end_is_an_error_of_its_own(outcome):
    kinds = {Outcome.FAILED: WaitFailedError, Outcome.GONE: WaitGoneError, Outcome.ERROR: WaitError}
    kinds |= dict.fromkeys((Outcome.TIMED_OUT, Outcome.EXECUTION_TIMED_OUT), WaitTimeoutError)
    verdict = Verdict(outcome, "what happened")
    if outcome is Outcome.DONE:
        verdict.raise_if_bad()
        return
    with pytest.raises(WaitError, match="what happened") as caught:
        verdict.raise_if_bad()
    assert type(caught.value) is kinds[outcome]


@pytest.mark.parametrize(("event", "reason"), UNUSABLE)
def test_what_is_no_verdict_is_refused(event, reason):
    with pytest.raises(WaitError, match=f"does not contain the result of the wait: {reason}"):
        Verdict.from_event(event)


@pytest.mark.parametrize(("event", "reason"), UNUSABLE)
def test_a_task_whose_event_is_no_verdict_fails(event, reason, template):
    create = CreateDeploymentFromTemplateOperator(task_id="create", template=template, deployment_name="pr-17")
    sensor = DeploymentStatusSensor(task_id="sense", deployment_id="cl1")
    for task in (create, sensor):
        with pytest.raises(AirflowFailException, match=reason):
            task.execute_complete({}, event=event)
