"""Task instances of runs: list, read, their tries, and clearing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.airflow import progress
from astro_provider.emulator.airflow.clearing import chosen_tasks, clear, with_relatives
from astro_provider.emulator.airflow.documents import (
    CURSORS,
    shown_task_instance,
    shown_task_reference,
    shown_try,
)
from astro_provider.emulator.airflow.pages import MOST, in_ranges, limit_and_offset, query_ranges
from astro_provider.emulator.airflow.problems import Refusal, missing
from astro_provider.emulator.airflow.routing import VIEWER, AirflowCall, Routes
from astro_provider.emulator.airflow.task_bodies import ClearTasks2, ClearTasks3, TaskBatch2, TaskBatch3

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document

routes = Routes()
_RUN = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances"
_ONE = f"{_RUN}/{{task_id}}"
_DATES = ("execution_date", "start_date", "end_date", "updated_at", "duration")
_LIST_2 = "limit offset state pool queue executor " + " ".join(f"{d}_{way}" for d in _DATES for way in ("gte", "lte"))
MAPPED = "Task instance is mapped, add the map_index value to the URL"


@routes.on("GET", _RUN, _LIST_2)
def list_task_instances(call: AirflowCall) -> Document:
    """List the task instances of a run; that counts as a read of the run."""
    if call.is_v2 and "~" not in call.path.values():
        _check_run(call)
    return _listed(call, _pairs(call, None, None))


@routes.on("POST", "/dags/~/dagRuns/~/taskInstances/list", majors=(2,), role=VIEWER)
@routes.on("POST", "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/list", majors=(3,), role=VIEWER)
def list_of_runs(call: AirflowCall) -> Document:
    """List the task instances of many runs."""
    body = call.body(TaskBatch3 if call.is_v2 else TaskBatch2)
    limit, offset = min(body.get("page_limit", MOST), MOST), body.get("page_offset", 0)
    found = _pairs(call, body.get("dag_ids"), body.get("dag_run_ids"), is_read=offset == 0)
    ranges = {name: value for name, value in body.items() if name.endswith(("_gte", "_gt", "_lte", "_lt"))}
    dates = {name: value for name, value in ranges.items() if not name.startswith("duration")}
    states = [None if state == "none" else state for state in body.get("state") or []]
    found = [
        (run, task)
        for run, task in found
        if (not body.get("task_ids") or task["task_id"] in body["task_ids"])
        and (not states or task["state"] in states)
        and in_ranges({**run, **task}, dates)
    ]
    return _page(call, found, limit, offset)


@routes.on("GET", _ONE)
def get_task_instance(call: AirflowCall) -> Document:
    """Show the instance of a task that is not mapped."""
    run, found = _instances(call)
    if not found:
        raise missing("Task instance", None, _not_found_3(call))
    if found[0]["map_index"] != -1:
        raise missing("Task instance", MAPPED, MAPPED)
    return shown_task_instance(call, run, found[0])


@routes.on("GET", f"{_ONE}/{{map_index:int}}", majors=(2,))
@routes.on("GET", f"{_ONE}/{{map_index:index}}", majors=(3,))
def get_mapped_instance(call: AirflowCall) -> Document:
    """Show one instance of a mapped task."""
    run, found = _instances(call)
    for task in found:
        if task["map_index"] == int(call.path["map_index"]):
            return shown_task_instance(call, run, task)
    text = _not_found_3(call, "Mapped Task Instance", f", task_id: `{call.path['task_id']}`, and map_index: ")
    raise missing("Task instance", None, text)


@routes.on("GET", f"{_ONE}/listMapped", f"{_LIST_2} order_by")
def list_mapped(call: AirflowCall) -> Document:
    """List the instances of a mapped task."""
    run, found = _instances(call)
    if found and found[0]["map_index"] == -1 and not _is_mapped(call, run):
        text = f"Task id {call.path['task_id']} is not mapped"
        raise Refusal(404, (text, None), text)
    if not found:
        text = f"Task id {call.path['task_id']} not found"
        raise Refusal(404, (text, None), text)
    return _listed(call, [(run, task) for task in found if task["map_index"] != -1])


@routes.on("GET", f"{_ONE}/tries", "limit offset order_by")
@routes.on("GET", f"{_ONE}/{{map_index:index}}/tries", "limit offset order_by")
def list_tries(call: AirflowCall) -> Document:
    """List the tries of a task instance."""
    run, tries = _tries(call)
    if not tries and call.is_v2:
        at = f"task_id: `{call.path['task_id']}` and map_index: `{call.path.get('map_index', '-1')}`"
        where = f"dag_id: `{run['dag_id']}`, run_id: `{run['run_id']}`"
        raise Refusal(404, v2=f"The Task Instance with {where}, {at} was not found")
    return {"task_instances": [shown_try(call, run, each) for each in tries], "total_entries": len(tries)}


@routes.on("GET", f"{_ONE}/tries/{{task_try_number:int}}")
@routes.on("GET", f"{_ONE}/{{map_index:index}}/tries/{{task_try_number:int}}")
def get_try(call: AirflowCall) -> Document:
    """Show one try of a task instance."""
    run, tries = _tries(call)
    number, index = int(call.path["task_try_number"]), call.path.get("map_index", "-1")
    for each in tries:
        if each["try_number"] == number:
            return shown_try(call, run, each)
    task = call.path["task_id"]
    two = f"dag_id={run['dag_id']}, run_id={run['run_id']}, task_id={task}, map_index={index}, try_number={number}"
    three = f"dag_id: `{run['dag_id']}`, run_id: `{run['run_id']}`, task_id: `{task}`, try_number: `{number}`"
    three = f"The Task Instance with {three} and map_index: `{index}` was not found"
    raise missing("Task instance", f"Task Instance not found for {two}.", three)


@routes.on("POST", "/dags/{dag_id}/clearTaskInstances")
def clear_task_instances(call: AirflowCall) -> Document:
    """Clear task instances, or say which it would clear."""
    dag_id = call.path["dag_id"]
    body = call.body(ClearTasks3 if call.is_v2 else ClearTasks2)
    dag = call.metadata.get("dag", dag_id)
    if dag is None:
        raise Refusal(404, (f"Dag id {dag_id} not found", None), f"The Dag with ID: `{dag_id}` was not found")
    runs = _runs_to_clear(call, dag_id, body)
    task_ids = body.get("task_ids")
    if task_ids is not None:
        relatives = {"upstream": body.get("include_upstream"), "downstream": body.get("include_downstream")}
        task_ids = with_relatives(dag, task_ids, **{name: bool(value) for name, value in relatives.items()})
    flags = {"only_failed": body.get("only_failed", True), "only_running": body.get("only_running", False)}
    chosen = [(run, chosen_tasks(run, task_ids, **flags)) for run in runs]
    if not body.get("dry_run", True):
        for run, tasks in chosen:
            clear(call.metadata, dag, run, tasks, reset_run=body.get("reset_dag_runs", call.is_v2))
    if not call.is_v2:
        return {"task_instances": [shown_task_reference(run, task) for run, tasks in chosen for task in tasks]}
    shown = [shown_task_instance(call, run, task) for run, tasks in chosen for task in tasks]
    return {"task_instances": shown, "total_entries": len(shown), **CURSORS}


def _check_run(call: AirflowCall) -> None:
    dag_id, run_id = call.path["dag_id"], call.path["dag_run_id"]
    if call.metadata.get("run", progress.run_key(dag_id, run_id)) is None:
        raise Refusal(404, v2=f"DagRun with dag_id: `{dag_id}` and run_id: `{run_id}` was not found")


def _runs_to_clear(call: AirflowCall, dag_id: str, body: Document) -> list[Document]:
    wanted = body.get("dag_run_id")
    found = [run for run in call.metadata.all("run") if run["dag_id"] == dag_id and wanted in {None, run["run_id"]}]
    if wanted is not None and not found:
        text = f"Dag Run id {wanted} not found in dag {dag_id}"
        raise Refusal(404, (text, None), text)
    bounds = {"logical_date_gte": body.get("start_date"), "logical_date_lte": body.get("end_date")}
    found = [run for run in found if in_ranges(run, bounds)]
    return [progress.move_on(call.metadata, run, is_read=False) for run in found]


def _pairs(
    call: AirflowCall, dag_ids: list[str] | None, run_ids: list[str] | None, *, is_read: bool | None = None
) -> list[tuple[Document, Document]]:
    """Return the runs that a list is about, each with each of its task instances."""
    count = limit_and_offset(call)[1] == 0 if is_read is None else is_read
    dag_id, run_id = call.path.get("dag_id", "~"), call.path.get("dag_run_id", "~")
    found = []
    for run in call.metadata.all("run"):
        if (
            dag_id in {"~", run["dag_id"]}
            and run_id in {"~", run["run_id"]}
            and (not dag_ids or run["dag_id"] in dag_ids)
            and (not run_ids or run["run_id"] in run_ids)
        ):
            moved = progress.move_on(call.metadata, run, is_read=count)
            found += [(moved, task) for task in moved["tasks"]]
    return found


def _listed(call: AirflowCall, found: list[tuple[Document, Document]]) -> Document:
    states = [None if state in {"none", "no_status"} else state for state in call.all("state")]
    found = [(run, task) for run, task in found if not states or task["state"] in states]
    dates = query_ranges(call, ("logical_date", "start_date", "end_date") if call.is_v2 else _DATES[:3])
    found = [(run, task) for run, task in found if in_ranges({**run, **task}, dates)]
    if call.is_v2:
        task_id, group, index = call.one("task_id"), call.one("task_group_id"), call.all("map_index")
        found = [
            (run, task)
            for run, task in found
            if task_id in {None, task["task_id"]}
            and (group is None or task["task_id"].startswith(f"{group}."))
            and (not index or str(task["map_index"]) in index)
        ]
        found = sorted(found, key=lambda pair: int(pair[1]["map_index"]))
    return _page(call, found, *limit_and_offset(call))


def _page(call: AirflowCall, found: list[tuple[Document, Document]], limit: int, offset: int) -> Document:
    shown = [shown_task_instance(call, run, task) for run, task in found[offset : offset + limit]]
    return {"task_instances": shown, "total_entries": len(found), **(CURSORS if call.is_v2 else {})}


def _instances(call: AirflowCall) -> tuple[Document, list[Document]]:
    key = progress.run_key(call.path["dag_id"], call.path["dag_run_id"])
    run = call.metadata.get("run", key)
    if run is None:
        raise missing("Task instance", None, _not_found_3(call))
    run = progress.move_on(call.metadata, run, is_read=True)
    return run, [task for task in run["tasks"] if task["task_id"] == call.path["task_id"]]


def _tries(call: AirflowCall) -> tuple[Document, list[Document]]:
    run, found = _instances(call)
    index = int(call.path.get("map_index", -1))
    task: Any = next((each for each in found if each["map_index"] == index), None)
    if task is None:
        return run, []
    over = [each for each in task["tries"] if each["try_number"] != task["try_number"]]
    return run, [*over, task]


def _is_mapped(call: AirflowCall, run: Document) -> bool:
    dag = call.metadata.get("dag", run["dag_id"])
    tasks = dag["tasks"] if dag else []
    return any(task["task_id"] == call.path["task_id"] and task["mapped"] is not None for task in tasks)


def _not_found_3(call: AirflowCall, what: str = "Task Instance", then: str = "") -> str:
    name = call.path
    at = f"dag_id: `{name['dag_id']}`, run_id: `{name['dag_run_id']}`"
    if then:
        return f"The {what} with {at}{then}`{name['map_index']}` was not found"
    return f"The {what} with {at} and task_id: `{name['task_id']}` was not found"
