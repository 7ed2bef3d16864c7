"""A Deployment's emulated Airflow and a real one of the same line: the same requests get the same responses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import requests

from dev.conditions import wait_until
from tests.airflow_document import MAJOR

pytestmark = pytest.mark.real_airflow
CODE = {"dags/etl.py": (Path(__file__).parent / "dags" / "deployed_project" / "etl.py").read_bytes()}
RUNTIME = {2: "13.2.0", 3: "3.3-2"}[MAJOR]
DATE = {"logical_date": None} if MAJOR == 3 else {}


class Airflow:
    """A Deployment's Airflow, as whoever has the token sees it."""

    def __init__(self, astro, name: str) -> None:
        self.astro = astro
        self.deployment_id = astro.add_deployment(name, astroRuntimeVersion=RUNTIME)

    def __call__(self, method: str, path: str, body: Any = None) -> requests.Response:
        base = next(each["apiUrl"] for each in self.astro.deployments if each["id"] == self.deployment_id)
        headers = {"Authorization": f"Bearer {self.astro.token}"}
        return requests.request(method, base + path, json=body, headers=headers, timeout=60)

    def until(self, path: str, is_right, timeout: float = 120) -> Any:
        """Read something until it is right."""
        last: list[requests.Response] = []

        def happened() -> bool:
            last[:] = [self("GET", path)]
            return last[0].status_code == 200 and is_right(last[0].json())

        wait_until(happened, timeout, lambda: f"GET {path}: {last[0].text}")
        return last[0].json()


@pytest.fixture(scope="module")
def emulated(astro):
    airflow = Airflow(astro, "emulated-airflow")
    astro.add_deploy(airflow.deployment_id, CODE)
    return airflow


@pytest.fixture(scope="module")
def bound(astro, airflow, dags):
    """A Deployment whose Airflow is the real one of these tests."""
    login = airflow.open_api()
    bound = Airflow(astro, "bound-airflow")
    astro.bind_airflow(bound.deployment_id, airflow.url, login, dags)
    astro.add_deploy(bound.deployment_id, CODE)
    bound("GET", "/version")
    bound.until("/dags/deployed_etl", lambda dag: dag.get("is_active", not dag.get("is_stale")))
    yield bound
    astro.airflows.clear()


def finished(airflow: Airflow, run_id: str) -> str:
    path = f"/dags/deployed_etl/dagRuns/{run_id}"
    return airflow.until(path, lambda run: run["state"] in {"success", "failed"})["state"]


