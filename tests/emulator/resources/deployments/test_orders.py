"""Which Deployments an order is for: by id, by name, by a pattern of names."""

from __future__ import annotations

import pytest


@pytest.fixture
def run(astro):
    """Start a run of the DAG ``etl`` in a Deployment; returns its state."""

    def run(deployment, run_id="r"):
        astro.add_dag(deployment, "etl")
        astro.add_dag_run(deployment, "etl", run_id)
        return astro.dag_runs(deployment)[-1]["state"]

    return run


@pytest.mark.parametrize("deployments", ["pr-*", "pr-?", "*"])
def test_a_pattern_is_also_for_deployments_that_are_created_later(astro, run, deployments):
    astro.order_dag_runs(deployments, "etl", state="failed", times=1)
    later = astro.add_deployment("pr-1")
    assert [run(later, "r1"), run(later, "r2")] == ["failed", "success"]


def test_an_order_is_for_no_deployment_that_it_does_not_name(astro, run):
    named, other = astro.add_deployment("one"), astro.add_deployment("another")
    astro.order_dag_runs(named, "etl", state="failed")
    astro.order_dag_runs("one*", "etl", state="failed")
    assert [run(named), run(other)] == ["failed", "success"]


def test_a_name_is_taken_literally(astro, run):
    named, other = astro.add_deployment("one [old]"), astro.add_deployment("one o")
    astro.order_dag_runs("one [old]", "etl", state="failed", times=1)
    assert run(named) == "failed"
    assert run(other) == "success"


@pytest.mark.parametrize("order", ["order_dag_runs", "fail_deploys", "order_unreachable_airflow"])
def test_an_unknown_deployment_that_is_no_pattern_is_refused(astro, order):
    more = {"order_dag_runs": ("etl",), "fail_deploys": (), "order_unreachable_airflow": (503, "asleep")}[order]
    with pytest.raises(KeyError) as none:
        getattr(astro, order)("pr-7", *more)
    assert str(none.value) == (
        "There is no Deployment with the id or name 'pr-7'. There are none yet. For a Deployment that is created "
        "later, give a pattern of names, such as 'pr-7*'."
    )
    astro.add_deployment("staging")
    with pytest.raises(KeyError, match=r"'stagin'\. Did you mean 'staging'\?"):
        getattr(astro, order)("stagin", *more)


def test_the_latest_order_for_deploys_counts(astro, call):
    deployment = astro.add_deployment("pr-1")

    def deploy():
        made = call("POST", f"/deployments/{deployment}/deploys", {"type": "IMAGE_AND_DAG"}).json()
        rest = f"/deployments/{deployment}/deploys/{made['id']}/finalize"
        return call("POST", rest, {"dagTarballVersion": ""}).json()["status"]

    astro.fail_deploys("pr-*", 5)
    assert deploy() == "FAILED"
    astro.fail_deploys("pr-1", 0)
    assert deploy() == "DEPLOYED"


def test_an_unreachable_airflow_is_ordered_by_a_pattern(astro, call):
    astro.order_unreachable_airflow("pr-*", 502, "gone")
    astro.set_status(astro.add_deployment("pr-1"), "HIBERNATING")
    (shown,) = astro.deployments
    answer = call.session.get(f"{shown['apiUrl']}/dags", headers={"Authorization": f"Bearer {astro.token}"}, timeout=10)
    assert (answer.status_code, answer.text) == (502, "gone")


def test_what_does_not_exist_is_named_together_with_what_does(astro):
    with pytest.raises(KeyError, match=r"with the id 'x'\. There are none yet\."):
        astro.add_dag("x", "etl")
    made = astro.add_deployment("one")
    with pytest.raises(KeyError, match=rf"the id 'one'\. Ids: {made} \(one\)\."):
        astro.dag_runs("one")
    astro.add_dag(made, "etl")
    with pytest.raises(KeyError, match=r"There is no DAG 'elt'\. Did you mean 'etl'\?"):
        astro.add_dag_run(made, "elt", "r")
    astro.add_dag_run(made, "etl", "run1")
    with pytest.raises(KeyError, match=r"There is no DAG run 'run2'\. Did you mean 'run1'\?"):
        astro.set_dag_run_state(made, "etl", "run2", "failed")
    with pytest.raises(KeyError, match=r"There is no task instance 'tusk\[-1\]'"):
        astro.set_task_state(made, "etl", "run1", "tusk", "failed")
    with pytest.raises(KeyError, match=r"There is no status 'HEALTY'\. Did you mean 'HEALTHY'\?"):
        astro.set_status(made, "HEALTY")
