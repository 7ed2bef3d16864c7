"""Runs example DAGs with ``dag.test()``, one after the other, in a process of its own.

Reads ``[{"dag": "...", "conf": {...}, "progress": "...", "typed": "curl ...", "arguments": {"task": {"timeout": 0.2}},
"registry": "127.0.0.1:5000", "variables": {...}}, ...]`` from standard input and prints a line for each run. The
variables go to the environment. A run that differs from the one before in ``dag``, ``progress``, ``typed`` or
``registry`` has a fresh emulator; what is typed takes the place of what ``dev.examples`` prepares.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from itertools import groupby
from typing import Any

from tests.integration.run_example import POLL_INTERVAL, hurry


def main() -> None:
    from astro_provider.emulator import Emulator
    from dev.examples import PREPARE

    for (dag_id, progress, typed, registry), steps in groupby(json.load(sys.stdin), key=found):
        with Emulator(progress=progress, registry=registry or None) as astro:
            os.environ["AIRFLOW_CONN_ASTRO_DEFAULT"] = json.dumps(astro.connection())
            if typed:
                subprocess.run(typed.replace("8899", str(astro.port)), shell=True, check=True)
            else:
                PREPARE.get(dag_id, lambda _: None)(astro)
            for step in steps:
                astro.clear_requests()
                print("RESULT " + json.dumps(run(step, astro)), flush=True)


def found(step: dict[str, Any]) -> tuple[str, str, str, str]:
    """What a run finds: runs with the same, one after the other, share an emulator."""
    return step["dag"], step.get("progress", "immediately"), step.get("typed", ""), step.get("registry", "")


def run(step: dict[str, Any], astro: Any) -> dict[str, Any]:
    dag = import_module(f"example_dags.{step['dag']}").dag
    for task in dag.tasks:
        hasten = {"poll_interval": POLL_INTERVAL, "retries": 0}
        if hasattr(task, "partial_kwargs"):
            task.partial_kwargs.update(hasten)
        else:
            vars(task).update(hasten)
    os.environ.update(step.get("variables", {}))
    for task_id, arguments in step.get("arguments", {}).items():
        vars(dag.get_task(task_id)).update(arguments)
    dag_run = dag.test(run_conf=step.get("conf"))
    tasks: dict[str, list[str]] = {}
    for ti in dag_run.get_task_instances():
        tasks.setdefault(ti.task_id, []).append(str(getattr(ti.state, "value", ti.state)))
    return {
        "state": str(getattr(dag_run.state, "value", dag_run.state)),
        "tasks": tasks,
        "deployments": {d["name"]: d for d in astro.deployments},
        "code": {d["name"]: sorted(astro.dags(d["id"])) for d in astro.deployments},
        "deploys": {d["name"]: deploys(astro, d["id"]) for d in astro.deployments},
        "calls": [f"{r.method} {r.path.rsplit('/', 1)[-1]}" for r in astro.requests if r.method != "GET"],
    }


def deploys(astro: Any, deployment_id: str) -> list[dict[str, Any]]:
    return [each for each in astro.store.all("deploy") if each["deploymentId"] == deployment_id]


if __name__ == "__main__":
    hurry()
    main()
