"""What counts as coming to a status."""

from __future__ import annotations

import json

import pytest

from astro_provider.models.deployments import Deployment
from astro_provider.rules.status_changes import Transitions
from tests.builders.deployments import deployment

START = 1_800_000_000.0
UNHEALTHY = frozenset({"UNHEALTHY"})


def seen(status: str, deployment_id: str = "cl1", created: float = START - 86400, **fields: object) -> Deployment:
    times = {"createdAt": created, "updatedAt": created}
    shown = {"id": deployment_id, "name": f"name of {deployment_id}", "status": status, **times, **fields}
    return Deployment.model_validate(deployment(**shown))


def told(transitions: Transitions, *statuses: str | None, every: float = 60.0) -> list[bool]:
    """Whether each look at one Deployment brings an event; ``None``: it is not there."""
    looks = [[] if status is None else [seen(status)] for status in statuses]
    return [bool(transitions.look(look, START + every * number)) for number, look in enumerate(looks)]


def test_the_first_look_takes_stock_and_each_coming_counts_once():
    statuses = ["UNHEALTHY", "UNHEALTHY", "HEALTHY", "UNHEALTHY", "UNHEALTHY", "DEPLOYING", "UNHEALTHY"]
    assert told(Transitions(UNHEALTHY), *statuses) == [False, False, False, True, False, False, True]


def test_what_is_there_already_counts_when_that_is_asked_for():
    assert told(Transitions(UNHEALTHY, include_present=True), "UNHEALTHY", "UNHEALTHY") == [True, False]


def test_from_one_status_asked_for_to_another_counts():
    transitions = Transitions(frozenset({"UNHEALTHY", "UNKNOWN"}))
    assert told(transitions, "HEALTHY", "UNHEALTHY", "UNKNOWN") == [False, True, True]


def test_a_status_has_to_last_where_that_is_asked_for():
    short = ["HEALTHY", "UNHEALTHY", "UNHEALTHY", "HEALTHY", "UNHEALTHY"]
    assert told(Transitions(UNHEALTHY, lasting=180), *short) == [False] * 5
    long = ["HEALTHY", "UNHEALTHY", "UNHEALTHY", "UNHEALTHY", "UNHEALTHY", "UNHEALTHY"]
    assert told(Transitions(UNHEALTHY, lasting=180), *long) == [False, False, False, False, True, False]


def test_a_new_deployment_has_come_to_its_status():
    transitions = Transitions(frozenset({"HEALTHY"}))
    assert transitions.look([], START) == []
    (event,) = transitions.look([seen("HEALTHY", created=START + 30)], START + 60)
    assert event["previous_status"] is None


def test_one_that_only_came_into_sight_has_not():
    transitions = Transitions(frozenset({"HEALTHY"}))
    transitions.look([], START)
    assert transitions.look([seen("HEALTHY", created=START - 3600)], START + 60) == []


def test_a_deleted_one_is_forgotten_and_disturbs_nothing():
    transitions = Transitions(UNHEALTHY)
    assert told(transitions, "HEALTHY", None) == [False, False]
    assert transitions.memory()["seen"] == {}


def test_each_of_many_is_compared_with_itself():
    transitions = Transitions(UNHEALTHY)
    transitions.look([seen("HEALTHY", "a"), seen("UNHEALTHY", "b"), seen("HEALTHY", "c")], START)
    events = transitions.look([seen("UNHEALTHY", "a"), seen("UNHEALTHY", "b"), seen("UNHEALTHY", "c")], START + 60)
    assert [event["deployment_id"] for event in events] == ["a", "c"]


def test_an_event_says_what_happened_and_nothing_secret():
    transitions = Transitions(UNHEALTHY)
    transitions.look([seen("HEALTHY")], START)
    variables = [{"key": "PASSWORD", "value": "s3cr3t", "isSecret": True}]
    now = seen("UNHEALTHY", statusReason="no quota", workspaceName="Production", environmentVariables=variables)
    (event,) = transitions.look([now], START + 60)
    assert (event["status"], event["previous_status"], event["status_reason"]) == ("UNHEALTHY", "HEALTHY", "no quota")
    assert (event["deployment_name"], event["workspace_name"]) == ("name of cl1", "Production")
    assert event["since"] == "2027-01-15T08:01:00+00:00"
    assert "s3cr3t" not in json.dumps(event)


def test_a_memory_goes_on_where_another_process_stopped():
    first = Transitions(UNHEALTHY, lasting=120)
    first.look([seen("HEALTHY", "a"), seen("HEALTHY", "b"), seen("UNHEALTHY", "c")], START)
    first.look([seen("UNHEALTHY", "a"), seen("HEALTHY", "b"), seen("UNHEALTHY", "c")], START + 60)
    second = Transitions(UNHEALTHY, lasting=120, memory=json.loads(json.dumps(first.memory())))
    looks = [seen("UNHEALTHY", "a"), seen("HEALTHY", "b"), seen("UNHEALTHY", "c")]
    assert [event["deployment_id"] for event in second.look(looks, START + 600)] == ["a"]


def test_a_memory_is_the_same_while_nothing_changes():
    transitions = Transitions(UNHEALTHY)
    transitions.look([seen("HEALTHY")], START)
    before = transitions.memory()
    transitions.look([seen("HEALTHY")], START + 60)
    assert transitions.memory()["seen"] == before["seen"]


@pytest.mark.parametrize("memory", [None, "", [], {}, {"seen": {}}, {"looked_at": 1.0, "seen": {"a": ["HEALTHY"]}}])
def test_what_is_no_memory_counts_as_none(memory):
    assert told(Transitions(UNHEALTHY, memory=memory), "UNHEALTHY", "HEALTHY", "UNHEALTHY") == [False, False, True]
