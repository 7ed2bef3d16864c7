"""From a deployed tarball to DAGs and import errors, as Airflow's DAG processor does it."""

from __future__ import annotations

import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.airflow.sources import Dag, Task, assets_in, dags_in, may_have_dags
from astro_provider.emulator.resources.deploys.setup import dag_version, dags

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Document, Metadata

#: The DAG bundle that Astro deploys to.
BUNDLE = "main"


def refresh(metadata: Metadata) -> None:
    """Make an Airflow know the DAGs of the code that its Deployment runs, unless it knows them already.

    :param metadata: The Airflow's metadata.
    """
    version = dag_version(metadata.state, metadata.deployment_id)
    parsed = metadata.get("parsed", "bundle") or {"version": None}
    if version is not None and parsed["version"] != version:
        metadata.put("parsed", "bundle", {"version": version})
        files: dict[str, bytes] = {}
        with suppress(ValueError):  # what was uploaded may be no tarball
            files = dags(metadata.state, metadata.deployment_id)
        parse(metadata, version, files)
    elif version is not None:
        _parse_again(metadata)


def _parse_again(metadata: Metadata) -> None:
    """Date what is known anew, as Airflow does whenever it parses a file again: every 30 seconds, here at each look."""
    now = metadata.now()
    for dag in metadata.all("dag"):
        if dag["bundle_version"] is not None and not dag["is_stale"] and not dag["has_import_errors"]:
            metadata.put("dag", dag["id"], {**dag, "last_parsed_time": now})
    for error in metadata.all("import_error"):
        metadata.put("import_error", error["id"], {**error, "timestamp": now})


def parse(metadata: Metadata, version: str, files: dict[str, bytes]) -> None:
    """Parse a version of the code.

    :param metadata: The Airflow's metadata.
    :param version: The version.
    :param files: Its files: the path in the tarball -> the content.
    """
    for error in metadata.all("import_error"):
        metadata.delete("import_error", error["id"])
    found, broken = _read(metadata, files)
    for known in metadata.all("dag"):
        if known["bundle_version"] is not None and known["dag_id"] not in {dag.dag_id for dag, _ in found}:
            # A file that cannot be imported keeps its DAGs until it can be imported without them, or is gone.
            known |= {"has_import_errors": True} if known["file"] in broken else {"is_stale": True}
            metadata.put("dag", known["id"], known)
    for dag, path in found:
        store_dag(metadata, dag, path, version)


def _read(metadata: Metadata, files: dict[str, bytes]) -> tuple[list[tuple[Dag, str]], set[str]]:
    found: list[tuple[Dag, str]] = []
    broken = set()
    for path, content in sorted(files.items()):
        text = content.decode("utf-8", "replace")
        if not path.endswith(".py") or not may_have_dags(text):
            continue
        try:
            found += [(dag, path) for dag in dags_in(text, path)]
        except (SyntaxError, ValueError) as error:
            broken.add(path)
            add_import_error(metadata, path, "".join(traceback.format_exception_only(error)))
    return found, broken


def store_dag(metadata: Metadata, dag: Dag, path: str, version: str | None) -> Document:
    """Store a DAG as it was parsed; returns its document. What it was before stays, if it was there.

    :param metadata: The Airflow's metadata.
    :param dag: The DAG.
    :param path: Its file, below the bundle.
    :param version: The bundle's version; ``None``: it is in no deployed bundle.
    """
    before = metadata.get("dag", dag.dag_id) or {}
    now = metadata.now()
    tasks = [vars(task) for task in dag.tasks]
    changed = before.get("tasks") != tasks or before.get("bundle_version") != version
    document: dict[str, Any] = {
        "dag_id": dag.dag_id,
        "is_paused": before.get("is_paused", dag.paused is not False),
        "is_stale": False,
        "has_import_errors": False,
        "schedule": dag.schedule,
        "assets": dag.assets,
        "tags": sorted(set(dag.tags)),
        "description": dag.description,
        "paused_upon_creation": dag.paused,
        "tasks": tasks,
        "file": path,
        "bundle_version": version,
        "last_parsed_time": now,
        "version_number": before.get("version_number", 0) + (1 if changed else 0),
        "version_created_at": now if changed else before["version_created_at"],
    }
    for uri in assets_in([dag]):
        store_asset(metadata, uri, uri)
    return metadata.put("dag", dag.dag_id, document)


def store_asset(metadata: Metadata, uri: str, name: str) -> Document:
    """Store an asset that is not there yet; returns its document.

    :param metadata: The Airflow's metadata.
    :param uri: Its URI.
    :param name: Its name.
    """
    known = next((asset for asset in metadata.all("asset") if asset["uri"] == uri), None)
    if known is not None:
        return known
    number, now = metadata.number("asset"), metadata.now()
    asset = {"number": number, "uri": uri, "name": name, "created_at": now, "updated_at": now}
    return metadata.put("asset", str(number), asset)


def add_import_error(metadata: Metadata, path: str, stack_trace: str) -> Document:
    """Store an import error; returns its document.

    :param metadata: The Airflow's metadata.
    :param path: The file, below the bundle.
    :param stack_trace: What Python says.
    """
    number = metadata.number("import_error")
    error = {"number": number, "timestamp": metadata.now(), "file": path, "stack_trace": stack_trace}
    return metadata.put("import_error", str(number), error)


def as_tasks(tasks: Any, mapped: dict[str, int]) -> list[Task]:
    """Return the tasks that a test names.

    :param tasks: Ids, or ids -> the ids that each waits for.
    :param mapped: Ids of mapped tasks -> how many instances they have.
    """
    upstream = dict(tasks) if isinstance(tasks, dict) else {task_id: [] for task_id in tasks}
    return [Task(task_id, upstream=list(before), mapped=mapped.get(task_id)) for task_id, before in upstream.items()]
