"""Runs an example DAG with ``dag.test()`` in a process of its own: without a fault, then with faults.

Reads ``{"module": "...", "runs": [[{...}, ...], ...]}`` from standard input, the faults of each further run, and
prints a line for each run.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
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
        for faults in [[], *wanted["runs"]]:
            print("RESULT " + json.dumps(run(dag, astro, faults)), flush=True)


def run(dag: Any, astro: Any, faults: list[dict[str, Any]]) -> dict[str, Any]:
    astro.reset()
    PREPARE.get(dag.dag_id, lambda _: None)(astro)
    before = len(astro.deployments)
    for fault in faults:
        astro.fault(**fault)
    state = str(getattr(dag.test().state, "value", "unknown"))
    # Every Deployment that was ever made, by the log that the API itself keeps of what took effect.
    made = [e for e in astro.audit_records if e["method"] == "POST" and e["path"].endswith("/deployments")]
    return {
        "state": state,
        "faults": len(faults) - len(astro.faults.waiting()),
        "calls": len(astro.requests),
        "deployments": len(made),
        "left": len(astro.deployments) - before,
    }


if __name__ == "__main__":
    hurry()
    main()
