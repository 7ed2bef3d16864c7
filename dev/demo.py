"""``make demo`` and ``make ui``: the ephemeral-Deployment example in a real Airflow, against the emulator."""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.airflow import LocalAirflow, comes_up, free_port
from dev.environments import ROOT, python_of

DAG = "example_ephemeral_deployment"
TASKS = ("create_deployment", "update_deployment", "run_tests", "delete_deployment")
WORK = ROOT / ".work" / "demo"
ENDED = {"success", "failed", "upstream_failed", "skipped"}


def main(arguments: list[str]) -> int:
    """Run the demo; returns the exit code.

    :param arguments: ``--keep`` keeps everything running after the run.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    emulator = EmulatorProcess(free_port())
    try:
        airflow = LocalAirflow(
            python_of("airflow-3"),
            WORK / "airflow",
            ROOT / "example_dags",
            connections={"astro_default": emulator.connection()},
            variables={"AIRFLOW_VAR_WAREHOUSE_PASSWORD": secrets.token_hex(8)},
        )
        say("Starting the Astro API emulator and Airflow (API server, DAG processor, scheduler, triggerer) ...")
        began = time.monotonic()
        with airflow:
            say(f"Airflow started in {time.monotonic() - began:.0f} s.\n")
            good = Run(airflow, emulator).to_its_end()
            if "--keep" in arguments:
                keep(airflow)
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130
    finally:
        emulator.stop()
    return 0 if good else 1


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
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._command = [sys.executable, "-m", "astro_provider.emulator", "--port", str(port)]
        self.log = WORK / "emulator.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*self._command, "--progress", "seconds:3"], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        if not comes_up(self._process, port):
            sys.exit(f"The emulator did not start:\n{self.log.read_text()}")

    def connection(self) -> dict[str, Any]:
        """Return the Airflow connection for it."""
        shown = subprocess.run([*self._command, "--show-connection"], capture_output=True, text=True, check=True)
        connection: dict[str, Any] = json.loads(shown.stdout)
        return connection

    def ask(self, path: str) -> Any:
        """Return a response of its control API.

        :param path: Path of the control API.
        """
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_emulator/{path}", timeout=10) as answer:
            return json.load(answer)

    def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait()


@dataclass
class Step:
    """What the demo has observed of one task.

    :param states: Its states in order, with the time at which each was first seen.
    :param calls: How many Astro API calls were made while it ran.
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
        left = self.emulator.ask("health")["deployments"]
        say(f"\n  {'Task':<18} {'State':<9} {'Duration':>8}  Astro API calls")
        for name, step in self.steps.items():
            took = step.states[-1][1] - step.states[0][1] if step.states else 0.0
            last = step.states[-1][0] if step.states else "not run"
            say(f"  {name:<18} {last:<9} {took:>6.1f} s  {step.calls}")
        say(f"\nThe run finished after {time.monotonic() - self.began:.0f} s with the state {state}.")
        say(f"Astro API calls: {calls}. Remaining Deployments: {left}.")
        say(f"Task logs: {Path(self.airflow.home, 'logs').relative_to(ROOT)}")
        return state == "success" and left == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
