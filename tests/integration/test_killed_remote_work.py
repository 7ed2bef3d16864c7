"""Workers and the triggerer are killed while they work on other Deployments: one remote run, one deploy, every time."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from astro_provider.emulator import Emulator
from dev.airflow import LocalAirflow
from tests.airflow_document import MAJOR

from .conftest import SECRET
from .leaks import leaks, upload_signatures

pytestmark = pytest.mark.real_airflow
RUNTIME = {2: "13.2.0", 3: "3.3-2"}[MAJOR]
#: Seconds that a request takes whose worker is killed meanwhile.
DELAY = 12
NEVER = 3600
#: Seconds after which a test gives up, on a machine that is busy with other things.
LONG = 600


class Work:
    """One task of the DAGs in ``killed_remote_work``, and the Deployment that it works on.

    :param airflow: The Airflow that the task runs in.
    :param astro: An Astro in which nothing moves on before it is told to.
    :param name: Name of the Deployment; the DAG's is ``killed_`` and this name.
    """

    def __init__(self, airflow: LocalAirflow, astro: Emulator, name: str) -> None:
        self.airflow, self.astro = airflow, astro
        self.task_id, _, place = name.partition("-")
        self.dag_id = f"killed_{self.task_id}_{place}"
        self.deployment_id = astro.add_deployment(name, astroRuntimeVersion=RUNTIME)
        self.run_id = ""

    def begin(self) -> None:
        self.run_id = self.airflow.trigger(self.dag_id)

    @property
    def instance(self) -> Any:
        return self.airflow.metadata.tasks(self.dag_id, self.run_id)[self.task_id]

    def sent(self, method: str, end: str) -> int:
        """Return how many requests about the Deployment arrived, by the end of their path."""
        found = [r for r in self.astro.requests if r.method == method and self.deployment_id in r.path]
        return sum(request.path.endswith(end) for request in found)

    def looks(self) -> int:
        """Return how many requests about the Deployment arrived: more and more while a task waits."""
        return sum(self.deployment_id in request.path for request in self.astro.requests)

    def wait_until(self, happened: Callable[[], bool], otherwise: str) -> None:
        self.airflow.wait_until(happened, LONG, f"{self.dag_id}: {otherwise}")

    def kill_during(self, method: str, path: str, delay: float = DELAY) -> None:
        """Kill the worker after Astro received a request, and before it takes effect, as many seconds later."""
        before = self.sent(method, path.rpartition("/")[2])
        self.astro.fault(method, path, delay=delay)
        if not self.run_id:
            self.begin()
        self.wait_until(lambda: self.sent(method, path.rpartition("/")[2]) > before, f"no {method} {path}")
        self.airflow.kill_task(self.dag_id, self.run_id, self.task_id)

    def kill_in_wait(self) -> None:
        """Kill the worker once it looks again and again at what it waits for."""
        before = self.looks()
        self.wait_until(lambda: self.looks() > before + 3, "the task does not wait")
        self.airflow.kill_task(self.dag_id, self.run_id, self.task_id)

    def succeeds(self) -> str:
        """Return what the task returns once its run has ended well."""
        state = self.airflow.finish(self.dag_id, self.run_id, LONG)
        assert state == "success", self.log()
        return str(json.loads(self.airflow.metadata.xcom(self.dag_id, self.run_id, self.task_id) or "null"))

    def log(self) -> str:
        return self.airflow.task_log(self.dag_id, self.run_id, self.task_id)

    def runs(self) -> list[dict[str, Any]]:
        return self.astro.dag_runs(self.deployment_id)

    def is_paused(self) -> bool:
        """Whether the DAG that the task runs is paused."""
        api = next(each["apiUrl"] for each in self.astro.deployments if each["id"] == self.deployment_id)
        headers = {"Authorization": f"Bearer {self.astro.token}"}
        return bool(requests.get(f"{api}/dags/nightly", headers=headers, timeout=30).json()["is_paused"])

    def let_run_succeed(self) -> None:
        for run in self.runs():
            self.astro.set_dag_run_state(self.deployment_id, "nightly", run["run_id"], "success")

    def deploys(self) -> list[tuple[str, str]]:
        """Return id and status of all deploys, whether or not they are finalized."""
        path = f"/organizations/{self.astro.organization_id}/deployments/{self.deployment_id}/deploys"
        headers = {"Authorization": f"Bearer {self.astro.token}"}
        answer = requests.get(f"{self.astro.url}{path}", headers=headers, timeout=30)
        return [(deploy["id"], deploy["status"]) for deploy in answer.json()["deploys"]]


@pytest.fixture(scope="module")
def still(airflow: LocalAirflow) -> Iterator[Emulator]:
    """An Astro in which nothing moves on by itself, behind the connection ``astro_still``."""
    with Emulator(progress="seconds:86400", token=f"still-token-{secrets.token_hex(24)}") as still:
        connection = {**still.connection(), "extra": {"organization_id": still.organization_id}}
        airflow.store_connections({"astro_still": connection})
        yield still


@pytest.fixture(scope="module")
def work(airflow: LocalAirflow, still: Emulator) -> Callable[[str], Work]:
    def work(name: str) -> Work:
        made = Work(airflow, still, name)
        if made.task_id == "run":
            still.add_dag(made.deployment_id, "nightly", ["extract", "load"], paused=True)
        return made

    return work


def test_a_worker_is_killed_while_it_starts_a_run_and_while_it_waits_for_it(work):
    task = work("run-worker")
    task.kill_during("POST", f"/airflow/{task.deployment_id}/api/v{MAJOR - 1}/dags/nightly/dagRuns")
    task.wait_until(lambda: bool(task.runs()), "the request was lost")
    task.kill_in_wait()
    assert not task.is_paused()
    task.let_run_succeed()

    (run,) = task.runs()
    assert task.succeeds() == run["run_id"]
    assert run["conf"] == {"password": SECRET}
    assert [each["run_id"] for each in task.runs()] == [run["run_id"]]
    assert task.is_paused()
    assert task.instance.try_number >= 3


def test_a_worker_is_killed_before_the_upload_and_before_finalize(work):
    task = work("deploy-worker")
    task.kill_during("PUT", f"/uploads/{task.deployment_id}", NEVER)
    ((deploy_id, status),) = task.deploys()
    assert status == "INITIALIZED"
    deploy = f"/organizations/*/deployments/{task.deployment_id}/deploys/{deploy_id}"
    task.kill_during("POST", f"{deploy}/finalize")
    task.wait_until(lambda: task.deploys() == [(deploy_id, "DEPLOYED")], "the request was lost")
    task.astro.set_status(task.deployment_id, "HEALTHY")

    assert task.succeeds() == deploy_id
    assert task.deploys() == [(deploy_id, "DEPLOYED")]
    assert list(task.astro.dags(task.deployment_id)) == ["dags/etl.py"]
    assert task.instance.try_number >= 3
    assert f"An earlier try of this task created Deploy {deploy_id} but did not finish it" in task.log()


def test_a_triggerer_is_killed_during_the_waits(airflow, still, work):
    tasks = [work("run-triggerer"), work("deploy-triggerer")]
    for task in tasks:
        task.begin()
    for task in tasks:
        task.wait_until(lambda task=task: task.instance.state == "deferred", "the task does not wait")
    (waits,) = airflow.metadata.rows("SELECT count(*) FROM trigger")
    assert waits[0] >= len(tasks)
    assert leaks(airflow, {"token": still.token, "password": SECRET, **upload_signatures(still)}) == []

    airflow.kill("triggerer")
    before = {task: task.looks() for task in tasks}
    airflow.start_component("triggerer")
    for task in tasks:
        task.wait_until(lambda task=task: task.looks() > before[task], "the wait does not outlive the triggerer")
    tasks[0].let_run_succeed()
    still.set_status(tasks[1].deployment_id, "HEALTHY")

    run_id, deploy_id = (task.succeeds() for task in tasks)
    assert [run["run_id"] for run in tasks[0].runs()] == [run_id]
    assert tasks[0].is_paused()
    assert tasks[1].deploys() == [(deploy_id, "DEPLOYED")]
    assert all(task.sent("POST", end) == 1 for task, end in zip(tasks, ("/dagRuns", "/finalize"), strict=True))
    assert leaks(airflow, {"token": still.token, "password": SECRET, **upload_signatures(still)}) == []
