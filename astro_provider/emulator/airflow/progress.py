"""How a run and its tasks move on: queued, running, and what was ordered for the end.

A run moves as everything in the emulator does: at once, with each read of it or of its tasks, or with time. It rests
while its DAG is paused, as the scheduler leaves runs of paused DAGs alone.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.progress import Progress
from astro_provider.emulator.resources.deployments.orders import count, orders_for
from astro_provider.emulator.resources.deployments.setup import stored_deployment

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document, Metadata

UNFINISHED = ("queued", "running")
#: States of tasks that are over. Others, such as one that only newer versions of Airflow have, are not.
TASK_ENDS = ("success", "failed", "skipped", "upstream_failed", "removed")
#: States that count as failed when only failed tasks are cleared.
TASK_FAILURES = ("failed", "upstream_failed")


def run_key(dag_id: str, run_id: str) -> str:
    """Return the key of a run.

    :param dag_id: Its DAG.
    :param run_id: Its id.
    """
    return f"{dag_id}/{run_id}"


def new_task(task: Document, map_index: int = -1) -> Document:
    """Return an instance of a task that has not begun.

    :param task: The task in its DAG.
    :param map_index: Its index in a mapped task.
    """
    return {
        "uuid": str(uuid.uuid4()),
        "task_id": task["task_id"],
        "map_index": map_index,
        "operator": task["operator"],
        "state": None,
        "try_number": 0,
        "max_tries": task["retries"],
        "start_date": None,
        "end_date": None,
        "queued_when": None,
        "scheduled_when": None,
        "note": None,
        "tries": [],
    }


def new_run(metadata: Metadata, dag: Document, run_id: str, user: str) -> Document:
    """Return a manual run that is not queued yet, and has no dates.

    :param metadata: The Airflow's metadata.
    :param dag: Its DAG.
    :param run_id: Its id.
    :param user: Who starts it.
    """
    dates = ("logical_date", "data_interval_start", "data_interval_end", "last_scheduling_decision")
    return {
        "dag_id": dag["dag_id"],
        "run_id": run_id,
        **dict.fromkeys(dates),
        "run_after": metadata.now(),
        "run_type": "manual",
        "conf": {},
        "note": None,
        "user": user,
        "bundle_version": dag["bundle_version"],
        "tasks": [new_task(task) for task in dag["tasks"]],
    }


def begin(metadata: Metadata, dag: Document, run: Document) -> None:
    """Queue a run: one that is new, or one that was cleared.

    :param metadata: The Airflow's metadata.
    :param dag: Its DAG.
    :param run: The run.
    """
    order = _taken_order(metadata, run)
    run["order"] = order
    run |= {"state": "queued", "queued_at": metadata.now(), "start_date": None, "end_date": None}
    run["life"] = {}
    end = order.get("state") or ("failed" if order.get("failed_tasks") else "success")
    _progress(metadata, run).begin(run["life"], [["queued", ""], ["running", ""], [end, ""]])


def move_on(metadata: Metadata, run: Document, *, is_read: bool) -> Document:
    """Let a run move on to where it is by now; returns it.

    :param metadata: The Airflow's metadata.
    :param run: The run.
    :param is_read: Whether this is a read of the run or of its tasks.
    """
    if run["state"] not in UNFINISHED or "_steps" not in run["life"]:
        return run
    dag = metadata.get("dag", run["dag_id"])
    progress, life = _progress(metadata, run), run["life"]
    if dag is None or dag["is_paused"]:
        if progress.kind == "seconds":
            life["_since"] = progress.clock()
    elif (is_read or progress.kind != "reads") and progress.read(life):
        _follow(metadata, dag, run, life["status"])
    else:
        return run
    return store_run(metadata, run)


def store_run(metadata: Metadata, run: Document) -> Document:
    """Store a run; returns it.

    :param metadata: The Airflow's metadata.
    :param run: The run.
    """
    return metadata.put("run", run_key(run["dag_id"], run["run_id"]), run)


def hold(run: Document, state: str, now: str) -> None:
    """Let a run end, or wait for nothing, as somebody says who does not wait for its tasks.

    :param run: The run.
    :param state: Its state from now on.
    :param now: The present moment.
    """
    run["life"] = {}
    run["state"] = state
    if state not in UNFINISHED:
        run["end_date"] = now
        for task in run["tasks"]:
            if task["state"] not in TASK_ENDS:
                # As Airflow does: what has begun ends with the run, what has not is left out.
                task["state"] = "success" if state == "success" else "failed" if task["state"] else "skipped"
                task["end_date"] = now


def _progress(metadata: Metadata, run: Document) -> Progress:
    spec = run["order"].get("progress")
    return Progress(spec, metadata.state.clock) if spec else metadata.state.progress


def _taken_order(metadata: Metadata, run: Document) -> dict[str, Any]:
    """Return what was ordered for this run, or else for any run of its DAG, and count it."""
    state = metadata.state
    for order in orders_for(state, "dag_runs", stored_deployment(state, metadata.deployment_id)):
        if order["dag_id"] == run["dag_id"] and order["run_id"] in {None, run["run_id"]} and order["times"] != 0:
            count(state, "dag_runs", order)
            return order
    return {}


def _follow(metadata: Metadata, dag: Document, run: Document, status: str) -> None:
    now = metadata.now()
    run["last_scheduling_decision"] = now
    if run["state"] == "queued" and status != "queued":
        _start(dag, run, now)
    if status not in UNFINISHED:
        _end(dag, run, status, now)
    run["state"] = status


def _start(dag: Document, run: Document, now: str) -> None:
    run["start_date"] = now
    mapped = {task["task_id"]: task for task in dag["tasks"] if task["mapped"] is not None}
    known = {(task["task_id"], task["map_index"]) for task in run["tasks"]}
    for task_id, task in mapped.items():
        if (task_id, -1) in known:
            at = next(n for n, each in enumerate(run["tasks"]) if each["task_id"] == task_id)
            run["tasks"][at : at + 1] = [new_task(task, index) for index in range(task["mapped"])]
    for instance in run["tasks"]:
        if instance["state"] is None:
            instance |= {"state": "running", "start_date": now, "queued_when": now, "scheduled_when": now}
            instance |= {"end_date": None, "try_number": instance["try_number"] + 1}


def _end(dag: Document, run: Document, state: str, now: str) -> None:
    failed = run["order"].get("failed_tasks") or []
    if state == "failed" and not failed and run["tasks"]:
        failed = [run["tasks"][-1]["task_id"]]
    blocked = _downstream(dag, failed)
    for instance in run["tasks"]:
        if instance["state"] != "running":
            continue
        name = instance["task_id"]
        if name in failed or f"{name}[{instance['map_index']}]" in failed:
            instance["state"] = "failed"
            _use_up_tries(instance, now)
        elif name in blocked:
            instance |= {"state": "upstream_failed", "try_number": instance["try_number"] - 1}
        else:
            instance["state"] = "success"
        instance["end_date"] = now
    run["end_date"] = now


def _use_up_tries(instance: Document, now: str) -> None:
    while instance["try_number"] <= instance["max_tries"]:
        remember_try(instance, "failed", now)
        instance["try_number"] += 1


def remember_try(instance: Document, state: str, now: str) -> None:
    """Add a try that is over to the history of a task instance.

    :param instance: The instance.
    :param state: How it ended.
    :param now: The present moment, for one that had no end yet.
    """
    over = {name: value for name, value in instance.items() if name != "tries"}
    instance["tries"].append({**over, "state": state, "end_date": instance["end_date"] or now})


def _downstream(dag: Document, failed: list[str]) -> set[str]:
    found = {name.partition("[")[0] for name in failed}
    blocked: set[str] = set()
    while True:
        new = {
            task["task_id"] for task in dag["tasks"] if task["task_id"] not in found and found & set(task["upstream"])
        }
        if not new:
            return blocked
        found |= new
        blocked |= new
