"""Reads Airflow's metadata database. The tables it needs are the same on both lines."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Task:
    """A task instance.

    :param task_id: The task.
    :param state: Its state.
    :param try_number: Number of the current attempt, from 1; 0 before the first.
    :param pid: Process id of the worker that runs it.
    """

    task_id: str
    state: str
    try_number: int
    pid: int | None


class Metadata:
    """Reads a SQLite metadata database.

    :param path: The database file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query; none while the database is still being created.

        :param query: SQL.
        :param values: Its parameters.
        """
        if not self.path.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as database:
            try:
                return database.execute(query, values).fetchall()
            except sqlite3.OperationalError:
                return []

    def tables(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Yield the name of each table with its rows, by column."""
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as database:
            database.row_factory = sqlite3.Row
            names = [row["name"] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for name in names:
                yield name, [dict(row) for row in database.execute(f'SELECT * FROM "{name}"')]

    def running_jobs(self) -> set[str]:
        """Return the types of Airflow jobs with a heartbeat in the last 30 seconds."""
        recent = "latest_heartbeat > datetime('now', '-30 seconds')"
        return {row[0] for row in self.rows(f"SELECT job_type FROM job WHERE state = 'running' AND {recent}")}

    def knows(self, dag_id: str) -> bool:
        """Whether a DAG has been parsed and can be run.

        :param dag_id: The DAG.
        """
        known = self.rows("SELECT 1 FROM dag WHERE dag_id = ?", dag_id)
        return bool(known and self.rows("SELECT 1 FROM serialized_dag WHERE dag_id = ?", dag_id))

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return a DAG run's state, or empty text if there is no such run.

        :param dag_id: The DAG.
        :param run_id: The run.
        """
        found = self.rows("SELECT state FROM dag_run WHERE dag_id = ? AND run_id = ?", dag_id, run_id)
        return str(found[0][0]) if found else ""

    def tasks(self, dag_id: str, run_id: str) -> dict[str, Task]:
        """Return a run's task instances by task id.

        :param dag_id: The DAG.
        :param run_id: The run.
        """
        found = self.rows(
            "SELECT task_id, state, try_number, pid FROM task_instance WHERE dag_id = ? AND run_id = ?", dag_id, run_id
        )
        return {row[0]: Task(row[0], row[1] or "none", int(row[2] or 0), row[3]) for row in found}

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> str | None:
        """Return an XCom's JSON text.

        :param dag_id: The DAG.
        :param run_id: The run.
        :param task_id: The task.
        :param key: The XCom's key.
        """
        found = self.rows(
            "SELECT value FROM xcom WHERE dag_id = ? AND run_id = ? AND task_id = ? AND key = ?",
            *(dag_id, run_id, task_id, key),
        )
        value = found[0][0] if found else None
        return value.decode() if isinstance(value, bytes) else value
