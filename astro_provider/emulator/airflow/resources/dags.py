"""DAGs and their tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.airflow.bodies import AirflowBody
from astro_provider.emulator.airflow.documents import dag_version, find_dag
from astro_provider.emulator.airflow.pages import limit_and_offset, matches_pattern, order_of, ordered
from astro_provider.emulator.airflow.parsing import BUNDLE
from astro_provider.emulator.airflow.problems import Refusal, missing, refused
from astro_provider.emulator.airflow.progress import move_on
from astro_provider.emulator.airflow.routing import AirflowCall, Routes

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document

routes = Routes()
_FILTERS = "limit offset tags only_active dag_id_pattern"
_ORDERS_2 = {"dag_id": "dag_id"}
_ORDERS_3 = {name: name for name in ("dag_id", "is_paused", "last_parsed_time")} | {"dag_display_name": "dag_id"}


class Pause2(AirflowBody):
    """What of a DAG can be changed: nothing has to be."""

    is_paused: bool = False


class Pause3(AirflowBody):
    """What of a DAG can be changed."""

    is_paused: bool


@routes.on("GET", "/dags", f"{_FILTERS} order_by paused fields")
def list_dags(call: AirflowCall) -> Document:
    """List DAGs."""
    found = _filtered(call)
    orders = order_of(call) if call.is_v2 else [call.one("order_by") or "dag_id"]
    found = ordered(found, orders or ["dag_id"], _ORDERS_3 if call.is_v2 else _ORDERS_2)
    return _page(call, found)


@routes.on("PATCH", "/dags", f"{_FILTERS} update_mask")
def pause_dags(call: AirflowCall) -> Document:
    """Pause or unpause the DAGs that fit."""
    body = call.body(Pause3 if call.is_v2 else Pause2)
    _check_mask(call)
    if not call.is_v2 and call.one("dag_id_pattern") is None:
        raise Refusal(400, (None, "Missing query parameter 'dag_id_pattern'"))
    found = _filtered(call) if call.one("dag_id_pattern") is not None else []
    limit, offset = limit_and_offset(call)
    for dag in found[offset : offset + limit]:
        _change(call, dag, body)
    return _page(call, found)


@routes.on("GET", "/dags/{dag_id}", "fields")
def get_dag(call: AirflowCall) -> Document:
    """Show a DAG."""
    return shown_dag(call, find_dag(call))


@routes.on("PATCH", "/dags/{dag_id}", "update_mask")
def pause_dag(call: AirflowCall) -> Document:
    """Pause or unpause a DAG."""
    body = call.body(Pause3 if call.is_v2 else Pause2)
    _check_mask(call)
    name = call.path["dag_id"]
    dag = call.metadata.get("dag", name)
    if dag is None:
        raise Refusal(404, (f"Dag with id: '{name}' not found", None), f"Dag with id: {name} was not found")
    return shown_dag(call, _change(call, dag, body))


@routes.on("GET", "/dags/{dag_id}/details", "fields")
def get_details(call: AirflowCall) -> Document:
    """Show a DAG with what its file says."""
    dag = find_dag(call)
    parsed = call.moment(dag["last_parsed_time"])
    common: Document = {
        "catchup": False,
        "concurrency": 16,
        "dag_run_timeout": None,
        "doc_md": None,
        "end_date": None,
        "is_paused_upon_creation": dag["paused_upon_creation"],
        "last_parsed": parsed,
        "params": {},
        "render_template_as_native_obj": False,
        "start_date": None,
        "template_search_path": None,
        "timezone": "UTC",
    }
    if not call.is_v2:
        two = {"dataset_expression": None, "orientation": "LR", "pickle_id": None, "schedule_interval": None}
        shown = {**shown_dag(call, dag), **common}
        return {**shown, **two, "schedule_interval": shown_dag(call, dag)["schedule_interval"], "subdags": []}
    return {
        **shown_dag(call, dag),
        **common,
        "active_runs_count": 0,
        "asset_expression": None,
        "default_args": {},
        "is_favorite": False,
        "latest_dag_version": dag_version(call, dag),
        "owner_links": {},
        "rerun_with_latest_version": None,
    }


@routes.on("GET", "/dags/{dag_id}/tasks", "order_by")
def list_tasks(call: AirflowCall) -> Document:
    """List the tasks of a DAG."""
    dag = find_dag(call, detailed=False)
    tasks = sorted(dag["tasks"], key=lambda task: str(task["task_id"]))
    return {"tasks": [_shown_task(call, dag, task) for task in tasks], "total_entries": len(tasks)}


@routes.on("GET", "/dags/{dag_id}/tasks/{task_id}")
def get_task(call: AirflowCall) -> Document:
    """Show a task of a DAG."""
    dag, name = find_dag(call, detailed=False), call.path["task_id"]
    for task in dag["tasks"]:
        if task["task_id"] == name:
            return _shown_task(call, dag, task)
    raise missing("Task", None, f"Task with id {name} was not found")


def shown_dag(call: AirflowCall, dag: Document) -> Document:
    """Return a DAG as a call's Airflow shows it.

    :param call: The call.
    :param dag: The DAG.
    """
    name = dag["dag_id"]
    common: Document = {
        "dag_id": name,
        "dag_display_name": name,
        "is_paused": dag["is_paused"],
        "last_parsed_time": call.moment(dag["last_parsed_time"]),
        "last_expired": None,
        "description": dag["description"],
        "max_active_tasks": 16,
        "max_active_runs": 16,
        "max_consecutive_failed_dag_runs": 0,
        "has_task_concurrency_limits": False,
        "has_import_errors": dag["has_import_errors"],
        "next_dagrun_data_interval_start": None,
        "next_dagrun_data_interval_end": None,
        "owners": ["airflow"],
        "file_token": f"{name}.emulated",
    }
    return common | (_shown_by_3(dag) if call.is_v2 else _shown_by_2(dag))


def _shown_by_2(dag: Document) -> Document:
    schedule = "Dataset" if dag["assets"] else dag["schedule"]
    return {
        "default_view": "grid",
        "fileloc": f"/usr/local/airflow/{dag['file']}",
        "is_active": not dag["is_stale"],
        "is_subdag": False,
        "last_pickled": None,
        "next_dagrun": None,
        "next_dagrun_create_after": None,
        "pickle_id": None,
        "root_dag_id": None,
        "schedule_interval": {"__type": "CronExpression", "value": schedule} if schedule else None,
        "scheduler_lock": None,
        "tags": [{"name": tag} for tag in dag["tags"]],
        "timetable_description": schedule or "Never, external triggers only",
    }


def _shown_by_3(dag: Document) -> Document:
    name = dag["dag_id"]
    summary = "Asset" if dag["assets"] else dag["schedule"]
    return {
        "is_stale": dag["is_stale"],
        "last_parse_duration": 0.1,
        "bundle_name": BUNDLE,
        "bundle_version": dag["bundle_version"],
        "relative_fileloc": dag["file"],
        "fileloc": f"/tmp/airflow/dag_bundles/astro/{BUNDLE}/dags/{dag['bundle_version']}/{dag['file']}",  # noqa: S108
        "timetable_summary": summary,
        "timetable_description": summary or "Never, external triggers only",
        "timetable_partitioned": False,
        "timetable_periodic": bool(dag["schedule"]),
        "tags": [{"name": tag, "dag_id": name, "dag_display_name": name} for tag in dag["tags"]],
        "next_dagrun_logical_date": None,
        "next_dagrun_run_after": None,
        "allowed_run_types": None,
        "is_backfillable": bool(dag["schedule"]),
    }


def _shown_task(call: AirflowCall, dag: Document, task: Document) -> Document:
    module = "airflow.providers.standard.operators.empty" if call.is_v2 else "airflow.operators.empty"
    decorated = task["operator"] == "_PythonDecoratedOperator"
    return {
        "task_id": task["task_id"],
        "task_display_name": task["task_id"],
        "owner": "airflow",
        "start_date": None,
        "end_date": None,
        "trigger_rule": "all_success",
        "depends_on_past": False,
        "wait_for_downstream": False,
        "retries": float(task["retries"]),
        "queue": "default",
        "pool": "default_pool",
        "pool_slots": 1.0,
        "execution_timeout": None,
        "retry_delay": {"__type": "TimeDelta", "days": 0, "seconds": 300, "microseconds": 0},
        "retry_exponential_backoff": 0.0 if call.is_v2 else False,
        "priority_weight": 1.0,
        "weight_rule": "downstream",
        "ui_color": "#ffefeb",
        "ui_fgcolor": "#000",
        "template_fields": [],
        "downstream_task_ids": [each["task_id"] for each in dag["tasks"] if task["task_id"] in each["upstream"]],
        "doc_md": None,
        "operator_name": "@task" if decorated else task["operator"],
        "params": {},
        "class_ref": {"module_path": module, "class_name": task["operator"]},
        "is_mapped": task["mapped"] is not None,
        "extra_links": [],
    }


def _change(call: AirflowCall, dag: Document, body: Document) -> Document:
    is_paused = body.get("is_paused", dag["is_paused"])
    if dag["is_paused"] != is_paused:
        for run in call.metadata.all("run"):
            if run["dag_id"] == dag["dag_id"]:
                move_on(call.metadata, run, is_read=False)  # as far as it has come by now
        dag["is_paused"] = is_paused
        call.metadata.put("dag", dag["id"], dag)
    return dag


def _check_mask(call: AirflowCall) -> None:
    mask = call.all("update_mask")
    if mask and mask != ["is_paused"]:
        raise refused(400, "Only `is_paused` field can be updated through the REST API")


def _filtered(call: AirflowCall) -> list[Document]:
    pattern, tags = call.one("dag_id_pattern"), set(call.all("tags"))
    exclude = call.flag("exclude_stale") if call.is_v2 else call.flag("only_active")
    needs = set.issuperset if call.is_v2 and call.one("tags_match_mode") == "all" else _meet
    wanted: list[tuple[str, Any]] = [("is_paused", call.flag("paused"))]
    if call.is_v2:
        names = {"has_import_errors": call.flag("has_import_errors"), "bundle_version": call.one("bundle_version")}
        wanted += names.items()
    found = [
        dag
        for dag in call.metadata.all("dag")
        if not (dag["is_stale"] and exclude is not False)
        and (pattern is None or matches_pattern(pattern, dag["dag_id"]))
        and (not tags or needs(set(dag["tags"]), tags))
        and all(value is None or dag[name] == value for name, value in wanted)
    ]
    bundle = call.one("bundle_name") if call.is_v2 else None
    return found if bundle in {None, BUNDLE} else []


def _meet(own: set[str], wanted: set[str]) -> bool:
    return not own.isdisjoint(wanted)


def _page(call: AirflowCall, found: list[Document]) -> Document:
    limit, offset = limit_and_offset(call)
    return {
        "dags": [shown_dag(call, dag) for dag in found[offset : offset + limit]],
        "total_entries": len(found),
    }
