"""The DAG of another Deployment, and the tries of a task that runs it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.unit.running import TaskInstance

RUNTIMES = {2: "13.6.0", 3: "3.1-5"}
TASKS = {"extract": [], "load": ["extract"], "report": ["load"]}


def retry(runner: Any, number: int = 2) -> None:
    """The next try of the same task, by Airflow itself."""
    runner.ti = TaskInstance(try_number=number)
    runner.ti.max_tries, runner.ti.task = 9, SimpleNamespace(retries=9)


def cleared(runner: Any, number: int = 2) -> None:
    """The next try of the same task, since a person has cleared it."""
    runner.ti = TaskInstance(try_number=number)
    runner.ti.max_tries, runner.ti.task = number - 1, SimpleNamespace(retries=0)
