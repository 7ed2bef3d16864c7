"""Every method of every resource sends only what Airflow's own documents allow, and reads what they promise."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from requests_mock import ANY

from astro_provider.airflow_api import AirflowClient
from astro_provider.airflow_api.resource import AirflowResource
from astro_provider.errors import BadRequestError, ConfigurationError, NotFoundError
from tests import airflow_documents as documents
from tests.builders import airflow as build

NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)
POOL = {"slots": 3, "include_deferred": True, "description": "for heavy queries"}
#: A call of each method, by "resource.method".
CALLS: dict[str, list[Callable[[AirflowClient], Any]]] = {
    "dags.list": [lambda a: a.dags.list(tags=["daily"], with_stale=True), lambda a: a.dags.list()],
    "dags.get": [lambda a: a.dags.get("etl")],
    "dags.update": [lambda a: a.dags.update("etl", is_paused=True)],
    "dag_runs.list": [
        lambda a: a.dag_runs.list(),
        lambda a: a.dag_runs.list(
            ["etl"], states=["failed"], since=NOW, until=NOW, ended_since=NOW, logical_dates=(NOW, NOW)
        ),
    ],
    "dag_runs.newest": [lambda a: a.dag_runs.newest(["etl"], states=["success"], since=NOW, until=NOW, limit=5)],
    "dag_runs.get": [lambda a: a.dag_runs.get("etl", "astro__1")],
    "dag_runs.find": [lambda a: a.dag_runs.find("etl", "astro__1")],
    "dag_runs.create": [
        lambda a: a.dag_runs.create("etl", "astro__1"),
        lambda a: a.dag_runs.create("etl", "astro__1", logical_date=NOW, conf={"a": 1}, note="by hand"),
    ],
    "dag_runs.clear": [
        lambda a: a.dag_runs.clear("etl", "astro__1"),
        lambda a: a.dag_runs.clear("etl", "astro__1", only_failed=True, task_ids=["load"]),
    ],
    "dag_runs.update": [lambda a: a.dag_runs.update("etl", "astro__1", state="failed")],
    "dag_runs.set_note": [lambda a: a.dag_runs.set_note("etl", "astro__1", "seen")],
    "task_instances.list": [lambda a: a.task_instances.list(["etl"], ["astro__1"], task_ids=["load"])],
    "task_instances.log_end": [
        lambda a: a.task_instances.log_end("etl", "astro__1", "load", try_number=2, map_index=3),
        lambda a: a.task_instances.log_end("etl", "astro__1", "load", try_number=1),
    ],
    "import_errors.list": [lambda a: a.import_errors.list()],
    "connections.list": [lambda a: a.connections.list()],
    "connections.get": [lambda a: a.connections.get("warehouse")],
    "connections.create": [
        lambda a: a.connections.create("warehouse", {"conn_type": "postgres", "port": 5432, "extra": "{}"})
    ],
    "connections.update": [
        lambda a: a.connections.update("warehouse", {"conn_type": "postgres", "password": "secret", "schema": None})
    ],
    "connections.delete": [lambda a: a.connections.delete("warehouse")],
    "variables.list": [lambda a: a.variables.list()],
    "variables.get": [lambda a: a.variables.get("region")],
    "variables.create": [lambda a: a.variables.create("region", "eu", description="where")],
    "variables.update": [lambda a: a.variables.update("region", "eu"), lambda a: a.variables.update("a/b", "eu")],
    "variables.reaches": [lambda a: a.variables.reaches("x") and a.variables.get("x")],
    "connections.reaches": [lambda a: a.connections.reaches("x") and a.connections.get("x")],
    "pools.reaches": [lambda a: a.pools.reaches("x") and a.pools.get("x")],
    "variables.delete": [lambda a: a.variables.delete("region"), lambda a: a.variables.delete("a/b")],
    "pools.list": [lambda a: a.pools.list()],
    "pools.get": [lambda a: a.pools.get("heavy")],
    "pools.create": [lambda a: a.pools.create("heavy", **POOL)],
    "pools.update": [lambda a: a.pools.update("heavy", **POOL), lambda a: a.pools.update("default_pool", slots=64)],
    "pools.delete": [lambda a: a.pools.delete("heavy")],
    "assets.list": [lambda a: a.assets.list(), lambda a: a.assets.list(uri="s3://lake/orders")],
    "assets.get": [lambda a: a.assets.get(uri="s3://lake/orders")],
    "assets.events": [lambda a: a.assets.events(3)],
    "assets.create_event": [lambda a: a.assets.create_event(a.assets.get(uri="s3://lake/orders"), extra={"n": 1})],
}


def resources(airflow: AirflowClient) -> dict[str, AirflowResource]:
    return {name: part for name, part in vars(airflow).items() if isinstance(part, AirflowResource)}


def methods(airflow: AirflowClient) -> Iterator[tuple[str, Any]]:
    for name, resource in resources(airflow).items():
        for method_name, method in inspect.getmembers(resource, inspect.ismethod):
            if not method_name.startswith("_"):
                yield f"{name}.{method_name}", method


def any_response(major: int, method: str, path: str) -> Any:
    """Return what Airflow would to a request; ``None``: no content."""
    last = path.rsplit("/", 1)[-1]
    if method == "DELETE":
        return None
    if "/logs/" in path:
        return {"content": "one\ntwo"}
    if path.endswith("dagRuns/list"):
        return build.page("dag_runs", build.dag_run(major))
    if path.endswith(("taskInstances/list", "clearTaskInstances")):
        return build.page("task_instances", build.task_instance(major))
    if last == "events":
        key = "dataset_events" if major == 2 else "asset_events"
        return build.asset_event(major) if method == "POST" else build.page(key, build.asset_event(major))
    if method == "PATCH" and last in {"variables", "connections", "pools"}:
        return {"update": {"success": ["a/b"], "errors": []}}
    if "/dagRuns" in path:
        return build.dag_run(major)
    lists = {
        "dags": build.dag,
        "importErrors": build.import_error,
        "connections": build.listed_connection,
        "variables": build.variable,
        "pools": build.pool,
        "datasets": build.asset,
        "assets": build.asset,
    }
    if last in lists and method == "GET":
        key = "import_errors" if last == "importErrors" else last
        return build.page(key, lists[last](major))
    noun = last if last in lists else path.rsplit("/", 2)[-2]
    return build.connection(major) if noun == "connections" else lists[noun](major)


@pytest.fixture
def answered(line, requests_mock):
    """Answer every request as Airflow would."""

    def answer(request, context):
        body = any_response(line.major, request.method, request.path_url.split("?")[0])
        context.status_code = 204 if body is None else 200
        return "" if body is None else json.dumps(body)

    requests_mock.register_uri(ANY, ANY, text=answer)
    return requests_mock


def test_every_method_of_the_client_has_a_call_here(airflow):
    assert {name for name, _ in methods(airflow)} == set(CALLS)


def test_every_method_says_what_each_of_its_parameters_is(airflow):
    for name, method in methods(airflow):
        for parameter in inspect.signature(method).parameters:
            assert f":param {parameter}:" in (inspect.getdoc(method) or ""), f"{name}: {parameter}"


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_what_a_method_sends_is_what_airflows_own_document_allows(line, answered, name):
    documents.needs(line.major)
    for call in CALLS[name]:
        call(line.airflow)
    assert answered.request_history
    for sent in answered.request_history:
        assert documents.request_problems(sent.method, sent.url, sent.body and sent.json()) == []


@pytest.mark.parametrize("name", CALLS)
def test_what_the_tests_let_airflow_return_is_what_its_document_promises(line, answered, name):
    documents.needs(line.major)
    for call in CALLS[name]:
        call(line.airflow)
    for sent in answered.request_history:
        path = sent.path_url.split("?")[0]
        path = path[path.index("/api/") :]
        body = any_response(line.major, sent.method, path)
        if body is None or "/logs/" in path:
            continue
        created = sent.method == "POST" and path.rsplit("/", 1)[-1] in {"connections", "variables", "pools"}
        status = 201 if created and line.major == 3 else 200
        assert documents.response_problems(sent.method, path, body, status) == [], path


@pytest.mark.parametrize("name", CALLS)
def test_every_method_reads_what_airflow_returns(line, answered, name):
    for call in CALLS[name]:
        call(line.airflow)


@pytest.mark.parametrize("bad", ["", " ", ".", ".."])
def test_a_name_that_would_change_the_path_is_refused_before_anything_is_sent(airflow, requests_mock, bad):
    calls = [
        lambda: airflow.dags.get(bad),
        lambda: airflow.dag_runs.get("etl", bad),
        lambda: airflow.connections.get(bad),
        lambda: airflow.task_instances.log_end("etl", "run", bad, try_number=1),
    ]
    for call in calls:
        with pytest.raises(ConfigurationError, match="is not the name of"):
            call()
    assert requests_mock.request_history == []


def test_names_with_any_characters_stay_one_segment_of_the_path(line, requests_mock):
    run_id = "manual__2026-11-01T00:00:00+00:00"
    requests_mock.get(ANY, json=build.dag_run(line.major, dag_run_id=run_id))
    line.airflow.dag_runs.get("a/b?c#d", run_id)
    path = requests_mock.last_request.path_url
    assert path.endswith("/dags/a%2Fb%3Fc%23d/dagRuns/manual__2026-11-01T00%3A00%3A00%2B00%3A00")


def test_pages_go_on_beyond_airflows_silent_cap(line, requests_mock):
    keys = [f"key{n:03}" for n in range(250)]

    def answer(request, context):
        offset, limit = (int(request.qs[name][0]) for name in ("offset", "limit"))
        cut = keys[offset : offset + min(limit, 70)]  # [api] maximum_page_limit
        return build.page("variables", *(build.variable(line.major, key=key) for key in cut), total=len(keys))

    requests_mock.get(f"{line.url}/variables", json=answer)
    assert [variable.key for variable in line.airflow.variables.list()] == keys


@pytest.mark.parametrize("line", [3], indirect=True)
def test_a_bulk_request_that_returns_200_with_errors_has_failed(line, requests_mock):
    error = {"error": "The variables with these keys: {'/a'} were not found: hunter2secret", "status_code": 404}
    requests_mock.patch(f"{line.url}/variables", json={"update": {"success": [], "errors": [error]}})
    with pytest.raises(NotFoundError, match="not found") as caught:
        line.airflow.variables.update("/a", "hunter2secret")
    assert "hunter2secret" not in str(caught.value)
    requests_mock.patch(f"{line.url}/variables", json={"update": {"errors": [{"error": "odd"}, "odder"]}})
    with pytest.raises(BadRequestError, match="odd"):
        line.airflow.variables.update("/a", "hunter2secret")