def shape(value: Any) -> Any:
    """The keys of an object, of those in it, and of those in its lists."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items() if key not in FREE}
    if isinstance(value, list):
        return [shape(each) for each in value[:1] if isinstance(each, dict)]
    return None


#: Fields whose content is free.
FREE = {"conf", "extra", "rendered_fields", "params", "default_args"}


def said(answer: requests.Response) -> Any:
    """What an error says, without what is different each time."""
    if not answer.content or "json" not in answer.headers.get("content-type", ""):
        return None
    body = answer.json()
    if answer.status_code < 400:
        return shape(body)
    detail = body.get("detail")
    if isinstance(detail, list):
        return [(each["type"], each["loc"], each["msg"]) for each in detail]
    if isinstance(detail, dict):
        detail = {**detail, "message": re.sub(r"ID \w+$", "ID", detail["message"])}
    return detail, body.get("title"), body.get("status")


#: Requests in order; each goes to both.
RUN = "/dags/deployed_etl/dagRuns"
MAPPED = f"{RUN}/r1/taskInstances/double"
CONNECTION = {"connection_id": "c1", "conn_type": "http", "password": "s3cret", "extra": '{"token": "t", "a": 1}'}
READS = [
    ("GET", "/dags/deployed_etl", None),
    ("GET", "/dags/nope", None),
    ("GET", "/dags?dag_id_pattern=DEPLOYED_E&limit=1", None),
    ("GET", "/dags?order_by=color", None),
    ("GET", "/dags?limit=-1", None),
    ("GET", "/dags?limit=many", None),
    ("GET", "/dags?color=red&limit=1&dag_id_pattern=deployed", None),
    ("GET", "/dags/deployed_etl/tasks", None),
    ("GET", "/dags/deployed_etl/tasks/double", None),
    ("GET", "/dags/deployed_etl/tasks/nope", None),
    ("PATCH", "/dags/deployed_etl", {"is_paused": "x"}),
    ("PATCH", "/dags/deployed_etl", {"color": 1}),
    ("PATCH", "/dags/nope", {"is_paused": True}),
    ("PATCH", "/dags/deployed_etl?update_mask=tags", {"is_paused": True}),
    ("PATCH", "/dags?dag_id_pattern=deployed_etl", {"is_paused": True}),
    ("POST", RUN, {"dag_run_id": "no-date"}),
    ("POST", RUN, {"logical_date": None, "dag_run_id": "null-date"}),
    ("POST", RUN, {**DATE, "dag_run_id": "r1", "conf": {"fail": True}}),
    ("POST", RUN, {"logical_date": "2026-02-01T00:00:00Z", "dag_run_id": "dated"}),
    ("POST", RUN, {"logical_date": "2026-02-01T00:00:00Z", "dag_run_id": "dated-2"}),
    ("POST", RUN, {"logical_date": "2026-02-01T00:00:00", "dag_run_id": "naive"}),
    ("POST", RUN, {**DATE, "dag_run_id": "a b"}),
    ("POST", RUN, {**DATE, "dag_run_id": "scheduled__x"}),
    ("POST", RUN, {**DATE, "color": "red"}),
    ("POST", RUN, {**DATE, "conf": [1]}),
    ("POST", RUN, {**DATE, "dag_run_id": 5}),
    ("POST", "/dags/nope/dagRuns", DATE),
    ("GET", f"{RUN}?limit=1", None),
    ("GET", f"{RUN}?order_by=color", None),
    ("GET", f"{RUN}?state=color", None),
    ("GET", "/dags/nope/dagRuns", None),
    ("GET", f"{RUN}/nope", None),
    ("GET", f"{RUN}/nope/taskInstances", None),
    ("POST", "/dags/~/dagRuns/list", {"dag_ids": ["deployed_etl"], "page_limit": 1}),
    ("POST", "/dags/~/dagRuns/list", {"color": "red"}),
    ("POST", "/dags/~/dagRuns/list", {"page_limit": -1}),
    ("POST", "/dags/~/dagRuns/~/taskInstances/list", {"dag_ids": ["deployed_etl"], "page_limit": 1}),
    ("PATCH", f"{RUN}/nope", {"state": "failed"}),
    ("PATCH", f"{RUN}/r1", {"state": "running"}),
    ("POST", f"{RUN}/nope/clear", {}),
    ("POST", "/dags/deployed_etl/clearTaskInstances", {"dag_run_id": "nope"}),
    ("POST", "/dags/nope/clearTaskInstances", {"dag_run_id": "r1"}),
    ("POST", "/dags/deployed_etl/clearTaskInstances", {"dag_run_id": "r1", "task_ids": []}),
    ("POST", "/dags/deployed_etl/clearTaskInstances", {"dag_run_id": "r1", "color": "red"}),
    ("GET", "/importErrors", None),
    ("GET", "/importErrors/99", None),
    ("GET", "/version", None),
]
AFTER = [
    ("GET", f"{RUN}/r1", None),
    ("GET", f"{RUN}/r1/taskInstances", None),
    ("GET", MAPPED, None),
    ("GET", f"{MAPPED}/1", None),
    ("GET", f"{MAPPED}/9", None),
    ("GET", f"{MAPPED}/listMapped", None),
    ("GET", f"{MAPPED}/1/tries", None),
    ("GET", f"{MAPPED}/1/tries/1", None),
    ("GET", f"{MAPPED}/1/tries/7", None),
    ("GET", f"{MAPPED}/logs/1", None),
    ("GET", f"{RUN}/r1/taskInstances/check", None),
    ("GET", f"{RUN}/r1/taskInstances/nope", None),
    ("GET", f"{RUN}/r1/taskInstances/check/listMapped", None),
    ("GET", f"{RUN}/r1/taskInstances/check/tries", None),
    ("GET", f"{RUN}/r1/taskInstances/nope/tries", None),
    ("POST", "/dags/deployed_etl/clearTaskInstances", {"dag_run_id": "r1", "only_failed": False}),
    ("POST", f"{RUN}/r1/clear", {}),
    ("DELETE", f"{RUN}/nope", None),
]
OBJECTS = [
    ("POST", "/connections", CONNECTION),
    ("POST", "/connections", CONNECTION),
    ("POST", "/connections", {**CONNECTION, "connection_id": "c 1"}),
    ("POST", "/connections", {"connection_id": "c2"}),
    ("POST", "/connections", {**CONNECTION, "color": "red"}),
    ("GET", "/connections/c1", None),
    ("GET", "/connections/nope", None),
    ("GET", "/connections?limit=1", None),
    ("GET", "/connections?order_by=color", None),
    ("PATCH", "/connections/c1", {**CONNECTION, "password": "***"}),
    ("PATCH", "/connections/c1", {"host": "h"}),
    ("PATCH", "/connections/c1", {**CONNECTION, "connection_id": "other"}),
    ("PATCH", "/connections/nope", {**CONNECTION, "connection_id": "nope"}),
    ("PATCH", "/connections/c1?update_mask=color", CONNECTION),
    ("DELETE", "/connections/c1", None),
    ("DELETE", "/connections/c1", None),
    ("POST", "/variables", {"key": "k", "value": "v"}),
    ("POST", "/variables", {"key": "k", "value": "w"}),
    ("POST", "/variables", {"key": "k"}),
    ("POST", "/variables", {"key": "k", "value": "v", "color": "red"}),
    ("POST", "/variables", {"key": "a/b", "value": "v"}),
    ("GET", "/variables/a%2Fb", None),
    ("GET", "/variables/%2Fnope", None),
    ("GET", "/variables?limit=1", None),
    ("PATCH", "/variables/k", {"key": "k", "value": "x", "description": "d"}),
    ("PATCH", "/variables/k", {"key": "other", "value": "x"}),
    ("PATCH", "/variables/k?update_mask=key", {"key": "k", "value": "x"}),
    ("PATCH", "/variables/nope", {"key": "nope", "value": "x"}),
    ("DELETE", "/variables/a%2Fb", None),
    ("DELETE", "/variables/k", None),
    ("DELETE", "/variables/k", None),
    ("POST", "/pools", {"name": "p", "slots": 3, "include_deferred": True}),
    ("POST", "/pools", {"name": "p", "slots": 3}),
    ("POST", "/pools", {"name": "q"}),
    ("POST", "/pools", {"name": "q", "slots": 1, "occupied_slots": 1}),
    ("GET", "/pools/p", None),
    ("GET", "/pools/nope", None),
    ("GET", "/pools?limit=1", None),
    ("PATCH", "/pools/p", {"slots": 4}),
    ("PATCH", "/pools/p", {"name": "p", "slots": 4}),
    ("PATCH", "/pools/p?update_mask=slots", {"name": "p", "slots": 4, "include_deferred": True}),
    ("PATCH", "/pools/default_pool", {"slots": 64}),
    ("PATCH", "/pools/default_pool", {"name": "default_pool", "slots": 64, "include_deferred": False}),
    ("PATCH", "/pools/default_pool?update_mask=slots", {"slots": 128}),
    ("DELETE", "/pools/default_pool", None),
    ("DELETE", "/pools/p", None),
    ("DELETE", "/pools/p", None),
]
if MAJOR == 3:
    BULK = {
        "connections": CONNECTION,
        "variables": {"key": "/k", "value": "v"},
        "pools": {"name": "a/b", "slots": 1, "include_deferred": True},
    }
    for path, entity in BULK.items():
        for action in ("create", "create", "update", "delete", "delete"):
            entities = [next(iter(entity.values()))] if action == "delete" else [entity]
            OBJECTS.append(("PATCH", f"/{path}", {"actions": [{"action": action, "entities": entities}]}))
    OBJECTS.append(("PATCH", "/pools", {"actions": [{"action": "delete", "entities": ["nope"]}]}))
    for action in ("create", "update"):  # for an update, it is an error that include_deferred is left out
        OBJECTS.append(("PATCH", "/pools", {"actions": [{"action": action, "entities": [{"name": "p", "slots": 1}]}]}))
    OBJECTS.append(("DELETE", "/pools/p", None))


def differences(calls, emulated: Airflow, bound: Airflow) -> list[str]:
    found = []
    for method, path, body in calls:
        ours, theirs = emulated(method, path, body), bound(method, path, body)
        if (ours.status_code, said(ours)) != (theirs.status_code, said(theirs)):
            found.append(
                f"{method} {path} {body}\n  emulated: {ours.status_code} {said(ours)}"
                f"\n  real:     {theirs.status_code} {said(theirs)}"
            )
    return found


@pytest.fixture(scope="module")
def compared(emulated, bound):
    """Send what needs no finished run, while nothing runs; then let one run of each fail."""
    emulated.astro.order_dag_runs(emulated.deployment_id, "deployed_etl", run_id="r1", failed_tasks=["check"], times=1)
    for airflow in (emulated, bound):
        airflow("PATCH", "/dags/deployed_etl", {"is_paused": True})
    found = differences(READS, emulated, bound)
    for airflow in (emulated, bound):
        for run in airflow("GET", RUN).json()["dag_runs"]:
            if run["dag_run_id"] != "r1":
                airflow("DELETE", f"{RUN}/{run['dag_run_id']}")
        airflow("PATCH", "/dags/deployed_etl", {"is_paused": False})
    assert {finished(airflow, "r1") for airflow in (emulated, bound)} == {"failed"}
    return found


def test_dags_and_runs_are_answered_alike(compared):
    assert "\n".join(compared) == ""


def test_finished_runs_are_answered_alike(compared, emulated, bound):
    assert "\n".join(differences(AFTER, emulated, bound)) == ""


def test_connections_variables_and_pools_are_answered_alike(emulated, bound):
    assert "\n".join(differences(OBJECTS, emulated, bound)) == ""


def test_tasks_of_the_deployed_code_are_the_same(emulated, bound):
    def tasks(airflow):
        found = airflow("GET", "/dags/deployed_etl/tasks").json()["tasks"]
        return {task["task_id"]: (task["is_mapped"], task["downstream_task_ids"]) for task in found}

    assert tasks(emulated) == tasks(bound)
    assert len(tasks(bound)) == 4


def test_a_failed_run_resumes_alike(compared, emulated, bound):
    clear = {"dag_run_id": "r1", "only_failed": True, "dry_run": False, "reset_dag_runs": True}
    seen = []
    for airflow in (emulated, bound):
        cleared = airflow("POST", "/dags/deployed_etl/clearTaskInstances", clear).json()["task_instances"]
        assert [task["task_id"] for task in cleared] == ["check"]
        assert finished(airflow, "r1") == "success"
        tasks = airflow("GET", f"{RUN}/r1/taskInstances").json()["task_instances"]
        # How many instances a mapped task has is not in the text of its DAG.
        seen.append({(task["task_id"], task["try_number"], task["max_tries"]) for task in tasks})
    assert seen[0] == seen[1]


def test_a_deploy_reaches_the_real_dags_folder_and_nothing_else(bound, dags):
    before = {path for path in dags.rglob("*") if f"astro-{bound.deployment_id}" not in str(path)}
    own = dags / f"astro-{bound.deployment_id}"
    assert (own / "current" / "dags" / "etl.py").read_bytes() == CODE["dags/etl.py"]
    bound.astro.add_deploy(bound.deployment_id, {"dags/etl.py": CODE["dags/etl.py"], "dags/note.txt": b"new"})
    bound("GET", "/version")
    assert (own / "current" / "dags" / "note.txt").read_bytes() == b"new"
    assert {path for path in dags.rglob("*") if f"astro-{bound.deployment_id}" not in str(path)} == before
    if MAJOR == 3:
        shown = next(each for each in bound.astro.deployments if each["id"] == bound.deployment_id)
        version = shown["dagTarballVersion"]
        bound.until("/dags/deployed_etl", lambda dag: dag["bundle_version"] == version)


def test_the_real_airflow_has_the_run_and_astros_token_never_reached_it(bound, airflow, compared):
    assert airflow.metadata.run_state("deployed_etl", "r1") == "success"
    found = [path for path in airflow.home.rglob("*.log") if bound.astro.token.encode() in path.read_bytes()]
    assert found == []
