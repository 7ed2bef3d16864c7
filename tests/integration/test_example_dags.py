"""The example DAG through ``dag.test()``, undisturbed and with something going wrong at each of its calls in turn."""

from __future__ import annotations

import os

import pytest

from tests.builders.deployments import deployment, listing

#: What may happen to any call, and what may happen to a call that writes.
ANY = {
    "429 with Retry-After": {"status": 429, "headers": {"Retry-After": "1"}},
    "503": {"status": 503, "body": "<html>unavailable</html>"},
    "connection dropped": {"drop": "before"},
    "timeout": {"delay": 1.2},
}
LOST = {
    "answer of a write lost": {"drop": "after", "method": "POST"},
    "answer of the delete lost": {"drop": "after", "method": "DELETE"},
}
#: Every fault at every call takes minutes: by default the faults take turns, and happen at every fifth call.
ALL = bool(os.environ.get("ASTRO_TEST_EVERY_FAULT"))
STEP = 1 if ALL else 5


@pytest.fixture(scope="module")
def runs(run_example):
    turns = [[fault] for fault in ANY.values()] if ALL else [list(ANY.values())]
    return run_example(*turns, *([fault] for fault in LOST.values()), step=STEP)


def test_undisturbed_the_example_creates_one_deployment_and_leaves_none(runs):
    first = runs[0]
    assert first["fault"] is None
    assert (first["state"], first["deployments"], first["left"]) == ("success", 1, 0)


def ended_badly(runs):
    return [run for run in runs if (run["state"], run["deployments"], run["left"]) != ("success", 1, 0)]


def test_whatever_goes_wrong_at_whichever_call_the_run_ends_well(runs):
    disturbed = [run for run in runs if run["fault"] and "method" not in run["fault"]]
    assert {run["fault"]["skip"] for run in disturbed} >= set(range(0, runs[0]["calls"], STEP))
    assert ended_badly(disturbed) == []


@pytest.mark.parametrize("name", LOST)
def test_whichever_answer_is_lost_nothing_is_made_twice_or_left(runs, name):
    disturbed = [run for run in runs if run["fault"] and run["fault"].items() >= LOST[name].items()]
    assert len(disturbed) >= 1
    assert ended_badly(disturbed) == []


def test_every_operator_and_the_sensor_wait_in_worker_and_triggerer(run_example):
    (run,) = run_example(module="tests.integration.dags.every_mode")
    assert (run["state"], run["deployments"], run["left"]) == ("success", 2, 0)


def test_a_rescheduled_sensor_looks_again(run_example):
    young = deployment(
        id="cl000000000000000rescheduled", name="rescheduled", status="CREATING", environmentVariables=[]
    )
    first_look = {
        "method": "GET",
        "path": "/organizations/*/deployments",
        "status": 200,
        "body": listing(young),
    }
    runs = run_example([first_look], module="tests.integration.dags.rescheduled")
    undisturbed, rescheduled = runs[0], runs[1]
    assert {(run["state"], run["deployments"], run["left"]) for run in runs} == {("success", 1, 0)}
    assert rescheduled["calls"] == undisturbed["calls"] + 2  # the Workspace and the Deployment, by their names
