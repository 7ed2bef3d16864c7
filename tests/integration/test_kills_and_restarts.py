"""Waits while Astro and the triggerer are killed, and a create that a person stops. A real scheduler, both lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from astro_provider.emulator import Emulator
from dev.airflow import LocalAirflow
from dev.rest import Rest

from .dags.many_waits import WAITS
from .emulator_process import EmulatorProcess

pytestmark = pytest.mark.real_airflow
only_3 = pytest.mark.skipif(version("apache-airflow").startswith("2."), reason="Airflow 2 does not tell a trigger")
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
    airflow.wait_until(lambda: restarting.ids_read() == ids, 240, "not all waits outlive a killed Astro")

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


class Stopped:
    """A run of two creates, one waiting in the worker and one in the triggerer, and the person who stops them."""

    def __init__(self, airflow: LocalAirflow, astro: Emulator) -> None:
        self.airflow, self.astro = airflow, astro
        self.run_id = airflow.trigger("stopped_waits")
        self._rest = Rest(airflow.url)

    def made(self) -> dict[str, str]:
        """Return the ids of the Deployments by the place where their tasks wait."""
        names = {f"stopped-{place}-{self.run_id}": place for place in PLACES}
        return {names[d["name"]]: d["id"] for d in self.astro.deployments if d["name"] in names}

    def create(self) -> dict[str, str]:
        """Return once both Deployments exist; they are held in CREATING."""
        self.airflow.wait_until(lambda: len(self.made()) == len(PLACES), 120, "not everything was created")
        made = self.made()
        for deployment_id in made.values():
            self.astro.set_status(deployment_id, "CREATING")
        return made

    def wait(self) -> dict[str, str]:
        """Return once both tasks wait where they should: Airflow tells a trigger only if it is already running."""
        made = self.create()
        self.airflow.wait_until(lambda: self._polls("worker", made["worker"]), 240, "no worker polls")
        self.airflow.wait_until(lambda: self._polls("triggerer", made["triggerer"]), 240, "no trigger polls")
        return made

    def _polls(self, place: str, one: str) -> bool:
        """Whether a worker has read a Deployment by itself, or a trigger in a list: no other code of theirs does so."""
        reads = [r for r in self.astro.requests if r.method == "GET"]
        return any(("deploymentIds", one) in r.query if place == "triggerer" else r.path.endswith(one) for r in reads)

    def is_deferred(self, attempt: int) -> bool:
        """Whether an attempt of the task that waits in the triggerer has left the worker."""
        task = self.airflow.metadata.tasks("stopped_waits", self.run_id).get("triggerer")
        return task is not None and (task.state, task.try_number) == ("deferred", attempt)

    def clear(self, place: str) -> None:
        """Clear a task."""
        body = {"dry_run": False, "only_failed": False, "task_ids": [place], "dag_run_id": self.run_id}
        self._send("POST", "clearTaskInstances", body)

    def fail(self, place: str) -> None:
        """Mark a task failed."""
        self._send("PATCH", f"dagRuns/{self.run_id}/taskInstances/{place}", {"new_state": "failed"})

    def _send(self, method: str, path: str, body: dict[str, object]) -> None:
        """Send a request again while SQLite is busy with others: nothing of it is done then."""

        def done() -> bool:
            response = self._rest.send(method, f"/api/v2/dags/stopped_waits/{path}", body)
            assert response.status_code in {200, 500}, response.text
            return response.status_code == 200

        self.airflow.wait_until(done, 60, f"{method} {path} was not accepted")

    def log(self, place: str) -> str:
        """Return a task's log."""
        return self.airflow.task_log("stopped_waits", self.run_id, place)


@only_3
def test_creates_that_are_cleared_or_marked_failed_while_they_wait_take_their_deployments_with_them(airflow, astro):
    tasks = Stopped(airflow, astro)
    first = tasks.wait()
    tasks.clear("triggerer")
    airflow.wait_until(lambda: first["triggerer"] not in tasks.made().values(), 240, "the cleared task's stays")
    second = tasks.wait()  # the cleared task makes a new one, although it may have begun before its trigger was told
    assert second["worker"] == first["worker"]
    for place in PLACES:
        tasks.fail(place)
    airflow.wait_until(lambda: not tasks.made(), 240, "a Deployment stays")
    said = "The task was stopped; deleted Deployment"
    airflow.wait_until(lambda: all(said in tasks.log(place) for place in PLACES), 120, "a task's log does not say so")
    assert states(airflow, "stopped_waits", tasks.run_id) == ["failed"] * len(PLACES)


@only_3
def test_a_create_that_is_cleared_before_a_trigger_runs_continues_with_its_deployment(airflow, astro):
    airflow.kill("triggerer")
    tasks = Stopped(airflow, astro)
    first = tasks.create()
    airflow.wait_until(lambda: tasks.is_deferred(1), 240, "the task does not leave its worker")
    tasks.clear("triggerer")
    airflow.wait_until(lambda: tasks.is_deferred(2), 240, "the cleared task does not wait")
    airflow.start_component("triggerer")
    assert tasks.wait() == first
    for place in PLACES:
        tasks.fail(place)
    airflow.wait_until(lambda: not tasks.made(), 240, "a Deployment stays")
