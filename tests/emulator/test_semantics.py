"""What the document's text says, and its schemas cannot."""

from __future__ import annotations

import pytest
import requests

from astro_provider.emulator import Emulator

from .conftest import AMOUNTS, Caller, as_update


@pytest.fixture
def made(call, bodies):
    return call("POST", "/deployments", bodies["STANDARD"]).json()


def least(astro):
    return {"name": "n", "workspaceId": astro.workspace_id, "type": "STANDARD", **AMOUNTS}


def update(call, made, bodies, **changes):
    return call("POST", f"/deployments/{made['id']}", as_update(bodies["STANDARD"], **changes))


def keys(deployment):
    return {entry["key"]: entry.get("value") for entry in deployment["environmentVariables"]}


def test_a_secret_is_kept_without_value_and_wiped_by_an_empty_one(call, astro, made, bodies):
    secret = {"key": "PASSWORD", "isSecret": True}
    assert keys(update(call, made, bodies, environmentVariables=[secret]).json()) == {"PASSWORD": None}
    assert astro.stored_secret(made["id"], "PASSWORD") == "s3cret"
    update(call, made, bodies, environmentVariables=[{**secret, "value": ""}])
    assert astro.stored_secret(made["id"], "PASSWORD") == ""


@pytest.mark.parametrize(
    "entry",
    [{"key": "NEW", "isSecret": True}, {"key": "GREETING", "isSecret": False}, {"key": "PASSWORD", "isSecret": False}],
)
def test_a_variable_without_value_is_refused_where_nothing_can_be_kept(call, made, bodies, entry):
    assert update(call, made, bodies, environmentVariables=[entry]).status_code == 400


def test_lists_are_full_replacements_and_queues_keep_their_ids(call, made, bodies):
    (queue,) = bodies["STANDARD"]["workerQueues"]
    heavy = {**queue, "name": "heavy", "isDefault": False}
    (default,) = made["workerQueues"]
    both = update(call, made, bodies, workerQueues=[queue, heavy], environmentVariables=[]).json()
    assert both["environmentVariables"] == []
    by_name = {q["name"]: q["id"] for q in both["workerQueues"]}
    assert by_name["default"] == default["id"]
    renamed = {**heavy, "name": "large", "id": by_name["heavy"]}
    after = update(call, made, bodies, workerQueues=[queue, renamed]).json()
    assert {q["name"]: q["id"] for q in after["workerQueues"]} == {"default": default["id"], "large": by_name["heavy"]}
    assert update(call, made, bodies, workerQueues=[{**queue, "id": ""}]).status_code == 400


def test_a_name_is_used_once_in_a_workspace_until_it_is_deleted(call, astro, made, bodies):
    again = call("POST", "/deployments", bodies["STANDARD"])
    assert again.status_code == 400
    assert again.json()["message"] == "Invalid request: Deployment name 'standard' already exists in this workspace"
    other = {**bodies["STANDARD"], "workspaceId": astro.add_workspace("Other")}
    assert call("POST", "/deployments", other).status_code == 200
    call("DELETE", f"/deployments/{made['id']}")
    assert call("POST", "/deployments", bodies["STANDARD"]).status_code == 200


def test_pages_filters_and_order(call, astro):
    ids = [astro.add_deployment(name, createdAt=f"2026-01-0{n}T00:00:00Z") for n, name in enumerate("cab", 1)]
    page = call("GET", "/deployments?limit=2&offset=1&sorts=createdAt:asc").json()
    assert [d["id"] for d in page["deployments"]] == ids[1:]
    assert (page["limit"], page["offset"], page["totalCount"]) == (2, 1, 3)
    names = [d["name"] for d in call("GET", "/deployments?sorts=name:desc").json()["deployments"]]
    assert names == ["c", "b", "a"]
    chosen = call("GET", f"/deployments?deploymentIds={ids[0]}&deploymentIds={ids[2]}&names=c&names=a").json()
    assert [d["id"] for d in chosen["deployments"]] == [ids[0]]
    assert call("GET", "/deployments?sorts=size:asc").status_code == 400


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        ("immediately", ["HEALTHY", "HEALTHY"]),
        ("reads:2", ["CREATING", "CREATING", "UNHEALTHY", "UNHEALTHY", "HEALTHY"]),
    ],
)
def test_a_status_moves_on_with_reads(progress, expected):
    with Emulator(progress=progress) as astro, requests.Session() as session:
        call = Caller(astro, astro.token, session)
        made = call("POST", "/deployments", least(astro)).json()
        assert made["status"] == "CREATING"
        assert [call("GET", f"/deployments/{made['id']}").json()["status"] for _ in expected] == expected


