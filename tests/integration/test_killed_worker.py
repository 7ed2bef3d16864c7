"""A worker that is killed while it waits: the retry goes on with the same Deployment. A real scheduler, both lines."""

from __future__ import annotations

import os
import signal

import pytest

pytestmark = pytest.mark.real_airflow
DAG = "wait_in_worker"


def test_a_killed_worker_makes_no_second_deployment(airflow, astro):
    def deployments():
        return [d for d in astro.deployments if d["name"].startswith("killed-")]

    def creates():
        posts = [r for r in astro.requests if r.method == "POST"]
        return [r for r in posts if (r.body or {}).get("name", "").startswith("killed-")]

    run_id = airflow.trigger(DAG)
    airflow.wait_until(lambda: bool(deployments()), 120, "nothing was created")
    (made,) = deployments()
    astro.set_status(made["id"], "CREATING")  # held until the worker is dead
    before = len(astro.requests)

    def reads():
        return [r for r in astro.requests[before:] if r.path.endswith(made["id"])]

    airflow.wait_until(lambda: len(reads()) > 1, 60, "the worker does not wait")
    pid = airflow.metadata.tasks(DAG, run_id)["create"].pid
    os.kill(pid, signal.SIGKILL)
    airflow.wait_until(
        lambda: airflow.metadata.tasks(DAG, run_id)["create"].state in {"up_for_retry", "scheduled", "queued"},
        120,
        "the killed task was not noticed",
    )
    astro.set_status(made["id"], "HEALTHY")
    assert airflow.finish(DAG, run_id) == "success"
    assert [d["id"] for d in deployments()] == [made["id"]]
    assert len(creates()) == 1
    assert airflow.metadata.tasks(DAG, run_id)["create"].try_number == 2
    assert made["id"] in airflow.metadata.xcom(DAG, run_id, "create")
    assert "An earlier try of this task created" in airflow.task_log(DAG, run_id, "create")
