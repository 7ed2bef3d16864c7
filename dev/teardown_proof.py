"""A full-size nightly teardown in a real Airflow, with 429s and a killed worker: ``python -m dev.teardown_proof``.

There are 250 Deployments, of which 120 match. The emulator enforces Astro's rate limits and rejects some more deletes
with 429. When a third are deleted, a busy worker is killed. Then follow a second run, and a run with a wrong pattern.
"""

from __future__ import annotations

import collections
import contextlib
import os
import secrets
import shutil
import signal
import sys
import time

from astro_provider.emulator import Emulator
from dev.airflow import LocalAirflow
from dev.environments import ROOT, python_of
from dev.examples import BY_HAND, previews, stored_connection

DAG = "example_nightly_teardown"
DELETE = "delete_deployment"


def main(arguments: list[str]) -> int:
    """Run the proof; return the exit code.

    :param arguments: An environment, the number of Deployments that match, and the number of those that do not.
    """
    environment, matching, others = [*arguments, *("airflow-3", "120", "130")[len(arguments) :]]
    home = ROOT / ".work" / f"teardown-{environment}"
    shutil.rmtree(home, ignore_errors=True)
    with Emulator(progress="immediately", rate_limit=True) as astro:
        previews(astro, int(matching), int(others))
        airflow = LocalAirflow(
            python_of(environment),
            home,
            ROOT / "example_dags",
            connections={"astro_default": stored_connection(astro)},
            variables=BY_HAND,
        )
        with airflow:
            airflow.command("pools", "set", "astro_deletes", "5", "Deletes of Astro Deployments")
            return 0 if Proof(airflow, astro, int(matching), int(others)).holds() else 1


class Proof:
    """The three runs, and the checks after them.

    :param airflow: Where they run.
    :param astro: The emulator that they use.
    :param matching: How many Deployments match.
    :param others: How many do not.
    """

    def __init__(self, airflow: LocalAirflow, astro: Emulator, matching: int, others: int) -> None:
        self.airflow = airflow
        self.astro = astro
        self.matching = matching
        self.others = others

    def holds(self) -> bool:
        """Make and report the three runs; return whether all ended as expected."""
        first = self._night(disturbed=True)
        self.astro.clear_requests()
        second = self._night()
        wrong = self._night({"name_pattern": "*", "max_results": 10})
        deletes = [request for request in self.astro.requests if request.method == "DELETE"]
        say(f"Deletes in the second run and in the run with the wrong pattern: {len(deletes)}")
        return (first, second, wrong, len(deletes)) == ("success", "success", "failed", 0)

    def _night(self, conf: dict[str, object] | None = None, *, disturbed: bool = False) -> str:
        began = time.monotonic()
        run_id = self.airflow.trigger(DAG, f"night-{secrets.token_hex(3)}", conf)
        if disturbed:
            self.astro.fault("DELETE", status=429, headers={"Retry-After": "1"}, times=20, skip=10)
            self._kill_one(run_id)
        state = self.airflow.finish(DAG, run_id, timeout=1500)
        say(f"\n{run_id} {conf or ''}: {state} after {time.monotonic() - began:.0f} s; tasks: {self._tasks(run_id)}")
        if disturbed:
            self._tell()
        return state

    def _kill_one(self, run_id: str) -> None:
        """Kill a worker that is running a delete, as soon as a third of the deletes are done."""
        all_of_them = self.matching + self.others
        done = self.matching // 3
        self.airflow.wait_until(lambda: len(self.astro.deployments) <= all_of_them - done, 900, "too few deletes")
        query = "SELECT pid, map_index FROM task_instance WHERE run_id = ? AND task_id = ? AND state = 'running'"
        while True:
            for pid, map_index in self.airflow.metadata.rows(query, run_id, DELETE):
                with contextlib.suppress(ProcessLookupError, TypeError):
                    os.kill(pid, signal.SIGKILL)
                    left = len(self.astro.deployments) - self.others
                    say(f"Killed the worker of {DELETE}[{map_index}] when {left} of {self.matching} deletes were left.")
                    return
            time.sleep(0.05)

    def _tasks(self, run_id: str) -> str:
        query = "SELECT task_id, state, try_number, count(*) FROM task_instance WHERE run_id = ? GROUP BY 1, 2, 3"
        rows = self.airflow.metadata.rows(query, run_id)
        return ", ".join(f"{count} x {task} {state} (attempt {tries})" for task, state, tries, count in rows)

    def _tell(self) -> None:
        answers = collections.Counter(r.status for r in self.astro.requests if r.method == "DELETE")
        seconds = collections.Counter(e["timestamp"][:19] for e in self.astro.audit_records if e["method"] == "DELETE")
        names = [deployment["name"] for deployment in self.astro.deployments]
        say(f"Deletes by response status: {dict(answers)}. Maximum in one second: {max(seconds.values())}.")
        wrongly = [name for name in names if name.removeprefix("pr-").isdigit()]
        say(f"Remaining: {len(names)} of {self.others} that did not match, and {len(wrongly)} that did.")


def say(line: str) -> None:
    """Print a line at once.

    :param line: The line.
    """
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
