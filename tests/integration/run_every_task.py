"""Runs a task of every public class with ``dag.test()``, in a process of its own; prints the state of each.

Nothing that they name exists at Astro, so each ends soon, once it has begun to do its work.
"""

from __future__ import annotations

import json
import os
import tempfile
from datetime import datetime

from airflow.providers.common.compat.sdk import DAG

from astro_provider.emulator import Emulator
from tests.public_classes import TASKS, sample


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        run()


def run() -> None:
    with Emulator() as astro, DAG("every_task", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
        os.environ["AIRFLOW_CONN_ASTRO_DEFAULT"] = json.dumps(astro.connection())
        for cls in TASKS:
            cls(task_id=cls.__name__, **sample(cls))
        for ti in dag.test().get_task_instances():
            print(f"RESULT {ti.task_id} {getattr(ti.state, 'value', ti.state)}", flush=True)


if __name__ == "__main__":
    main()
