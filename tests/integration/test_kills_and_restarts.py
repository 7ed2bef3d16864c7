"""Waits while Astro and the triggerer are killed, and a create that a person stops. A real scheduler, both lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import requests

from dev.airflow import LocalAirflow

from .dags.many_waits import WAITS
from .emulator_process import EmulatorProcess

pytestmark = pytest.mark.real_airflow
PLACES = ("worker", "triggerer")
#: Seconds within which Airflow starts that many tasks.
LONG = 120 + 10 * WAITS


@pytest.fixture
def restarting(airflow: LocalAirflow, tmp_path: Path) -> Iterator[EmulatorProcess]:
    """An Astro that can be killed, behind the connection ``astro_restarts``."""
    emulator = EmulatorProcess(tmp_path / "astro.db")
    airflow.command("connections", "add", "astro_restarts", "--conn-json", json.dumps(emulator.connection))
    emulator.start()
    yield emulator
    emulator.kill()


def states(airflow: LocalAirflow, dag_id: str, run_id: str) -> list[str]:
    query = "SELECT state FROM task_instance WHERE dag_id = ? AND run_id = ?"
    return [row[0] for row in airflow.metadata.rows(query, dag_id, run_id)]


def test_waits_survive_a_killed_astro_and_a_killed_triggerer(airflow, restarting):
    run_id = airflow.trigger("many_waits")
    everything = ["deferred"] * WAITS
    airflow.wait_until(lambda: states(airflow, "many_waits", run_id) == everything, LONG, "not all tasks wait")
    ids = {deployment["id"] for deployment in restarting.deployments()}

    restarting.kill()
    restarting.start()
    airflow.wait_until(lambda: restarting.ids_read() == ids, 60, "not all waits outlive a killed Astro")

    airflow.kill("triggerer")
    restarting.kill()
    airflow.start_component("triggerer")
    restarting.start()
    airflow.wait_until(lambda: restarting.ids_read() == ids, 120, "not all waits outlive a killed triggerer")

    for deployment_id in ids:
        restarting.set_status(deployment_id, "HEALTHY")
    assert airflow.finish("many_waits", run_id, LONG) == "success"
    query = "SELECT value FROM xcom WHERE dag_id = 'many_waits' AND run_id = ? AND key = 'return_value'"
    returned = sorted(json.loads(row[0]) for row in airflow.metadata.rows(query, run_id))
    assert returned == sorted(ids)
    assert len(ids) == len(restarting.deployments()) == restarting.creates() == WAITS


@pytest.mark.skipif(version("apache-airflow").startswith("2."), reason="Airflow 2 does not tell a trigger")
def test_creates_that_are_marked_failed_while_they_wait_take_their_deployments_with_them(airflow, astro):
    def made() -> dict[str, str]:
        names = {f"stopped-{place}-{run_id}": place for place in PLACES}
        return {names[d["name"]]: d["id"] for d in astro.deployments if d["name"] in names}

    def is_read(place: str) -> bool:
        """Whether somebody waits: Airflow tells a trigger only if it runs already."""
        one, query = made()[place], ("deploymentIds", made()[place])
        return any(r.method == "GET" and (r.path.endswith(one) or query in r.query) for r in astro.requests)

    def log(place: str) -> str:
        return airflow.task_log("stopped_waits", run_id, place)

    run_id = airflow.trigger("stopped_waits")
    airflow.wait_until(lambda: len(made()) == len(PLACES), 120, "not everything was created")
    for deployment_id in made().values():
        astro.set_status(deployment_id, "CREATING")
    airflow.wait_until(lambda: all(map(is_read, PLACES)), 60, "not all tasks wait")
    token = requests.get(f"{airflow.url}/auth/token", timeout=10).json()["access_token"]
    for place in PLACES:
        answer = requests.patch(
            f"{airflow.url}/api/v2/dags/stopped_waits/dagRuns/{run_id}/taskInstances/{place}",
            json={"new_state": "failed"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
    airflow.wait_until(lambda: not made(), 60, "a Deployment stays")
    said = "The task was stopped; deleted Deployment"
    airflow.wait_until(lambda: all(said in log(place) for place in PLACES), 30, "a task's log does not say so")
    assert states(airflow, "stopped_waits", run_id) == ["failed"] * len(PLACES)
