"""Every route of the emulated Airflow, judged by the document of the installed one."""

from __future__ import annotations

from typing import Any

import pytest

from astro_provider.emulator.airflow.resources import ROUTES
from tests.airflow_document import MAJOR, has_operation, query_parameters, response_problems

from .calls import AirflowCaller

OWN = [route for route in ROUTES if MAJOR in route.majors]
NAMES = {"dag_id": "etl", "dag_run_id": "r1", "task_id": "extract", "map_index": "-1", "try_number": "1"}


@pytest.fixture
def major() -> int:
    """Only the installed line has a document."""
    return MAJOR


@pytest.fixture
def judged(airflow: AirflowCaller):
    """Make a call, and let the document judge what comes back."""

    def judged(method: str, template: str, status: int, body: Any = None, query: str = "", **names: str) -> Any:
        values = {**NAMES, "task_try_number": "1", **names}
        path = template
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", value)
        answer = airflow(method, path + query, body)
        assert answer.status_code == status, answer.text
        content = answer.json() if answer.content and "json" in answer.headers["content-type"] else None
        assert response_problems(method, template, status, content) == []
        return content

    return judged


@pytest.mark.parametrize("route", OWN, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_an_operation_of_airflow(route):
    path = "/dags/{dag_id}/dagRuns/list" if MAJOR == 3 and route.path == "/dags/~/dagRuns/list" else route.path
    assert has_operation(route.method, path)
    if MAJOR == 2:
        assert route.query == query_parameters(route.method, path)


def test_dags_and_tasks(judged, airflow):
    listed = judged("GET", "/dags", 200)
    assert [dag["dag_id"] for dag in listed["dags"]] == ["etl"]
    judged("GET", "/dags/{dag_id}", 200)
    judged("GET", "/dags/{dag_id}", 404, dag_id="nope")
    judged("GET", "/dags/{dag_id}/details", 200)
    assert judged("PATCH", "/dags/{dag_id}", 200, {"is_paused": True})["is_paused"] is True
    judged("PATCH", "/dags", 200, {"is_paused": False}, query="?dag_id_pattern=~")
    assert judged("GET", "/dags/{dag_id}/tasks", 200)["tasks"][0]["task_id"] == "double"
    judged("GET", "/dags/{dag_id}/tasks/{task_id}", 200)
    judged("GET", "/version", 200)
    judged("GET", "/health" if MAJOR == 2 else "/monitor/health", 200)


def test_runs_and_their_tasks(judged, airflow):
    date = {"logical_date": None} if MAJOR == 3 else {}
    runs, one = "/dags/{dag_id}/dagRuns", "/dags/{dag_id}/dagRuns/{dag_run_id}"
    judged("POST", runs, 200, {**date, "dag_run_id": "r1", "conf": {"a": 1}, "note": "n"})
    tasks = f"{one}/taskInstances"
    judged("GET", tasks, 200)
    judged("GET", runs, 200)
    assert judged("GET", one, 200)["state"] == "success"
    judged("GET", one, 404, dag_run_id="nope")
    judged("GET", tasks, 200)
    judged("GET", f"{tasks}/{{task_id}}", 200)
    judged("GET", f"{tasks}/{{task_id}}", 404, task_id="double")
    judged("GET", f"{tasks}/{{task_id}}/{{map_index}}", 200, task_id="double", map_index="1")
    judged("GET", f"{tasks}/{{task_id}}/listMapped", 200, task_id="double")
    judged("GET", f"{tasks}/{{task_id}}/tries", 200)
    number = "{task_try_number}"
    judged("GET", f"{tasks}/{{task_id}}/tries/{number}", 200)
    judged("GET", f"{tasks}/{{task_id}}/{{map_index}}/tries", 200, task_id="double", map_index="1")
    judged("GET", f"{tasks}/{{task_id}}/logs/{number if MAJOR == 2 else '{try_number}'}", 200)
    batch = "/dags/~/dagRuns/~/taskInstances/list" if MAJOR == 2 else f"{tasks}/list"
    judged("POST", batch, 200, {"dag_ids": ["etl"]}, dag_id="~", dag_run_id="~")
    judged("POST", "/dags/~/dagRuns/list" if MAJOR == 2 else f"{runs}/list", 200, {"dag_ids": ["etl"]}, dag_id="~")
    clear = "/dags/{dag_id}/clearTaskInstances"
    judged("POST", clear, 200, {"dag_run_id": "r1", "only_failed": False})
    judged("POST", clear, 200, {"dag_run_id": "r1", "only_failed": False, "dry_run": False, "reset_dag_runs": True})
    judged("POST", f"{one}/clear", 200, {})
    judged("POST", f"{one}/clear", 200, {"dry_run": False})
    judged("PATCH", one, 200, {"state": "failed"})
    judged("DELETE", one, 204)


def test_import_errors(judged, airflow):
    airflow.astro.add_import_error(airflow.deployment_id, "dags/etl.py", "SyntaxError: no")
    listed = judged("GET", "/importErrors", 200)["import_errors"]
    assert [error["stack_trace"] for error in listed] == ["SyntaxError: no"]
    judged("GET", "/importErrors/{import_error_id}", 200, import_error_id="1")
    judged("GET", "/importErrors/{import_error_id}", 404, import_error_id="9")


def test_connections(judged):
    created = 200 if MAJOR == 2 else 201
    body = {
        "connection_id": "c",
        "conn_type": "http",
        "password": "s3cret",
        "extra": '{"token": "t", "a": 1}',
        "port": 1,
    }
    judged("POST", "/connections", created, body)
    judged("POST", "/connections", 409, body)
    judged("GET", "/connections", 200)
    one = "/connections/{connection_id}"
    judged("GET", one, 200, connection_id="c")
    judged("PATCH", one, 200, {**body, "host": "h"}, connection_id="c")
    judged("DELETE", one, 204, connection_id="c")
    judged("GET", one, 404, connection_id="c")


def test_variables(judged):
    body = {"key": "k", "value": "v"}
    judged("POST", "/variables", 200 if MAJOR == 2 else 201, body)
    judged("GET", "/variables", 200)
    one = "/variables/{variable_key}"
    judged("GET", one, 200, variable_key="k")
    judged("PATCH", one, 200, {**body, "description": "d"}, variable_key="k")
    judged("DELETE", one, 204, variable_key="k")
    judged("GET", one, 404, variable_key="k")


def test_pools(judged):
    body = {"name": "p", "slots": 2, "include_deferred": True}
    judged("POST", "/pools", 200 if MAJOR == 2 else 201, body)
    judged("POST", "/pools", 409, body)
    judged("GET", "/pools", 200)
    one = "/pools/{pool_name}"
    judged("GET", one, 200, pool_name="default_pool")
    judged("PATCH", one, 200, {**body, "slots": 3}, pool_name="p")
    judged("DELETE", one, 400, pool_name="default_pool")
    judged("DELETE", one, 204, pool_name="p")
    judged("GET", one, 404, pool_name="p")


def test_assets(judged, airflow):
    airflow.astro.add_asset(airflow.deployment_id, "s3://bucket/x")
    airflow.astro.add_dag(airflow.deployment_id, "waiting", assets=["s3://bucket/x"])
    listing = "/datasets" if MAJOR == 2 else "/assets"
    judged("GET", listing, 200)
    if MAJOR == 2:
        judged("GET", "/datasets/{uri}", 200, uri="s3%3A%2F%2Fbucket%2Fx")
        judged("GET", "/datasets/{uri}", 404, uri="nope")
    else:
        judged("GET", "/assets/{asset_id}", 200, asset_id="1")
        judged("GET", "/assets/{asset_id}", 404, asset_id="9")
    event = {"dataset_uri": "s3://bucket/x"} if MAJOR == 2 else {"asset_id": 1}
    judged("POST", f"{listing}/events", 200, {**event, "extra": {"a": 1}})
    judged("GET", f"{listing}/events", 200)
    judged("GET", "/dags/{dag_id}/dagRuns", 200, dag_id="waiting")


@pytest.mark.skipif(MAJOR == 2, reason="only Airflow 3 has bulk changes")
@pytest.mark.parametrize(
    ("path", "entity"),
    [
        ("/connections", {"connection_id": "b", "conn_type": "http"}),
        ("/variables", {"key": "/b", "value": "x"}),
        ("/pools", {"name": "b", "slots": 1, "include_deferred": False}),
    ],
)
def test_bulk_changes(judged, path, entity):
    for action in ("create", "create", "update"):
        judged("PATCH", path, 200, {"actions": [{"action": action, "entities": [entity]}]})
    name = next(iter(entity.values()))
    judged("PATCH", path, 200, {"actions": [{"action": "delete", "entities": [name, "nope"]}]})
