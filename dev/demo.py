"""``make demo`` and ``make ui``: the ephemeral-Deployment example in a real Airflow, against the emulator.

A second real Airflow stands for the one of the ephemeral Deployment: the DAG that is deployed there really runs.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.airflow import LocalAirflow, free_port
from dev.conditions import comes_up
from dev.environments import ROOT, python_of

DAG = "example_ephemeral_deployment"
TASKS = (
    "create_deployment",
    "update_deployment",
    "copy_objects",
    "deploy_dags",
    "run_tests",
    "delete_deployment",
)
WORK = ROOT / ".work" / "demo"
ENDED = {"success", "failed", "upstream_failed", "skipped"}


def main(arguments: list[str]) -> int:
    """Run the demo; returns the exit code.

    :param arguments: ``--keep`` keeps everything running after the run.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    dags = WORK / "deployed_dags"
    dags.mkdir()
    deployed = LocalAirflow(python_of("airflow-3"), WORK / "deployed_airflow", dags, without=["triggerer"])
    emulator = EmulatorProcess(free_port(), deployed.url, dags)
    try:
        airflow = LocalAirflow(
            python_of("airflow-3"),
            WORK / "airflow",
            ROOT / "example_dags",
            connections={"astro_default": emulator.connection()},
            variables={"AIRFLOW_VAR_WAREHOUSE_PASSWORD": secrets.token_hex(8)},
        )
        say("Starting the Astro API emulator, Airflow, and a second Airflow for the ephemeral Deployment ...")
        began = time.monotonic()
        with ExitStack() as running, ThreadPoolExecutor() as both:
            list(both.map(running.enter_context, (airflow, deployed)))
            say(f"Both started in {time.monotonic() - began:.0f} s.\n")
            emulator.add_source()
            good = Run(airflow, emulator).to_its_end() and ran_there(deployed)
            if "--keep" in arguments:
                keep(airflow)
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130
    finally:
        emulator.stop()
    return 0 if good else 1


def ran_there(deployed: LocalAirflow) -> bool:
    """Report what ran in the Airflow of the ephemeral Deployment; return whether it succeeded.

    :param deployed: That Airflow.
    """
    query = "SELECT run_id, state FROM dag_run WHERE dag_id = 'smoke_test'"
    runs = deployed.metadata.rows(query)
    for run_id, state in runs:
        say(f"In the Deployment's Airflow, the run {run_id} of smoke_test ended with the state {state}:")
        for line in re.findall(r'"([^"]* is fine[^"]*)"', deployed.task_log("smoke_test", run_id, "check")):
            say(f"  {line}")
    return [state for _, state in runs] == ["success"]


def keep(airflow: LocalAirflow) -> None:
    """Keep everything running until the user presses Ctrl-C.

    :param airflow: The Airflow that is running.
    """
    airflow.command("pools", "set", "astro_deletes", "5", "Deletes of Astro Deployments")
    say(f"\nAirflow UI: {airflow.url} (no login needed). The connection astro_default is already set up.")
    say(f"DAG: {airflow.url}/dags/{DAG}\nPress Ctrl-C to stop.")
    while True:
        time.sleep(3600)


def say(line: str) -> None:
    """Print a line at once.

    :param line: The line.
    """
    print(line, flush=True)


