"""``make demo`` and ``make ui``: the ephemeral-Deployment example in a real Airflow, against the emulator.

A second real Airflow stands for the one of the ephemeral Deployment: the DAG that is deployed there really runs.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from astro_provider.emulator import Emulator
from dev.airflow import LocalAirflow
from dev.conditions import is_open
from dev.environments import ROOT, python_of
from dev.examples import EPHEMERAL, IMAGE, everything, image_variable, stored_connection
from dev.images import MemoryRegistry
from dev.ui import keep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dev.metadata import Task

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
#: Airflow 3.3.2 can lose a task that comes back from the triggerer within seconds: its scheduler is still busy with the
#: event that the task has left its worker.
SLOW_ENOUGH = "seconds:5"
GOOD = """
It worked. To look around in the UI, with the same emulator: make ui
To write a DAG of your own: docs/quickstart.md"""
#: The port at which the Astro CLI expects an Astro on this machine.
ASTRO_CLI_PORT = 8888


def main(arguments: list[str]) -> int:
    """Run the demo; returns the exit code.

    :param arguments: ``--keep`` keeps everything running after the run.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    logging.basicConfig(filename=WORK / "emulator.log", level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    say("Starting the Astro API emulator, Airflow, and a second Airflow for the ephemeral Deployment.")
    say("This takes half a minute, or two on a busy machine ...")
    try:
        began = time.monotonic()
        with running(WORK, python_of("airflow-3"), 0 if is_open(ASTRO_CLI_PORT) else ASTRO_CLI_PORT) as demo:
            say(f"Both started in {time.monotonic() - began:.0f} s.\n")
            good = Run(demo.airflow, demo.astro).to_its_end() and ran_there(demo.deployed)
            if not good:
                say("\nThe demo did not succeed. Please report what it printed.")
            elif "--keep" not in arguments:
                say(GOOD)
            if "--keep" in arguments:
                keep(demo.airflow, demo.astro, DAG, WORK / "environment.sh")
            say("Stopping both Airflows ...")
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130
    return 0 if good else 1


@dataclass(frozen=True)
class Demo:
    """What is running.

    :param airflow: The Airflow that has the examples.
    :param deployed: The one that stands for those of ephemeral Deployments.
    :param astro: The emulator, with what every example expects.
    """

    airflow: LocalAirflow
    deployed: LocalAirflow
    astro: Emulator


@contextmanager
def running(home: Path, python: Path, port: int = 0) -> Iterator[Demo]:
    """Run two Airflows of one line, the emulator and an image registry.

    :param home: Folder for everything that they write.
    :param python: Interpreter of the environment that Airflow is installed in.
    :param port: The emulator's TCP port; 0: a free one.
    """
    dags = home / "deployed_dags"
    dags.mkdir(parents=True)
    with (
        MemoryRegistry() as registry,
        Emulator(port, SLOW_ENOUGH, registry=registry.address, quiet=False) as astro,
        ExitStack() as at_the_end,
    ):
        for tag in (IMAGE[1], "latest"):
            registry.push(IMAGE[0], tag, IMAGE[2])
        everything(astro)
        airflow = LocalAirflow(
            python,
            home / "airflow",
            ROOT / "example_dags",
            connections={"astro_default": stored_connection(astro)},
            variables={
                "AIRFLOW_VAR_WAREHOUSE_PASSWORD": secrets.token_hex(8),
                "AIRFLOW_VAR_AUDIT_LOGS_FOLDER": str(home / "audit_logs"),
                "AIRFLOW_VAR_ACCESS_REPORTS_FOLDER": str(home / "access_reports"),
                **image_variable(registry),
            },
        )
        deployed = LocalAirflow(python, home / "deployed_airflow", dags, without=["triggerer"])
        astro.bind_airflow(EPHEMERAL, deployed.url, dags_folder=dags)
        for each in (airflow, deployed):
            at_the_end.callback(each.stop)
        with ThreadPoolExecutor() as pool:
            list(pool.map(LocalAirflow.start, (airflow, deployed)))
        airflow.command("pools", "set", "astro_deletes", "5", "Deletes of Astro Deployments")
        yield Demo(airflow, deployed, astro)


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


def say(line: str) -> None:
    """Print a line at once.

    :param line: The line.
    """
    print(line, flush=True)


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
    :param astro: What it talks to.
    """

    def __init__(self, airflow: LocalAirflow, astro: Emulator) -> None:
        self.airflow = airflow
        self.astro = astro
        self.steps = {task: Step() for task in TASKS}
        self.began = time.monotonic()
        self.run_id = airflow.trigger(DAG)

    def to_its_end(self) -> bool:
        """Report the run until it ends; return whether it succeeded."""
        say(f"DAG {DAG}, run {self.run_id}:")
        before = counted = len(self.astro.requests)
        while True:
            state = self.airflow.metadata.run_state(DAG, self.run_id)
            calls = len(self.astro.requests)
            self.look(calls - counted)
            counted = calls
            if state in {"success", "failed"}:
                break
            time.sleep(0.3)
        return self._summary(state, counted - before)

    def look(self, new_calls: int = 0) -> None:
        """Report what has changed since the last look.

        :param new_calls: How many calls were made since then.
        """
        tasks = self.airflow.metadata.tasks(DAG, self.run_id)
        at_work = [name for name in TASKS if name in tasks and tasks[name].state in {"running", "deferred"}]
        at_work += [name for name in TASKS if self.steps[name].states and self.steps[name].states[-1][0] not in ENDED]
        if at_work:
            self.steps[at_work[0]].calls += new_calls
        for name in (name for name in TASKS if name in tasks):
            if tasks[name].state not in {"none", "scheduled"} and self.steps[name].sees(tasks[name].state):
                self._tell(tasks[name])

    def _tell(self, task: Task) -> None:
        at = time.monotonic() - self.began
        words = {"deferred": "waiting in the triggerer", "success": "done", "failed": "FAILED"}
        attempt = f" (attempt {task.try_number})" if task.try_number > 1 and task.state not in ENDED else ""
        say(f"  {at:6.1f} s  {task.task_id:<18} {words.get(task.state, task.state)}{attempt}")
        if task.task_id == "create_deployment" and task.state == "deferred":
            link = self.airflow.metadata.xcom(DAG, self.run_id, task.task_id, "astro_url")
            self._add(f"Open in Astro: {json.loads(link or 'null')}")
        if task.state == "up_for_retry":
            for line in self._retry_explained(task.task_id):
                self._add(line)
        if task.state == "failed":
            say(self.airflow.task_log(DAG, self.run_id, task.task_id)[-3000:])

    @staticmethod
    def _add(line: str) -> None:
        say(f"            {'':<18} {line}")

    def _retry_explained(self, name: str) -> Iterator[str]:
        """Say why Airflow tries a task again, and that nothing is wrong with that."""
        errors = []
        for line in self.airflow.task_log(DAG, self.run_id, name).splitlines():
            entry = json.loads(line) if line.startswith("{") else {}
            if entry.get("level") in {"error", "critical"}:
                errors.append(str(entry.get("event")))
        if errors:
            yield f"This attempt ended with an error: {errors[-1]}"
        else:
            yield "The task's log has no error: Airflow itself ended this attempt. On a busy machine, its scheduler"
            yield "sometimes loses sight of a task that has just come back from the triggerer."
        yield "The task has retries, so Airflow tries it again after 10 s. The new attempt continues with what this"
        yield "one did; nothing is done twice."

    def _summary(self, state: str, calls: int) -> bool:
        left = sum(deployment["name"].startswith("ephemeral-") for deployment in self.astro.deployments)
        say(f"\n  {'Task':<18} {'State':<9} {'Duration':>8}  Calls")
        for name, step in self.steps.items():
            took = step.states[-1][1] - step.states[0][1] if step.states else 0.0
            last = step.states[-1][0] if step.states else "not run"
            say(f"  {name:<18} {last:<9} {took:>6.1f} s  {step.calls}")
        say(f"\nThe run finished after {time.monotonic() - self.began:.0f} s with the state {state}.")
        say(f"It made {calls} calls to the Astro API and to the Deployment's Airflow.")
        say(f"Ephemeral Deployments left: {left}.")
        say(f"Task logs: {Path(self.airflow.home, 'logs').relative_to(ROOT)}")
        return state == "success" and left == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
