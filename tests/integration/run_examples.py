"""Runs example DAGs with ``dag.test()``, one after the other against one emulator, in a process of its own.

Reads ``[{"dag": "...", "conf": {...}, "previews": [matching, others]}, ...]`` from standard input and prints a line for
each run. A run whose ``dag`` differs from the one before begins with a fresh emulator.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any

from tests.integration.run_example import POLL_INTERVAL, hurry


def main() -> None:
    from astro_provider.emulator import Emulator
    from dev.examples import PREPARE

    last = None
    with Emulator(progress="immediately") as astro:
        os.environ["AIRFLOW_CONN_ASTRO_DEFAULT"] = json.dumps(astro.connection())
        for step in json.load(sys.stdin):
            if step["dag"] != last:
                astro.reset()
                PREPARE.get(step["dag"], lambda _: None)(astro)
            last = step["dag"]
            astro.clear_requests()
            print("RESULT " + json.dumps(run(step, astro)), flush=True)


def run(step: dict[str, Any], astro: Any) -> dict[str, Any]:
    dag = import_module(f"example_dags.{step['dag']}").dag
    for task in dag.tasks:
        hasten = {"poll_interval": POLL_INTERVAL, "retries": 0}
        if hasattr(task, "partial_kwargs"):
            task.partial_kwargs.update(hasten)
        else:
            vars(task).update(hasten)
    dag_run = dag.test(run_conf=step.get("conf"))
    tasks: dict[str, list[str]] = {}
    for ti in dag_run.get_task_instances():
        tasks.setdefault(ti.task_id, []).append(str(getattr(ti.state, "value", ti.state)))
    return {
        "state": str(getattr(dag_run.state, "value", dag_run.state)),
        "tasks": tasks,
        "deployments": {d["name"]: d for d in astro.deployments},
        "calls": [f"{r.method} {r.path.rsplit('/', 1)[-1]}" for r in astro.requests if r.method != "GET"],
    }


if __name__ == "__main__":
    hurry()
    main()
