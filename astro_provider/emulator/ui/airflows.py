"""The emulated Airflow of a Deployment: the pages at the paths of its Airflow UI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from astro_provider.emulator.airflow.api import is_reachable, line_of
from astro_provider.emulator.airflow.binding import binding_of
from astro_provider.emulator.airflow.progress import move_on, run_key
from astro_provider.emulator.airflow.resources.pools import all_pools
from astro_provider.emulator.airflow.setup import metadata_of
from astro_provider.emulator.resources.deployments.code import look
from astro_provider.emulator.ui.deployments import no_deployment
from astro_provider.emulator.ui.rendering import Page, missing, render, segment

if TYPE_CHECKING:
    from astro_provider.emulator.airflow.metadata import Metadata
    from astro_provider.emulator.state import State


def real_address(state: State, deployment_id: str, rest: str, query: str) -> str | None:
    """Return where a page is in the real Airflow that stands for a Deployment's; ``None``: it is emulated.

    :param state: The emulator's state.
    :param deployment_id: The Deployment.
    :param rest: The page's path, as it was sent.
    :param query: The page's query; the one of ``uiUrl``, which only Astro understands, is left out.
    """
    deployment = state.store.get("deployment", deployment_id)
    bound = binding_of(state, deployment) if deployment and is_reachable(look(state, deployment)) else None
    if bound is None:
        return None
    kept = "" if query.startswith("orgId=") else query
    return urlsplit(f"{bound.url}/{rest.lstrip('/')}")._replace(query=kept).geturl()


def airflow_page(state: State, deployment_id: str, run: tuple[str, str] | None = None) -> Page:
    """Return the page of a Deployment's Airflow, or of a run in it.

    :param state: The emulator's state.
    :param deployment_id: The Deployment.
    :param run: The DAG's id and the run's.
    """
    deployment = state.store.get("deployment", deployment_id)
    if deployment is None:
        return no_deployment(state, deployment_id)
    facts: dict[str, Any] = {"deployment": deployment, "base": f"/airflow/{segment(deployment_id)}/"}
    if not is_reachable(look(state, deployment)):
        asleep = deployment["status"] == "HIBERNATING"
        trouble = "It hibernates, so its Airflow is not running." if asleep else "Its Airflow is not there yet."
        return render("airflow.html", 503 if asleep else 404, **facts, trouble=trouble)
    metadata = metadata_of(state, deployment_id)
    if run is not None:
        return _run_page(metadata, *run, facts)
    return render("airflow.html", **facts, trouble="", version=line_of(deployment).version, **_contents(metadata))


def _contents(metadata: Metadata) -> dict[str, Any]:
    """Return what an Airflow has: of connections and variables only the names."""
    runs = [move_on(metadata, run, is_read=False) for run in metadata.all("run")]
    dags = sorted(metadata.all("dag"), key=lambda dag: str(dag["dag_id"]))
    return {
        "dags": [(dag, [run for run in reversed(runs) if run["dag_id"] == dag["dag_id"]]) for dag in dags],
        "import_errors": metadata.all("import_error"),
        "connections": [each["connection_id"] for each in metadata.all("connection")],
        "variables": [each["key"] for each in metadata.all("variable")],
        "pools": [f"{each['name']} ({each['slots']})" for each in all_pools(metadata)],
    }


def _run_page(metadata: Metadata, dag_id: str, run_id: str, facts: dict[str, Any]) -> Page:
    run = metadata.get("run", run_key(dag_id, run_id))
    if run is not None:
        return render("dag_run.html", **facts, run=move_on(metadata, run, is_read=False))
    what = f"The DAG {dag_id} has no run {run_id}."
    if metadata.get("dag", dag_id) is None:
        what = f"There is no DAG {dag_id} in this Deployment."
    return missing(what, "See its Airflow:", link=facts["base"], label="DAGs and runs")
