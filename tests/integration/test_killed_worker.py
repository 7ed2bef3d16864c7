"""A worker that is killed while it creates and again while it waits: the third try ends with the one Deployment."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.real_airflow
DAG = "wait_in_worker"


def test_a_worker_killed_twice_makes_one_deployment(airflow, astro):
    def deployments() -> list[dict[str, Any]]:
        return [d for d in astro.deployments if d["name"].startswith("killed-")]

    def creates() -> list[Any]:
        return [
            r for r in astro.requests if r.method == "POST" and (r.body or {}).get("name", "").startswith("killed-")
        ]

    def looks() -> int:
        return sum(r.method == "GET" and r.path.endswith(made["id"]) for r in astro.requests)

    # Astro has the request, and answers when nobody listens any more.
    astro.fault("POST", "/organizations/*/deployments", delay=2)
    run_id = airflow.trigger(DAG)
    airflow.wait_until(lambda: bool(creates()), 120, "nothing was created")
    airflow.kill_task(DAG, run_id, "create")
    airflow.wait_until(lambda: bool(deployments()), 20, "the request was lost")
    (made,) = deployments()
    astro.set_status(made["id"], "CREATING")  # held until the worker is dead once more

    airflow.wait_until(lambda: looks() > 1, 120, "the second try does not wait")
    airflow.kill_task(DAG, run_id, "create")
    astro.set_status(made["id"], "HEALTHY")
    assert airflow.finish(DAG, run_id) == "success"
    assert [d["id"] for d in deployments()] == [made["id"]]
    # Of two requests, one is refused, since the name is in use by then.
    assert sorted(request.status for request in creates()) in ([200], [200, 400])
    assert airflow.metadata.tasks(DAG, run_id)["create"].try_number == 3
    assert made["id"] in airflow.metadata.xcom(DAG, run_id, "create")
    assert airflow.task_log(DAG, run_id, "create").count("An earlier try of this task created") == 2
