"""What the Airflow of a Deployment returns, for each of its two APIs; checked against Airflow's own documents."""

from __future__ import annotations

from typing import Any

AIRFLOW_URL = "https://clorg.astronomer.run/dplocal0"
MOMENT = "2026-11-01T12:00:00+00:00"


def page(key: str, *items: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    """Return a page of a list; unless ``total`` says otherwise, the page holds the whole list."""
    return {key: list(items), "total_entries": len(items) if total is None else total}


def dag(major: int, **fields: Any) -> dict[str, Any]:
    """Return a DAG without a schedule."""
    shared = {
        "dag_id": "etl",
        "dag_display_name": "etl",
        "is_paused": False,
        "last_parsed_time": MOMENT,
        "last_expired": None,
        "fileloc": "/usr/local/airflow/dags/etl.py",
        "file_token": "token",
        "description": None,
        "timetable_description": "Never, external triggers only",
        "tags": [{"name": "daily"} if major == 2 else {"name": "daily", "dag_id": "etl", "dag_display_name": "etl"}],
        "max_active_tasks": 16,
        "max_active_runs": 16,
        "max_consecutive_failed_dag_runs": 0,
        "has_task_concurrency_limits": False,
        "has_import_errors": False,
        "next_dagrun_data_interval_start": None,
        "next_dagrun_data_interval_end": None,
        "owners": ["airflow"],
    }
    if major == 2:
        return {**shared, "is_active": True, "schedule_interval": None, "next_dagrun": None, **fields}
    return {
        **shared,
        "is_stale": False,
        "last_parse_duration": 0.1,
        "bundle_name": "main",
        "bundle_version": "2026-11-01T11:00:00.0000000Z",
        "relative_fileloc": "etl.py",
        "timetable_summary": "None",
        "timetable_partitioned": False,
        "timetable_periodic": False,
        "next_dagrun_logical_date": None,
        "next_dagrun_run_after": None,
        "allowed_run_types": None,
        "is_backfillable": False,
        **fields,
    }


def dag_run(major: int, **fields: Any) -> dict[str, Any]:
    """Return a run that was started through the API and is queued."""
    shared = {
        "dag_id": "etl",
        "dag_run_id": "astro__1",
        "logical_date": MOMENT if major == 2 else None,
        "start_date": None,
        "end_date": None,
        "data_interval_start": MOMENT,
        "data_interval_end": MOMENT,
        "last_scheduling_decision": None,
        "run_type": "manual",
        "state": "queued",
        "conf": {},
        "note": None,
    }
    if major == 2:
        return {**shared, "execution_date": MOMENT, "external_trigger": True, **fields}
    return {
        **shared,
        "queued_at": MOMENT,
        "duration": None,
        "run_after": MOMENT,
        "triggered_by": "rest_api",
        "triggering_user_name": None,
        "dag_versions": [],
        "bundle_version": "2026-11-01T11:00:00.0000000Z",
        "dag_display_name": "etl",
        "partition_key": None,
        "partition_date": None,
        **fields,
    }


def task_instance(major: int, **fields: Any) -> dict[str, Any]:
    """Return a task instance that has succeeded."""
    shared = {
        "task_id": "extract",
        "task_display_name": "extract",
        "dag_id": "etl",
        "dag_run_id": "astro__1",
        "map_index": -1,
        "start_date": MOMENT,
        "end_date": MOMENT,
        "duration": 1.5,
        "state": "success",
        "try_number": 1,
        "max_tries": 0,
        "hostname": "worker",
        "unixname": "astro",
        "pool": "default_pool",
        "pool_slots": 1,
        "queue": "default",
        "priority_weight": 1,
        "operator": "PythonOperator",
        "queued_when": MOMENT,
        "pid": 17,
        "executor": None,
        "executor_config": "{}",
        "note": None,
        "rendered_map_index": None,
        "rendered_fields": {},
    }
    if major == 2:
        return {**shared, "execution_date": MOMENT, **fields}
    return {
        **shared,
        "id": "01976e5f-0000-7000-8000-000000000000",
        "logical_date": None,
        "run_after": MOMENT,
        "dag_display_name": "etl",
        "operator_name": "PythonOperator",
        "scheduled_when": MOMENT,
        "trigger": None,
        "triggerer_job": None,
        "dag_version": None,
        **fields,
    }


def import_error(major: int, **fields: Any) -> dict[str, Any]:
    """Return an import error."""
    found = {
        "import_error_id": 7,
        "timestamp": MOMENT,
        "filename": "broken.py",
        "stack_trace": "ModuleNotFoundError: No module named 'nowhere'",
    }
    return {**found, **({} if major == 2 else {"bundle_name": "main"}), **fields}


def connection(major: int, **fields: Any) -> dict[str, Any]:
    """Return a connection by itself: Airflow 2 without its password, Airflow 3 with masks."""
    shared = {
        "connection_id": "warehouse",
        "conn_type": "postgres",
        "description": None,
        "host": "db.example.com",
        "login": "etl",
        "schema": "public",
        "port": 5432,
        "extra": None,
    }
    return {**shared, **({} if major == 2 else {"password": "***", "team_name": None}), **fields}


def listed_connection(major: int, **fields: Any) -> dict[str, Any]:
    """Return a connection in a list: Airflow 2 leaves out ``extra``, too."""
    found = connection(major, **fields)
    if major == 2:
        del found["extra"]
    return found


def variable(major: int, **fields: Any) -> dict[str, Any]:
    """Return a variable."""
    found = {"key": "region", "value": "eu-central-1", "description": None}
    return {**found, **({} if major == 2 else {"is_encrypted": True, "team_name": None}), **fields}


def pool(major: int, **fields: Any) -> dict[str, Any]:
    """Return a pool with nothing in it."""
    names = ("occupied_slots", "running_slots", "queued_slots", "scheduled_slots", "deferred_slots")
    found = {"name": "heavy", "slots": 4, "include_deferred": False, "description": None, "open_slots": 4}
    return {**found, **dict.fromkeys(names, 0), **({} if major == 2 else {"team_name": None}), **fields}


def asset(major: int, **fields: Any) -> dict[str, Any]:
    """Return an asset, or a dataset."""
    shared = {"id": 3, "uri": "s3://lake/orders", "extra": None, "created_at": MOMENT, "updated_at": MOMENT}
    if major == 2:
        return {**shared, "consuming_dags": [], "producing_tasks": [], **fields}
    names = ("scheduled_dags", "producing_tasks", "consuming_tasks", "aliases", "watchers")
    more = {"name": "orders", "group": "asset", "last_asset_event": None}
    return {**shared, **more, **{name: [] for name in names}, **fields}


def asset_event(major: int, **fields: Any) -> dict[str, Any]:
    """Return an event of an asset that came through the API."""
    shared = {
        "extra": {"from_rest_api": True},
        "source_dag_id": None,
        "source_task_id": None,
        "source_run_id": None,
        "source_map_index": -1,
        "created_dagruns": [],
        "timestamp": MOMENT,
    }
    if major == 2:
        return {**shared, "dataset_id": 3, "dataset_uri": "s3://lake/orders", **fields}
    more = {
        "id": 5,
        "asset_id": 3,
        "uri": "s3://lake/orders",
        "name": "orders",
        "group": "asset",
        "partition_key": None,
    }
    return {**shared, **more, **fields}


def refusal(major: int, status: int, detail: str) -> dict[str, Any]:
    """Return the body of an error of Airflow's own."""
    if major == 2:
        return {"type": "https://airflow.apache.org/docs", "title": "Refused", "status": status, "detail": detail}
    return {"detail": detail}
