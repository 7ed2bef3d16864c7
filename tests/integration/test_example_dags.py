"""The example DAG through ``dag.test()``, undisturbed and with something going wrong at each of its calls in turn."""

from __future__ import annotations

import os

import pytest

from tests.builders.deployments import deployment, listing

#: What may happen to any call, and what may happen to a call that writes.
ANY = (
    {"status": 429, "headers": {"Retry-After": "1"}},
    {"status": 503, "body": "<html>unavailable</html>"},
    {"drop": "before"},
    {"delay": 1.2},  # longer than the client waits
)
LOST = {
    "response of a create": {"drop": "after", "method": "POST"},
    "response of the delete": {"drop": "after", "method": "DELETE"},
}
#: Something goes wrong at every fifth call, at most so often.
STEP, MOST = 5, 40
#: Whether all kinds of faults happen at all calls, in a run for each, or each kind at some calls, in two runs.
ALL = bool(os.environ.get("ASTRO_TEST_EVERY_FAULT"))
RUNS = [(first, kind) for first in range(STEP) for kind in range(len(ANY))] if ALL else [(0, 0), (2, 2)]


def turns(first, kind):
    """The faults take turns; each lets the calls between it and the one before pass."""
    kinds = [ANY[(kind + number) % len(ANY)] for number in range(MOST)]
    return [{**fault, "skip": first + number * (STEP - 1)} for number, fault in enumerate(kinds)]


@pytest.fixture(scope="module")
def runs(run_example):
    every_second = ([{**fault, "skip": number} for number in range(MOST)] for fault in LOST.values())
    return run_example(*(turns(*run) for run in RUNS), *every_second)


def test_undisturbed_the_example_creates_one_deployment_and_leaves_none(runs):
    first = runs[0]
    assert (first["state"], first["deployments"], first["left"], first["faults"]) == ("success", 1, 0, 0)


def ended_badly(runs):
    return [run for run in runs if (run["state"], run["deployments"], run["left"]) != ("success", 1, 0)]


def test_whatever_goes_wrong_at_whichever_call_the_run_ends_well(runs):
    disturbed = runs[1 : 1 + len(RUNS)]
    assert ended_badly(disturbed) == []
    assert min(run["faults"] for run in disturbed) >= runs[0]["calls"] // STEP


@pytest.mark.parametrize("name", LOST)
def test_whichever_response_is_lost_nothing_is_made_twice_or_left(runs, name):
    run = runs[1 + len(RUNS) + list(LOST).index(name)]
    assert run["faults"] >= 1
    assert ended_badly([run]) == []


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
