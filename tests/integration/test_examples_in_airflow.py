"""The examples in a real scheduler and triggerer, started as CI would: through Airflow's REST API."""

from __future__ import annotations

import os
import signal
from importlib.metadata import version

import pytest

from dev.examples import PREPARE, configuration

from .conftest import ROOT

pytestmark = pytest.mark.real_airflow
only_3 = pytest.mark.skipif(version("apache-airflow").startswith("2."), reason="Airflow 2.11 runs it by dag.test()")
KILLED = "killed_teardown"
FINDS = {
    "example_access_review": "Wrote",
    "example_cross_deployment": "s3://lake/sales",
    "example_deploy_dags": "of the DAGs is live.",
    "example_new_project": "Created Workspace",
    "example_offboarding": "anna@example.com",
    "example_promote": "Copied",
    "example_temporary_access": "cleo@example.com",
    "example_token_renewal": "was stored, and it works",
    "example_unhealthy_alert": "",  # nothing has happened
    "example_nightly_teardown": "Deployments in Workspace Development match",
    "example_hibernate_outside_hours": "hibernates until",
    "example_disaster_recovery": "stays awake until its hibernation override is removed",
    "example_clone_deployment": "Created Deployment 'reporting-copy'",
    "example_branch_deployment": "Created Deployment 'branch-feature-x-217d2bf5'",
}


@pytest.fixture(scope="module")
def run_ids(airflow, astro):
    """The runs of the examples, all started before anything waits for one of them."""
    airflow.command("pools", "set", "astro_deletes", "5", "Deletes of Astro Deployments")
    if airflow.line == 2:
        return {}
    for dag_id in FINDS:
        PREPARE.get(dag_id, lambda _: None)(astro)
    return {dag_id: airflow.trigger(dag_id, f"run-of-{dag_id}", configuration(dag_id)) for dag_id in FINDS}


def test_a_teardown_goes_on_after_its_worker_was_killed(airflow, astro, run_ids):
    victim, other = (astro.add_deployment(f"doomed-{number}") for number in range(2))
    # The delete arrives and takes effect, but its answer never comes: the worker is dead by then.
    astro.fault("DELETE", f"/organizations/*/deployments/{victim}", delay=3)
    run_id = airflow.trigger(KILLED)

    def deletes():
        return [r for r in astro.requests if r.method == "DELETE" and r.path.endswith(victim)]

    airflow.wait_until(lambda: bool(deletes()), 120, "no delete arrived")
    query = "SELECT pid FROM task_instance WHERE run_id = ? AND map_index = 0 AND state = 'running'"
    (pid,) = airflow.metadata.rows(query, run_id)[0]
    os.kill(pid, signal.SIGKILL)
    assert airflow.finish(KILLED, run_id) == "success"
    assert not {victim, other} & {deployment["id"] for deployment in astro.deployments}
    assert len(deletes()) == 1
    assert f"Deployment {victim} does not exist; nothing to delete" in airflow.task_log(KILLED, run_id, "delete")
    shown = "SELECT map_index, rendered_map_index FROM task_instance WHERE run_id = ? AND map_index >= 0"
    names = dict(airflow.metadata.rows(shown, run_id))
    # Only the try that was killed could read the name of the first; Airflow may have lost it with that try.
    assert names[0] in {"doomed-0", victim}
    assert names[1] == "doomed-1"


def test_every_example_is_started_here_or_by_a_test_of_its_own():
    elsewhere = {"example_audit_logs", "example_ephemeral_deployment"}
    assert FINDS.keys() | elsewhere == {path.stem for path in (ROOT / "example_dags").glob("*.py")}


@only_3
@pytest.mark.parametrize("dag_id", FINDS)
def test_an_example_runs(airflow, run_ids, dag_id):
    assert airflow.finish(dag_id, run_ids[dag_id]) == "success"
    # A DAG with a schedule may have a run by it, too, which may have done the work.
    runs = [row[0] for row in airflow.metadata.rows("SELECT run_id FROM dag_run WHERE dag_id = ?", dag_id)]
    assert {airflow.finish(dag_id, run_id) for run_id in runs} == {"success"}
    tasks = airflow.metadata.tasks(dag_id, run_ids[dag_id])
    assert FINDS[dag_id] in "".join(airflow.task_log(dag_id, run_id, task) for run_id in runs for task in tasks)


@only_3
def test_the_examples_left_what_they_should(airflow, astro, run_ids):
    for dag_id, run_id in run_ids.items():
        airflow.finish(dag_id, run_id)
    left = {deployment["name"]: deployment for deployment in astro.deployments}
    assert not {"pr-1", "pr-2", "pr-3"} & set(left)
    assert {"pr-young-1", "pr-keep-2", "team-3"} <= set(left)
    assert left["dev-anna"]["status"] == left["standby"]["status"] == "HIBERNATING"
    assert left["standby"]["scalingSpec"]["hibernationSpec"]["override"]["isHibernating"] is True
    assert left["branch-feature-x-217d2bf5"]["description"] == "Branch feature/x"
