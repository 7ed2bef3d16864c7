"""Runs an example DAG with ``dag.test()`` in a process of its own, with something going wrong at each of its calls.

Reads ``{"module": "...", "faults": [[{...}, ...], ...], "step": 1}`` from standard input and prints a line for each
run: first one without a fault, then, for each list of faults, one run in which a fault happens at the first call, one
at the second (or as many later as ``step`` says), and so on through all calls of a run. The faults of a list take
turns.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
from itertools import count
from typing import Any

from dev.examples import PREPARE

POLL_INTERVAL = 0.05
LONGEST_PAUSE = 0.05


def hurry() -> None:
    """Shorten every pause of this process, so that hundreds of retries take seconds."""
    sleep = time.sleep
    time.sleep = lambda seconds: sleep(min(seconds, LONGEST_PAUSE))


def main() -> None:
    from astro_provider.emulator import Emulator

    wanted = json.load(sys.stdin)
    with Emulator(progress="immediately") as astro:
        extra = {"request_timeout": 1, "max_retries": 4}
        os.environ["AIRFLOW_CONN_ASTRO_DEFAULT"] = json.dumps({**astro.connection(), "extra": extra})
        os.environ["AIRFLOW_VAR_WAREHOUSE_PASSWORD"] = "s3cr3t-of-the-warehouse"
        dag = import_module(wanted["module"]).dag
        for task in dag.tasks:
            if hasattr(task, "poll_interval"):
                task.poll_interval = POLL_INTERVAL
        tell(run(dag, astro))
        for turns in wanted["faults"]:
            for number, call in enumerate(count(step=wanted["step"])):
                result = run(dag, astro, {**turns[number % len(turns)], "skip": call})
                if not result["happened"]:
                    break  # the run has no more calls than this
                tell(result)


def run(dag: Any, astro: Any, fault: dict[str, Any] | None = None) -> dict[str, Any]:
    astro.reset()
    PREPARE.get(dag.dag_id, lambda _: None)(astro)
    before = len(astro.deployments)
    if fault:
        astro.fault(**fault)
    state = str(getattr(dag.test().state, "value", "unknown"))
    # Every Deployment that was ever made, by the log that the API itself keeps of what took effect.
    made = [e for e in astro.audit_records if e["method"] == "POST" and e["path"].endswith("/deployments")]
    return {
        "state": state,
        "fault": fault,
        "happened": bool(fault) and not astro.faults.waiting(),
        "calls": len(astro.requests),
        "deployments": len(made),
        "left": len(astro.deployments) - before,
    }


def tell(result: dict[str, Any]) -> None:
    print("RESULT " + json.dumps(result), flush=True)


if __name__ == "__main__":
    hurry()
    main()
