"""DAGs that a real Airflow 3 schedules because a Deployment came to a status."""

from __future__ import annotations

import json
import secrets
from importlib.metadata import version
from itertools import pairwise

import pytest

from astro_provider.emulator import Emulator

AIRFLOW = tuple(map(int, version("apache-airflow").split(".")[:2]))
pytestmark = [
    pytest.mark.real_airflow,
    pytest.mark.skipif(AIRFLOW < (3, 0), reason="Airflow 2 has no events that schedule DAGs"),
]
DAGS = ("watched_eu", "watched_us")


@pytest.fixture(scope="module")
def watched():
    """An Astro of its own: its Deployments are no other test's."""
    with Emulator(token=f"watched-{secrets.token_hex(24)}") as watched:
        yield watched


@pytest.fixture(scope="module")
def deployments(watched, airflow, dags, tmp_path_factory):
    """Two Deployments in the Workspace that the DAGs watch, and looks at them under way."""
    (production,) = [w["id"] for w in watched.store.all("workspace") if w["name"] == "Production"]
    made = {name: watched.add_deployment(name, workspace_id=production) for name in ("eu-1", "us-1")}
    file = tmp_path_factory.mktemp("watched") / "connections.json"
    connection = {**watched.connection(), "extra": {"organization_id": watched.organization_id}}
    file.write_text(json.dumps({"astro_watched": connection}))
    airflow.command("connections", "import", str(file))
    for dag_id in DAGS:
        airflow.wait_until(lambda dag_id=dag_id: airflow.metadata.knows(dag_id), 120, f"{dag_id} was not found")
    airflow.command("dags", "unpause", "--treat-dag-id-as-regex", "watched_.*", "--yes")
    (
        dags / "dags" / "watched.py"
    ).touch()  # Airflow begins to watch when it parses the file of a DAG that is not paused
    airflow.wait_until(lambda: len(triggers(airflow)) == len(DAGS), 120, "Airflow does not watch")
    return made


def triggers(airflow):
    query = "SELECT id FROM trigger WHERE classpath LIKE '%DeploymentStatusEventTrigger' AND triggerer_id IS NOT NULL"
    return {row[0] for row in airflow.metadata.rows(query)}


def runs(airflow, dag_id):
    query = "SELECT run_id, run_type FROM dag_run WHERE dag_id = ? ORDER BY id"
    return airflow.metadata.rows(query, dag_id)


def looks(watched):
    return [r for r in watched.requests if r.path.endswith("/deployments")]


def test_a_deployment_that_comes_to_a_status_schedules_its_dag_alone(airflow, watched, deployments):
    first = triggers(airflow)
    airflow.wait_until(lambda: len(looks(watched)) > 2 * len(DAGS), 60, "nobody looks")
    watched.set_status(deployments["us-1"], "UNHEALTHY")  # is asked for in eu only
    watched.set_status(deployments["eu-1"], "UNHEALTHY", reason="no quota")
    airflow.wait_until(lambda: bool(runs(airflow, "watched_eu")), 60, "the DAG was not scheduled")
    ((run_id, run_type),) = runs(airflow, "watched_eu")
    assert run_type == "asset_triggered"
    assert airflow.finish("watched_eu", run_id) == "success"
    ((event,),) = [json.loads(airflow.metadata.xcom("watched_eu", run_id, "happened"))]
    assert (event["deployment_name"], event["status"], event["previous_status"]) == ("eu-1", "UNHEALTHY", "HEALTHY")
    assert event["status_reason"] == "no quota"
    assert runs(airflow, "watched_us") == []
    assert triggers(airflow) == first
    assert watched.token not in repr(airflow.metadata.rows("SELECT extra FROM asset_event"))


@pytest.mark.skipif(AIRFLOW < (3, 3), reason="Airflow shares the looks of watchers from 3.3")
def test_watchers_of_one_workspace_share_their_looks(watched, deployments):
    times = [request.at for request in looks(watched)]
    # Two that look by themselves, once a second each, would make two calls a second.
    assert min(later - earlier for earlier, later in pairwise(times[1:])) > 0.5
