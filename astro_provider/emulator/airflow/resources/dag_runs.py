"""DAG runs: start, list, change, clear."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.airflow import progress
from astro_provider.emulator.airflow.clearing import chosen_tasks, clear
from astro_provider.emulator.airflow.documents import (
    CURSORS,
    find_dag,
    shown_run,
    shown_task_instance,
    shown_task_reference,
)
from astro_provider.emulator.airflow.pages import (
    MOST,
    in_ranges,
    limit_and_offset,
    matches_pattern,
    order_of,
    ordered,
    query_ranges,
)
from astro_provider.emulator.airflow.problems import Refusal, crash, missing, refused
from astro_provider.emulator.airflow.routing import VIEWER, AirflowCall, Routes
from astro_provider.emulator.airflow.run_bodies import (
    Batch2,
    Batch3,
    Clear2,
    Clear3,
    State2,
    State3,
    Trigger2,
    Trigger3,
)

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document

routes = Routes(secrets=["conf"])
STATES = ("queued", "running", "success", "failed")
#: ``[scheduler] allowed_run_id_pattern``.
RUN_ID = re.compile(r"^[A-Za-z0-9_.~:+-]+$")
#: Beginnings of run ids that are Airflow's own, by line.
RESERVED = {2: ("scheduled", "backfill", "dataset_triggered"), 3: ("scheduled", "backfill", "asset_triggered")}
_DATES = ("start_date", "end_date", "updated_at")
_RANGES = {2: ("execution_date", *_DATES), 3: ("run_after", "logical_date", *_DATES)}
_LIST_2 = " ".join(f"{name}_{way}" for name in _RANGES[2] for way in ("gte", "lte"))
_ORDERS = {name: name for name in ("state", "dag_id", "start_date", "end_date", "logical_date")} | {
    "dag_run_id": "run_id",
    "execution_date": "logical_date",
    "run_id": "run_id",
    "run_after": "run_after",
    "updated_at": "updated_at",
}


@routes.on("GET", "/dags/{dag_id}/dagRuns", f"limit offset order_by state fields {_LIST_2}")
def list_runs(call: AirflowCall) -> Document:
    """List the runs of a DAG, or of all DAGs."""
    dag_id = call.path["dag_id"]
    if call.is_v2 and dag_id != "~":
        find_dag(call)
    states = call.all("state")
    if call.is_v2 and set(states) - set(STATES):
        raise Refusal(422, v2=f"Invalid value for state. Valid values are {', '.join(STATES)}")
    limit, offset = limit_and_offset(call)
    ranges = query_ranges(call, _RANGES[call.line.major])
    found = _matching(call, None if dag_id == "~" else [dag_id], states, ranges, is_read=offset == 0)
    if call.is_v2:
        pattern, version, types = call.one("run_id_pattern"), call.one("bundle_version"), call.all("run_type")
        found = [
            run
            for run in found
            if (pattern is None or matches_pattern(pattern, run["run_id"]))
            and (version is None or run["bundle_version"] == version)
            and (not types or run["run_type"] in types)
        ]
    return _page(call, ordered(found, order_of(call), _ORDERS), limit, offset)


@routes.on("POST", "/dags/~/dagRuns/list", role=VIEWER)
def list_runs_of_dags(call: AirflowCall) -> Document:
    """List runs of many DAGs."""
    body = call.body(Batch3 if call.is_v2 else Batch2)
    ranges = {name: value for name, value in body.items() if name.endswith(("_gte", "_gt", "_lte", "_lt"))}
    ranges = {name: value for name, value in ranges.items() if not name.startswith("duration")}
    limit, offset = min(body.get("page_limit", MOST), MOST), body.get("page_offset", 0)
    found = _matching(call, body.get("dag_ids") or None, body.get("states") or [], ranges, is_read=offset == 0)
    return _page(call, ordered(found, [body.get("order_by") or "id"], _ORDERS), limit, offset)


@routes.on("POST", "/dags/{dag_id}/dagRuns")
def trigger_run(call: AirflowCall) -> Document:
    """Start a run."""
    name = call.path["dag_id"]
    dag = call.metadata.get("dag", name)
    body = call.body(Trigger3) if call.is_v2 else None  # Airflow 3 reads the body first
    if dag is None or dag["is_stale"]:
        raise missing("DAG", f"DAG with dag_id: '{name}' not found", f"Dag with dag_id: '{name}' not found")
    if dag["has_import_errors"]:
        two, three = (f"{word} with dag_id: '{name}' has import errors" for word in ("DAG", "Dag"))
        raise Refusal(400, ("DAG cannot be triggered", two), f"{three} and cannot be triggered")
    if body is None:
        body = _read_trigger_2(call)
    run = _new_run(call, dag, body)
    _check_free(call, run, asked_for_date=bool(body.get("logical_date")))
    progress.begin(call.metadata, dag, run)
    return shown_run(call, progress.store_run(call.metadata, run))


@routes.on("GET", "/dags/{dag_id}/dagRuns/{dag_run_id}", "fields")
def get_run(call: AirflowCall) -> Document:
    """Show a run; that counts as a read."""
    return shown_run(call, progress.move_on(call.metadata, _find_run(call), is_read=True))


@routes.on("PATCH", "/dags/{dag_id}/dagRuns/{dag_run_id}")
def change_run(call: AirflowCall) -> Document:
    """Put a run into a state, or note something about it."""
    name = call.path
    run = call.metadata.get("run", progress.run_key(name["dag_id"], name["dag_run_id"]))
    if run is None:
        text = f"Dag Run id {name['dag_run_id']} not found in dag {name['dag_id']}"
        raise Refusal(404, (text, None), _not_found_3(call))
    body = call.body(State3 if call.is_v2 else State2)
    if "note" in body:
        run["note"] = body["note"]
    if state := body.get("state"):
        progress.move_on(call.metadata, run, is_read=False)
        if state == "queued":
            run |= {"start_date": None, "end_date": None, "queued_at": call.metadata.now()}
        progress.hold(run, state, call.metadata.now())
    return shown_run(call, progress.store_run(call.metadata, run))


@routes.on("DELETE", "/dags/{dag_id}/dagRuns/{dag_run_id}")
def delete_run(call: AirflowCall) -> None:
    """Delete a run."""
    run = _find_run(call, title="Not Found")
    if call.is_v2 and run["state"] == "running":
        at = f"dag_id: `{run['dag_id']}` and run_id: `{run['run_id']}`"
        raise Refusal(409, v2=f"The DagRun with {at} cannot be deleted in running state")
    call.metadata.delete("run", run["id"])


@routes.on("POST", "/dags/{dag_id}/dagRuns/{dag_run_id}/clear")
def clear_run(call: AirflowCall) -> Document:
    """Clear the tasks of a run, or say which it would clear."""
    name = call.path
    run = call.metadata.get("run", progress.run_key(name["dag_id"], name["dag_run_id"]))
    if run is None:
        text = f"Dag Run id {name['dag_run_id']} not found in dag   {name['dag_id']}"
        raise Refusal(404, (text, None), _not_found_3(call))
    body = call.body(Clear3 if call.is_v2 else Clear2)
    progress.move_on(call.metadata, run, is_read=False)
    tasks = chosen_tasks(run, None, only_failed=body.get("only_failed", False))
    if body.get("dry_run", True):
        if not call.is_v2:
            return {"task_instances": [shown_task_reference(run, task) for task in tasks]}
        shown = [shown_task_instance(call, run, task) for task in tasks]
        return {"task_instances": shown, "total_entries": len(shown)}
    if "note" in body:
        run["note"] = body["note"]
    clear(call.metadata, find_dag(call), run, tasks, reset_run=True)
    return shown_run(call, run)


def _read_trigger_2(call: AirflowCall) -> Document:
    raw = call.raw if isinstance(call.raw, dict) else {}
    if "conf" in raw and raw["conf"] is None:
        raise refused(400, "None is not of type 'object' - 'conf'")
    for name in ("logical_date", "execution_date"):
        if name in raw and raw[name] is None:
            raise refused(400, f"{{'{name}': ['Field may not be null.']}}")
    body = call.body(Trigger2)
    dates = [body[name] for name in ("logical_date", "execution_date") if name in body]
    if len(set(dates)) > 1:
        detail = f"{raw['logical_date']!r} != {raw['execution_date']!r}"
        raise Refusal(400, ("logical_date conflicts with execution_date", detail))
    return {**body, **({"logical_date": dates[0]} if dates else {})}


def _new_run(call: AirflowCall, dag: Document, body: Document) -> Document:
    now = call.metadata.now()
    logical = body.get("logical_date") or (None if call.is_v2 else now)
    run_after = body.get("run_after") or (now if call.is_v2 else logical)
    run_id = body.get("dag_run_id") or f"manual__{run_after if call.is_v2 else logical}"
    _check_run_id(call, run_id)
    run = progress.new_run(call.metadata, dag, run_id, call.user)
    run |= {"logical_date": logical, "run_after": run_after, "conf": body.get("conf", {}), "note": body.get("note")}
    run["data_interval_start"] = body.get("data_interval_start") or logical
    run["data_interval_end"] = body.get("data_interval_end") or logical
    return run


def _check_run_id(call: AirflowCall, run_id: str) -> None:
    major = call.line.major
    for kind in RESERVED[major]:
        if run_id.startswith(f"{kind}__"):
            text = f"A manual DAG run cannot use ID {run_id!r} since it is reserved for {kind} runs"
            raise refused(400, text)
    if major == 3 and ".." in run_id:
        raise refused(400, f"The run_id {run_id!r} must not contain '..' to prevent path traversal")
    if not RUN_ID.match(run_id):
        if major == 2:
            raise crash(2)
        own = r"^(?:manual|scheduled|asset_triggered)__(?:\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+00:00)$"
        text = f"The run_id provided {run_id!r} does not match regex pattern '{RUN_ID.pattern}' or '{own}'"
        raise refused(400, text)
    if len(run_id) > 250:
        raise crash(major)  # the database refuses it


def _check_free(call: AirflowCall, run: Document, *, asked_for_date: bool) -> None:
    """Refuse a run whose id or date is taken. Only Airflow 2 says which."""
    of_dag = [each for each in call.metadata.all("run") if each["dag_id"] == run["dag_id"]]
    same_date = run["logical_date"] is not None and any(run["logical_date"] == each["logical_date"] for each in of_dag)
    same_id = any(run["run_id"] == each["run_id"] for each in of_dag)
    if not same_id and not (same_date and asked_for_date):
        return
    what = f"DAGRun ID: '{run['run_id']}'"
    if same_date:
        what = f"DAGRun logical date: '{run['logical_date'].replace('T', ' ')}'"
    text = f"DAGRun with DAG ID: '{run['dag_id']}' and {what} already exists"
    raise Refusal(409, (None, text), call.line.unique_violation())


def _not_found_3(call: AirflowCall) -> str:
    name = call.path
    return f"The DagRun with dag_id: `{name['dag_id']}` and run_id: `{name['dag_run_id']}` was not found"


def _find_run(call: AirflowCall, title: str = "DAGRun not found") -> Document:
    name = call.path
    run = call.metadata.get("run", progress.run_key(name["dag_id"], name["dag_run_id"]))
    if run is None:
        two = f"DAGRun with DAG ID: '{name['dag_id']}' and DagRun ID: '{name['dag_run_id']}' not found"
        raise Refusal(404, (title, two), _not_found_3(call))
    return run


def _matching(
    call: AirflowCall, dag_ids: list[str] | None, states: list[Any], ranges: dict[str, Any], *, is_read: bool
) -> list[Document]:
    """Return the runs that a list finds. Only its first page counts as a read: of all runs of the DAGs in question."""
    found = [run for run in call.metadata.all("run") if dag_ids is None or run["dag_id"] in dag_ids]
    found = [progress.move_on(call.metadata, run, is_read=is_read) for run in found]
    return [run for run in found if (not states or run["state"] in states) and in_ranges(run, ranges)]


def _page(call: AirflowCall, found: list[Document], limit: int, offset: int) -> Document:
    shown = [shown_run(call, run) for run in found[offset : offset + limit]]
    page: Document = {"dag_runs": shown, "total_entries": len(found)}
    return page | (CURSORS if call.is_v2 else {})
