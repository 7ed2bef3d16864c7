"""A worker that is killed while it waits: the retry goes on with the same Deployment. A real scheduler, both lines."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

pytestmark = pytest.mark.real_airflow
DAG = "wait_in_worker"


@pytest.fixture(scope="module")
def dags() -> Path:
    return Path(__file__).parent / "dags"


def test_a_killed_worker_makes_no_second_deployment(airflow, astro):
    run_id = airflow.trigger(DAG)
    airflow.wait_until(lambda: bool(astro.deployments), 120, "nothing was created")
    (made,) = astro.deployments
    astro.set_status(made["id"], "CREATING")  # held until the worker is dead
    reads = len(astro.requests)
    airflow.wait_until(lambda: len(astro.requests) > reads + 1, 60, "the worker does not wait")
    pid = airflow.metadata.tasks(DAG, run_id)["create"].pid
    os.kill(pid, signal.SIGKILL)
    airflow.wait_until(
        lambda: airflow.metadata.tasks(DAG, run_id)["create"].state in {"up_for_retry", "scheduled", "queued"},
        120,
        "the killed task was not noticed",
    )
    astro.set_status(made["id"], "HEALTHY")
    assert airflow.finish(DAG, run_id) == "success"
    assert [d["id"] for d in astro.deployments] == [made["id"]]
    creates = [r for r in astro.requests if r.method == "POST"]
    assert len(creates) == 1
    assert airflow.metadata.tasks(DAG, run_id)["create"].try_number == 2
    assert made["id"] in airflow.metadata.xcom(DAG, run_id, "create")
    assert "An earlier try of this task created" in airflow.task_log(DAG, run_id, "create")
