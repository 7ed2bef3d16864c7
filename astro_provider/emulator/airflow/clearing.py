"""What clearing does to a run and its tasks."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.airflow import progress

if TYPE_CHECKING:
    from collections.abc import Iterable

    from astro_provider.emulator.airflow.metadata import Document, Metadata


def chosen_tasks(
    run: Document, task_ids: Iterable[Any] | None, *, only_failed: bool, only_running: bool = False
) -> list[Document]:
    """Return the task instances of a run that a clear is about.

    :param run: The run.
    :param task_ids: Ids of tasks, or pairs of an id and a map index; ``None``: all.
    :param only_failed: Whether to leave out all but those that failed.
    :param only_running: Whether to leave out all but those that are running.
    """
    found = []
    wanted = (
        None if task_ids is None else [tuple(each) if isinstance(each, (list, tuple)) else each for each in task_ids]
    )
    for task in run["tasks"]:
        if wanted is not None and not {task["task_id"], (task["task_id"], task["map_index"])} & set(wanted):
            continue
        if only_failed and task["state"] not in progress.TASK_FAILURES:
            continue
        if not only_running or task["state"] == "running":
            found.append(task)
    return found


def with_relatives(dag: Document, task_ids: list[Any], *, upstream: bool, downstream: bool) -> list[Any]:
    """Return task ids with those of the tasks before and after them.

    :param dag: The DAG.
    :param task_ids: The ids.
    :param upstream: Whether to add what they wait for.
    :param downstream: Whether to add what waits for them.
    """
    found = list(task_ids)
    tasks = {task["task_id"]: task for task in dag["tasks"]}
    grown = True
    while grown:
        before = len(found)
        if upstream:
            named = [each for each in found if isinstance(each, str) and each in tasks]
            found += [up for each in named for up in tasks[each]["upstream"] if up not in found]
        if downstream:
            found += [name for name, task in tasks.items() if name not in found and set(task["upstream"]) & set(found)]
        grown = len(found) > before
    return found


def clear(metadata: Metadata, dag: Document, run: Document, tasks: list[Document], *, reset_run: bool) -> None:
    """Clear task instances, and let their run begin again.

    :param metadata: The Airflow's metadata.
    :param dag: The DAG.
    :param run: The run; it is stored.
    :param tasks: The instances, of this run.
    :param reset_run: Whether the run is queued again. Without that, one that has ended stays as it is, and its tasks
        are never looked at again.
    """
    now = metadata.now()
    retries = {task["task_id"]: task["retries"] for task in dag["tasks"]}
    for task in tasks:
        if task["try_number"]:
            progress.remember_try(task, task["state"] or "failed", now)
        task["max_tries"] = task["try_number"] + retries.get(task["task_id"], 0)
        task |= {"state": None, "uuid": str(uuid.uuid4())}
    if tasks and reset_run:
        progress.begin(metadata, dag, run)
        run["last_scheduling_decision"] = None
    progress.store_run(metadata, run)