def test_a_status_moves_on_with_time():
    now = [1000.0]
    with Emulator(progress="seconds:5", clock=lambda: now[0]) as astro, requests.Session() as session:
        call = Caller(astro, astro.token, session)
        made = call("POST", "/deployments", least(astro)).json()
        seen = []
        for now[0] in (1004, 1005, 1009, 1010):
            seen.append(call("GET", f"/deployments/{made['id']}").json()["status"])
        assert seen == ["CREATING", "UNHEALTHY", "UNHEALTHY", "HEALTHY"]


def test_the_old_healthy_may_show_for_a_while_after_an_update(call, astro, made, bodies):
    call("GET", f"/deployments/{made['id']}")
    astro.stale_healthy_reads = 2
    assert update(call, made, bodies).json()["status"] == "HEALTHY"
    seen = [call("GET", f"/deployments/{made['id']}").json()["status"] for _ in range(3)]
    assert seen[:2] == ["HEALTHY", "HEALTHY"]


def test_a_restart_keeps_state_ids_and_token(tmp_path):
    database = tmp_path / "astro.db"
    with Emulator(database=database) as first, requests.Session() as session:
        made = Caller(first, first.token, session)("POST", "/deployments", least(first)).json()
        token = first.token
    with Emulator(database=database) as second, requests.Session() as session:
        assert Caller(second, token, session)("GET", f"/deployments/{made['id']}").json()["name"] == "n"


def test_development_mode_and_hibernation_specs(call, bodies):
    plain = call("POST", "/deployments", {**bodies["STANDARD"], "isDevelopmentMode": False}).json()
    rest = f"/deployments/{plain['id']}"
    assert call("POST", rest, as_update(bodies["STANDARD"], isDevelopmentMode=True)).status_code == 400
    spec = {"hibernationSpec": {"schedules": []}}
    body = as_update(bodies["STANDARD"], isDevelopmentMode=False, scalingSpec=spec)
    assert call("POST", rest, body).status_code == 400


def test_memory_is_twice_the_cpu(call, bodies):
    assert call("POST", "/deployments", {**bodies["STANDARD"], "resourceQuotaMemory": "21Gi"}).status_code == 400


def test_a_token_of_one_workspace_sees_no_other(call, astro):
    other = astro.add_deployment("hidden", workspace_id=astro.add_workspace("Other"))
    token = astro.issue_token("WORKSPACE_OPERATOR")
    assert call("GET", "/deployments", token=token).json()["totalCount"] == 0
    assert call("GET", f"/deployments/{other}", token=token).status_code == 403


def test_the_rate_limits_are_the_apis():
    now = [1000.0]
    with Emulator(rate_limit=True, clock=lambda: now[0]) as astro, requests.Session() as session:
        call = Caller(astro, astro.token, session)
        statuses = [call("GET", "/deployments").status_code for _ in range(26)]
        assert statuses == [200] * 25 + [429]
        limited = call("GET", "/deployments")
        assert limited.headers["Retry-After"] == "1"
        now[0] += 1
        assert call("GET", "/deployments").status_code == 200


@pytest.mark.parametrize("name", AMOUNTS)
def test_amounts_are_needed_unless_remote_execution_is_on(call, bodies, name):
    body = {**bodies["STANDARD"], "executor": "ASTRO"}
    lacking = {key: value for key, value in body.items() if key != name}
    refused = call("POST", "/deployments", lacking)
    assert [error["field"] for error in refused.json()["fieldErrors"]] == [name]
    remote = {key: value for key, value in body.items() if key not in (*AMOUNTS, "workerQueues")}
    made = call("POST", "/deployments", {**remote, "remoteExecution": {"enabled": True}}).json()
    assert name not in made
    rest = f"/deployments/{made['id']}"
    assert call("POST", rest, as_update(remote)).status_code == 200
    assert call("POST", rest, as_update(lacking, remoteExecution={"enabled": False})).status_code == 400
    assert call("POST", rest, as_update(body, remoteExecution={"enabled": False})).json()[name] == AMOUNTS[name]
