"""A night's teardown task by task: 250 Deployments, 120 of which match, each delete in a worker of its own."""

from __future__ import annotations

import json

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator
from astro_provider.operators.deployment import DeleteDeploymentOperator, ListDeploymentsOperator
from tests.unit.running import TaskInstance, calls

MATCHING, OTHERS = 120, 130


class Clock:
    """The emulator's seconds; they pass only while a client pauses."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setitem(AstroClient.__init__.__kwdefaults__, "sleep", clock.sleep)
    return clock


@pytest.fixture
def astro(clock, monkeypatch):
    with Emulator(rate_limit=True, clock=clock) as astro:
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(astro.connection()))
        for number in range(MATCHING):
            astro.add_deployment(f"pr-{number:03}")
        for number in range(OTHERS):
            astro.add_deployment(f"team-{number:03}")
        yield astro


def listed(runner, **arguments):
    return runner.run(ListDeploymentsOperator, **{"name_pattern": "pr-*", "max_results": 150, **arguments})


def delete(runner, deployment_id, try_number=1):
    runner.ti = TaskInstance(try_number=try_number)
    arguments = {"require_name_pattern": "pr-*", "if_missing": "ignore"}
    return runner.run(DeleteDeploymentOperator, deployment_id=deployment_id, **arguments)


@pytest.mark.slow
def test_120_of_250_go_within_the_limit_and_a_second_run_is_a_no_op(astro, runner, clock):
    began = clock.now
    ids = listed(runner)
    assert len(ids) == MATCHING
    assert [delete(runner, deployment_id) for deployment_id in ids] == ids
    assert {d["name"] for d in astro.deployments} == {f"team-{number:03}" for number in range(OTHERS)}
    answers = [request.status for request in calls(astro, "DELETE")]
    assert answers.count(204) == MATCHING
    # No worker knows of the others, so the limit is met again and again; Retry-After says when to go on.
    assert set(answers) == {204, 429}
    assert clock.now - began >= MATCHING / 5 - 1
    astro.clear_requests()
    assert listed(runner) == []
    assert [request.method for request in astro.requests] == ["GET"]


def test_a_worker_that_dies_around_its_delete_is_tried_again(astro, runner):
    ids = listed(runner)
    astro.store.delete("deployment", ids[60])  # the delete took effect, and then the worker died
    assert delete(runner, ids[60], try_number=2) == ids[60]
    assert delete(runner, ids[61], try_number=2) == ids[61]
    assert [request.path.rsplit("/", 1)[1] for request in calls(astro, "DELETE")] == [ids[61]]


def test_a_wrong_pattern_stops_before_anything_is_deleted(astro, runner):
    with pytest.raises(AirflowFailException, match="250 Deployments match, more than max_results=150"):
        listed(runner, name_pattern="*")
    assert calls(astro, "DELETE") == []
    assert len(astro.deployments) == MATCHING + OTHERS
