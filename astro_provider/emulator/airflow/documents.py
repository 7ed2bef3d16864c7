"""How a call's Airflow shows runs and tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.emulator.airflow.parsing import BUNDLE
from astro_provider.emulator.airflow.problems import missing
from astro_provider.emulator.core.moments import instant

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document
    from astro_provider.emulator.airflow.routing import AirflowCall

#: What lists of Airflow 3 have for those who page by cursors.
CURSORS = {"total_entries_limit": None, "next_cursor": None, "previous_cursor": None}


def find_dag(call: AirflowCall, *, detailed: bool = True) -> Document:
    """Return the DAG in a call's path.

    :param call: The call.
    :param detailed: Whether Airflow 2 says which DAG it does not find.
    :raises Refusal: There is none.
    """
    name = call.path["dag_id"]
    dag = call.metadata.get("dag", name)
    if dag is None:
        text = f"The DAG with dag_id: {name} was not found" if detailed else None
        raise missing("DAG", text, f"The Dag with ID: `{name}` was not found")
    return dag


def dag_version(call: AirflowCall, dag: Document) -> Document:
    """Return the version of a DAG as Airflow 3 shows it.

    :param call: The call.
    :param dag: The DAG.
    """
    return {
        "id": f"{dag['version_number']:08x}-0000-7000-8000-000000000000",
        "version_number": dag["version_number"],
        "dag_id": dag["dag_id"],
        "bundle_name": BUNDLE,
        "bundle_version": dag["bundle_version"],
        "created_at": call.moment(dag["version_created_at"]),
        "dag_display_name": dag["dag_id"],
        "bundle_url": None,
    }


def shown_run(call: AirflowCall, run: Document) -> Document:
    """Return a run as a call's Airflow shows it.

    :param call: The call.
    :param run: The run.
    """
    dates = ("logical_date", "start_date", "end_date", "data_interval_start", "data_interval_end")
    shown: Document = {name: call.moment(run[name]) for name in (*dates, "last_scheduling_decision")}
    shown |= {name: run[name] for name in ("dag_id", "run_type", "state", "conf", "note")}
    shown["dag_run_id"] = run["run_id"]
    if not call.is_v2:
        return {**shown, "conf": run["conf"] or {}, "execution_date": shown["logical_date"], "external_trigger": True}
    dag = call.metadata.get("dag", run["dag_id"])
    return {
        **shown,
        "queued_at": call.moment(run["queued_at"]),
        "duration": duration(run),
        "run_after": call.moment(run["run_after"]),
        "triggered_by": "rest_api" if run["run_type"] == "manual" else "asset",
        "triggering_user_name": run["user"],
        "dag_versions": [dag_version(call, dag)] if dag else [],
        "bundle_version": run["bundle_version"],
        "dag_display_name": run["dag_id"],
        "partition_key": None,
        "partition_date": None,
    }


def duration(document: Document) -> float | None:
    """Return the seconds from a start to an end.

    :param document: What has a ``start_date`` and an ``end_date``.
    """
    if not document["start_date"] or not document["end_date"]:
        return None
    return (instant(document["end_date"]) - instant(document["start_date"])).total_seconds()


def shown_task_instance(call: AirflowCall, run: Document, task: Document) -> Document:
    """Return a task instance as a call's Airflow shows it.

    :param call: The call.
    :param run: Its run.
    :param task: The instance.
    """
    shown = shown_try(call, run, task)
    shown |= {"note": task["note"], "rendered_fields": {}, "trigger": None, "triggerer_job": None}
    shown["rendered_map_index"] = str(task["map_index"]) if call.is_v2 and task["map_index"] >= 0 else None
    if not call.is_v2:
        return {**shown, "execution_date": call.moment(run["logical_date"]), "sla_miss": None}
    logical = call.moment(run["logical_date"])
    return {**shown, "id": task["uuid"], "logical_date": logical, "run_after": call.moment(run["run_after"])}


def shown_try(call: AirflowCall, run: Document, task: Document) -> Document:
    """Return one try of a task instance as a call's Airflow shows it.

    :param call: The call.
    :param run: Its run.
    :param task: The instance, or an earlier try of it.
    """
    ran = task["try_number"] > 0
    shown: Document = {
        "task_id": task["task_id"],
        "dag_id": run["dag_id"],
        "dag_run_id": run["run_id"],
        "map_index": task["map_index"],
        "start_date": call.moment(task["start_date"]),
        "end_date": call.moment(task["end_date"]),
        "duration": duration(task),
        "state": task["state"],
        "try_number": task["try_number"],
        "max_tries": task["max_tries"],
        "task_display_name": task["task_id"],
        "hostname": "emulator" if ran else "",
        "unixname": "astro",
        "pool": "default_pool",
        "pool_slots": 1,
        "queue": "default",
        "priority_weight": 1,
        "operator": task["operator"],
        "queued_when": call.moment(task["queued_when"]),
        "pid": 1 if ran else None,
        "executor": None,
        "executor_config": "{}",
    }
    if call.is_v2:
        dag = call.metadata.get("dag", run["dag_id"])
        shown |= {"dag_display_name": run["dag_id"], "scheduled_when": call.moment(task["scheduled_when"])}
        shown["operator_name"] = "@task" if task["operator"] == "_PythonDecoratedOperator" else task["operator"]
        shown["dag_version"] = dag_version(call, dag) if dag else None
    return shown


def shown_task_reference(run: Document, task: Document) -> Document:
    """Return what Airflow 2 says about a task instance that it clears.

    :param run: Its run.
    :param task: The instance.
    """
    return {
        "task_id": task["task_id"],
        "dag_id": run["dag_id"],
        "dag_run_id": run["run_id"],
        "execution_date": run["logical_date"],
    }
