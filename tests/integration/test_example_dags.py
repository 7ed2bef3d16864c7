"""The example DAG through ``dag.test()``, undisturbed and with something going wrong at each of its calls in turn."""

from __future__ import annotations

import pytest

FAULTS = {
    "429 with Retry-After": {"status": 429, "headers": {"Retry-After": "1"}},
    "503": {"status": 503, "body": "<html>unavailable</html>"},
    "connection dropped": {"drop": "before"},
    "timeout": {"delay": 1.2},
    "answer of a write lost": {"drop": "after", "method": "POST"},
    "answer of the delete lost": {"drop": "after", "method": "DELETE"},
}


@pytest.fixture(scope="module")
def runs(run_example):
    return run_example(*FAULTS.values())


def test_undisturbed_the_example_creates_one_deployment_and_leaves_none(runs):
    first = runs[0]
    assert first["fault"] is None
    assert (first["state"], first["deployments"], first["left"]) == ("success", 1, 0)


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_goes_wrong_at_whichever_call_the_run_ends_well(runs, name):
    wanted = FAULTS[name]
    disturbed = [run for run in runs if run["fault"] and {**run["fault"], "skip": 0} == {**wanted, "skip": 0}]
    assert [run["fault"]["skip"] for run in disturbed] == list(range(len(disturbed)))
    assert len(disturbed) >= (1 if "method" in wanted else runs[0]["calls"])
    bad = [run for run in disturbed if (run["state"], run["deployments"], run["left"]) != ("success", 1, 0)]
    assert bad == []


def test_every_operator_and_the_sensor_wait_in_worker_and_triggerer(run_example):
    (run,) = run_example(module="tests.integration.dags.every_mode")
    assert (run["state"], run["deployments"], run["left"]) == ("success", 2, 0)
