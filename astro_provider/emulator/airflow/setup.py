"""What tests add to a Deployment's Airflow, order from it, and look at, past its API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.airflow import parsing, progress
from astro_provider.emulator.airflow.metadata import Document, Metadata
from astro_provider.emulator.airflow.resources.pools import all_pools
from astro_provider.emulator.airflow.sources import Dag
from astro_provider.emulator.core.ids import new_id
from astro_provider.emulator.core.problems import check_fields
from astro_provider.emulator.core.progress import Progress
from astro_provider.emulator.resources.deployments.setup import stored_deployment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from astro_provider.emulator.state import State


def metadata_of(state: State, deployment_id: str) -> Metadata:
    """Return what a Deployment's Airflow stores, the DAGs of its present code included.

    :param state: The emulator's state.
    :param deployment_id: The Deployment.
    :raises KeyError: There is no such Deployment.
    """
    metadata = Metadata(state, deployment_id)
    parsing.refresh(metadata)
    return metadata


def add_dag(
    state: State,
    deployment_id: str,
    dag_id: str,
    tasks: Iterable[str] | Mapping[str, Iterable[str]],
    tags: Iterable[str],
    mapped: Mapping[str, int],
    schedule: str | None,
    assets: Iterable[str],
    *,
    paused: bool,
) -> None:
    """Add a DAG. See :meth:`astro_provider.emulator.Emulator.add_dag`."""
    metadata = metadata_of(state, deployment_id)
    made = parsing.as_tasks(tasks, dict(mapped))
    dag = Dag(dag_id, schedule, list(assets), list(tags), paused=paused, tasks=made)
    parsing.store_dag(metadata, dag, f"dags/{dag_id}.py", None)


def order_dag_runs(
    state: State,
    deployment_id: str,
    dag_id: str,
    *,
    run_id: str | None,
    end: str | None,
    failed_tasks: Iterable[str],
    log: str | None,
    pace: str | None,
    times: int | None,
) -> None:
    """Order how runs go. See :meth:`astro_provider.emulator.Emulator.order_dag_runs`."""
    if pace is not None:
        Progress(pace)  # refuses what is none
    order = {
        "dag_id": dag_id,
        "run_id": run_id,
        "state": end,
        "failed_tasks": list(failed_tasks),
        "log": log,
        "progress": pace,
        "times": -1 if times is None else times,
    }
    metadata_of(state, deployment_id).put("order", new_id(), order)


def add_run(state: State, deployment_id: str, dag_id: str, run_id: str, fields: dict[str, Any]) -> None:
    """Add a run. See :meth:`astro_provider.emulator.Emulator.add_dag_run`."""
    metadata = metadata_of(state, deployment_id)
    dag = metadata.get("dag", dag_id)
    if dag is None:
        raise KeyError(dag_id)
    run = progress.new_run(metadata, dag, run_id, state.owner.token_name)
    run |= dict.fromkeys(("logical_date", "data_interval_start", "data_interval_end"), run["run_after"])
    progress.begin(metadata, dag, run)
    check_fields("a DAG run", fields, run)
    if "state" in fields:
        run["life"] = {}
    progress.store_run(metadata, {**run, **fields})


def shown_runs(state: State, deployment_id: str) -> list[Document]:
    """Return the runs of a Deployment. See :meth:`astro_provider.emulator.Emulator.dag_runs`."""
    with state.store.lock:
        metadata = metadata_of(state, deployment_id)
        runs = [progress.move_on(metadata, run, is_read=False) for run in metadata.all("run")]
    return [{name: value for name, value in run.items() if name not in {"id", "life", "order"}} for run in runs]


def set_run_state(state: State, deployment_id: str, dag_id: str, run_id: str, run_state: str) -> None:
    """Hold a run's state. See :meth:`astro_provider.emulator.Emulator.set_dag_run_state`."""
    metadata = metadata_of(state, deployment_id)
    run = _run(metadata, dag_id, run_id)
    progress.hold(run, run_state, metadata.now())
    progress.store_run(metadata, run)


def set_task_state(
    state: State, deployment_id: str, dag_id: str, run_id: str, task_id: str, task_state: str | None, map_index: int
) -> None:
    """Hold a task's state. See :meth:`astro_provider.emulator.Emulator.set_task_state`."""
    metadata = metadata_of(state, deployment_id)
    run = _run(metadata, dag_id, run_id)
    for task in run["tasks"]:
        if (task["task_id"], task["map_index"]) == (task_id, map_index):
            task["state"] = task_state
            task["end_date"] = metadata.now() if task_state in progress.TASK_ENDS else None
            progress.store_run(metadata, run)
            return
    raise KeyError(task_id)


def add_import_error(state: State, deployment_id: str, filename: str, stack_trace: str) -> None:
    """Add an import error. See :meth:`astro_provider.emulator.Emulator.add_import_error`."""
    metadata = metadata_of(state, deployment_id)
    parsing.add_import_error(metadata, filename, stack_trace)
    for dag in metadata.all("dag"):
        if dag["file"] == filename:
            metadata.put("dag", dag["id"], {**dag, "has_import_errors": True})


def add_asset(state: State, deployment_id: str, uri: str, name: str | None) -> None:
    """Add an asset. See :meth:`astro_provider.emulator.Emulator.add_asset`."""
    parsing.store_asset(metadata_of(state, deployment_id), uri, name or uri)


def stored_object(state: State, deployment_id: str, kind: str, name: str) -> Document | None:
    """Return a connection, a variable or a pool with its secrets; ``None``: there is none.

    :param state: The emulator's state.
    :param deployment_id: The Deployment.
    :param kind: ``connection``, ``variable`` or ``pool``.
    :param name: Its name.
    """
    metadata = metadata_of(state, deployment_id)
    all_pools(metadata)
    found = metadata.get(kind, name)
    return {field: value for field, value in found.items() if field != "id"} if found else None


def put_object(state: State, deployment_id: str, kind: str, document: Document) -> None:
    """Store a connection, a variable or a pool as it is.

    :param state: The emulator's state.
    :param deployment_id: The Deployment.
    :param kind: ``connection``, ``variable`` or ``pool``.
    :param document: All its fields.
    """
    metadata = metadata_of(state, deployment_id)
    all_pools(metadata)
    metadata.put(kind, document[{"connection": "connection_id", "variable": "key", "pool": "name"}[kind]], document)


def order_unreachable(state: State, deployment_id: str, status: int, body: str) -> None:
    """Order an unreachable Airflow. See :meth:`astro_provider.emulator.Emulator.order_unreachable_airflow`."""
    stored_deployment(state, deployment_id)
    state.store.put("airflow_unreachable", {"id": deployment_id, "status": status, "body": body})


def _run(metadata: Metadata, dag_id: str, run_id: str) -> Document:
    run = metadata.get("run", progress.run_key(dag_id, run_id))
    if run is None:
        raise KeyError(run_id)
    return run