class EmulatorProcess:
    """The emulator in its own process, as a user would start it.

    :param port: Its TCP port.
    :param airflow: Address of the Airflow that stands for those of ephemeral Deployments.
    :param dags: Its DAGs folder.
    """

    def __init__(self, port: int, airflow: str, dags: Path) -> None:
        self.port = port
        self._command = [sys.executable, "-m", "astro_provider.emulator", "--port", str(port)]
        self.log = WORK / "emulator.log"
        options = ["--progress", "seconds:3", "--airflow", "ephemeral-*", airflow, str(dags)]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*self._command, *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        if not comes_up(self._process, port):
            sys.exit(f"The emulator did not start:\n{self.log.read_text()}")

    def connection(self) -> dict[str, Any]:
        """Return the Airflow connection for it."""
        shown = subprocess.run([*self._command, "--show-connection"], capture_output=True, text=True, check=True)
        connection: dict[str, Any] = json.loads(shown.stdout)
        return connection

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return a response of its control API.

        :param path: Path of the control API.
        :param body: What to post; ``None``: a GET.
        """
        return call(f"http://127.0.0.1:{self.port}/_emulator/{path}", body)

    def add_source(self) -> None:
        """Add the Deployment ``development``, with what the example copies from it."""
        deployment_id = self.ask("deployments", {"name": "development", "astroRuntimeVersion": "3.1-5"})["id"]
        airflow = f"http://127.0.0.1:{self.port}/airflow/{deployment_id}/api/v2"
        token = str(self.connection()["password"])
        warehouse = {"conn_type": "postgres", "host": "warehouse.example.com", "login": "etl", "password": "secret"}
        call(f"{airflow}/connections", {"connection_id": "warehouse", **warehouse}, token)
        call(f"{airflow}/variables", {"key": "warehouse_tables", "value": "orders customers"}, token)
        call(f"{airflow}/pools", {"name": "warehouse", "slots": 2, "description": "Queries at a time"}, token)

    def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait()


def call(url: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
    """Return the response to a request.

    :param url: Where to.
    :param body: What to post; ``None``: a GET.
    :param token: A bearer token.
    """
    content = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(url, content, headers), timeout=30) as answer:
        return json.load(answer)


@dataclass
class Step:
    """What the demo has observed of one task.

    :param states: Its states in order, with the time at which each was first seen.
    :param calls: How many calls of the Astro API and of Deployments' Airflows were made while it ran.
    """

    states: list[tuple[str, float]] = field(default_factory=list)
    calls: int = 0

    def sees(self, state: str) -> bool:
        """Record a state; return whether it is new.

        :param state: The task's state.
        """
        if self.states and self.states[-1][0] == state:
            return False
        self.states.append((state, time.monotonic()))
        return True


class Run:
    """One run of the example, reported while it is in progress.

    :param airflow: Where it runs.
    :param emulator: What it talks to.
    """

    def __init__(self, airflow: LocalAirflow, emulator: EmulatorProcess) -> None:
        self.airflow = airflow
        self.emulator = emulator
        self.steps = {task: Step() for task in TASKS}
        self.began = time.monotonic()
        self.run_id = airflow.trigger(DAG)

    def to_its_end(self) -> bool:
        """Report the run until it ends; return whether it succeeded."""
        say(f"DAG {DAG}, run {self.run_id}:")
        counted = 0
        while True:
            state = self.airflow.metadata.run_state(DAG, self.run_id)
            calls = len(self.emulator.ask("requests")["requests"])
            self._look(calls - counted)
            counted = calls
            if state in {"success", "failed"}:
                break
            time.sleep(0.3)
        return self._summary(state, counted)

    def _look(self, new_calls: int) -> None:
        tasks = self.airflow.metadata.tasks(DAG, self.run_id)
        at_work = [name for name in TASKS if name in tasks and tasks[name].state in {"running", "deferred"}]
        at_work += [name for name in TASKS if self.steps[name].states and self.steps[name].states[-1][0] not in ENDED]
        if at_work:
            self.steps[at_work[0]].calls += new_calls
        for name in TASKS:
            state = tasks[name].state if name in tasks else "none"
            if state not in {"none", "scheduled"} and self.steps[name].sees(state):
                self._tell(name, state)

    def _tell(self, name: str, state: str) -> None:
        at = time.monotonic() - self.began
        words = {"deferred": "waiting in the triggerer", "success": "done", "failed": "FAILED"}
        say(f"  {at:6.1f} s  {name:<18} {words.get(state, state)}")
        if name == "create_deployment" and state == "deferred":
            link = self.airflow.metadata.xcom(DAG, self.run_id, name, "astro_url")
            say(f"            {'':<18} Open in Astro: {json.loads(link or 'null')}")
        if state == "failed":
            say(self.airflow.task_log(DAG, self.run_id, name)[-3000:])

    def _summary(self, state: str, calls: int) -> bool:
        left = self.emulator.ask("health")["deployments"] - 1  # but for "development"
        say(f"\n  {'Task':<18} {'State':<9} {'Duration':>8}  Calls")
        for name, step in self.steps.items():
            took = step.states[-1][1] - step.states[0][1] if step.states else 0.0
            last = step.states[-1][0] if step.states else "not run"
            say(f"  {name:<18} {last:<9} {took:>6.1f} s  {step.calls}")
        say(f"\nThe run finished after {time.monotonic() - self.began:.0f} s with the state {state}.")
        say(f"Calls: {calls}, those of Deployments' Airflows included. Ephemeral Deployments left: {left}.")
        say(f"Task logs: {Path(self.airflow.home, 'logs').relative_to(ROOT)}")
        return state == "success" and left == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
