"""The control API, and the journal that it shows."""

from __future__ import annotations

import pytest
import requests

from tests.emulator.calls import CONTROL, control


def test_faults_are_ordered_and_cancelled_over_http(call, astro):
    ordered = control(astro, "POST", "/faults", {"method": "GET", "status": 418})
    assert ordered.json()["faults"][0]["status"] == 418
    assert call("GET", "/deployments").status_code == 418
    control(astro, "POST", "/faults", {"status": 500})
    assert control(astro, "DELETE", "/faults").json() == {"faults": []}
    assert call("GET", "/deployments").status_code == 200


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"stauts": 500}, "There is no field of a fault 'stauts'. Did you mean 'status'?"),
        ({"drop": "afterwards"}, "drop='afterwards'; allowed: 'before', 'after'"),
        (["status"], "the body must be a JSON object"),
        (
            {"method": "PUT", "path": "/users/self"},
            "No request has the method PUT and the path '/users/self', so the fault cannot happen. Methods of this "
            "path: GET, HEAD.",
        ),
    ],
    ids=["a typo", "a wrong word", "no object", "no request"],
)
def test_a_wrong_fault_is_refused_and_says_what_is_right(astro, fault, said):
    refused = control(astro, "POST", "/faults", fault)
    assert (refused.status_code, refused.json()["message"]) == (400, f"Invalid request: {said}")
    assert control(astro, "GET", "/faults").json() == {"faults": []}


def test_the_journal_hides_secrets_over_http_and_keeps_no_token(call, astro, bodies):
    call("POST", "/deployments", bodies["STANDARD"])
    shown = control(astro, "GET", "/requests")
    assert shown.json()["requests"][0]["method"] == "POST"
    assert "s3cret" not in shown.text
    assert "hello" in shown.text
    assert astro.token not in shown.text
    assert "authorization" not in astro.requests[0].headers
    assert astro.requests[0].body == bodies["STANDARD"]
    assert control(astro, "DELETE", "/requests").json() == {"requests": []}


def test_a_deployment_is_added_over_http(call, astro):
    fields = {"isDevelopmentMode": True, "description": "Where we try things", "status": "HIBERNATING"}
    old = {"createdAt": "2026-01-01T00:00:00Z"}
    added = control(astro, "POST", "/deployments", {"name": "x", "workspace_id": "Production", **fields, **old})
    found = call("GET", f"/deployments/{added.json()['id']}").json()
    assert found["workspaceName"] == "Production"
    assert found.items() >= {"name": "x", **fields, **old}.items()


@pytest.mark.parametrize(
    ("deployment", "status", "said"),
    [
        ({}, 400, "field name failed check on required"),
        ({"name": "x", "workspaceId": "Production"}, 400, "'workspaceId'. Did you mean 'workspace_id'?"),
        ({"name": "x", "status": "BROKEN"}, 400, "status should be 'CREATING', "),
        ({"name": "x", "type": ["STANDARD"]}, 400, "type should be 'STANDARD', "),
        (
            {"name": "x", "workspace_id": "Prodction"},
            404,
            "There is no Workspace 'Prodction'. Did you mean 'Production'?",
        ),
        ({"name": "x", "workspace_id": "zzz"}, 404, "Known: Development, Production."),
        (
            {"name": "x", "is_development_mode": True},
            400,
            "A Deployment has no field 'is_development_mode'. Did you mean 'isDevelopmentMode'?",
        ),
        ("x", 400, "must be a JSON object"),
    ],
    ids=["no name", "typo", "status", "type", "Workspace", "no such Workspace", "snake case", "no object"],
)
def test_a_deployment_that_cannot_be_is_not_added(astro, deployment, status, said):
    refused = control(astro, "POST", "/deployments", deployment)
    assert refused.status_code == status
    assert said in refused.json()["message"]
    assert astro.deployments == []


def test_a_body_that_is_no_json_is_refused(astro):
    url = astro.url.removesuffix("/v1") + CONTROL + "/deployments"
    refused = requests.post(url, data="name=x", timeout=10)
    assert (refused.status_code, "is not JSON" in refused.json()["message"]) == (400, True)


def test_a_status_is_set_over_http(call, astro):
    made = astro.add_deployment("x")
    control(astro, "POST", f"/deployments/{made}/status", {"status": "UNHEALTHY", "reason": "tired"})
    assert call("GET", f"/deployments/{made}").json()["statusReason"] == "tired"
    assert control(astro, "POST", "/deployments/clnothing/status", {"status": "UNHEALTHY"}).status_code == 404
    assert control(astro, "POST", f"/deployments/{made}/status", {"status": "BROKEN"}).status_code == 400


def test_a_reset_goes_back_to_the_beginning(call, astro):
    astro.add_deployment("x")
    astro.fault(status=500)
    control(astro, "POST", "/reset")
    assert call("GET", "/deployments").json()["totalCount"] == 0
    assert control(astro, "GET", "/health").json() == {"status": "healthy", "deployments": 0}


def test_deploys_fail_on_order_over_http(call, astro):
    deployment = astro.add_deployment("one")
    assert control(astro, "POST", f"/deployments/{deployment}/failures", {"times": 1}).json() == {"times": 1}
    statuses = []
    for _ in range(2):
        made = call("POST", f"/deployments/{deployment}/deploys", {"type": "IMAGE_AND_DAG"}).json()
        rest = f"/deployments/{deployment}/deploys/{made['id']}/finalize"
        statuses.append(call("POST", rest, {"dagTarballVersion": ""}).json()["status"])
    assert statuses == ["FAILED", "DEPLOYED"]
    assert control(astro, "POST", f"/deployments/{deployment}/failures", {"times": -1}).status_code == 400
    assert control(astro, "POST", "/deployments/clnone/failures", {}).status_code == 404


def test_the_dags_that_a_deployment_runs_are_listed_over_http(astro):
    deployment = astro.add_deployment("one")
    assert control(astro, "GET", f"/deployments/{deployment}/dags").json() == {"dagTarballVersion": None, "files": {}}
    astro.add_deploy(deployment, {"dags/b.py": b"four", "dags/a.py": b""})
    shown = control(astro, "GET", f"/deployments/{deployment}/dags").json()
    assert shown["files"] == {"dags/a.py": 0, "dags/b.py": 4}
    assert shown["dagTarballVersion"] == astro.deployments[0]["dagTarballVersion"]
    assert control(astro, "GET", "/deployments/clnone/dags").status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/deployments/{}/status", {"status": "HEALTHY", "Reason": "x"}, "'Reason'. Did you mean 'reason'?"),
        ("/deployments/{}/failures", {"time": 2}, "'time'. Did you mean 'times'?"),
        ("/airflows", {"deployments": "*", "url": "http://x", "dagsFolder": "y"}, "Did you mean 'dags_folder'?"),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest_one(astro, path, body, said):
    refused = control(astro, "POST", path.format(astro.add_deployment("x")), body)
    assert refused.status_code == 400
    assert said in refused.json()["message"]


def test_deploys_of_deployments_that_come_later_fail_on_order_over_http(call, astro):
    assert control(astro, "POST", "/deployments/pr-*/failures", {"times": 1}).json() == {"times": 1}
    assert [finalized(call, astro.add_deployment(name)) for name in ("other", "pr-1", "pr-2")] == [
        "DEPLOYED",
        "FAILED",
        "DEPLOYED",
    ]


def finalized(call, deployment):
    made = call("POST", f"/deployments/{deployment}/deploys", {"type": "IMAGE_AND_DAG"}).json()
    rest = f"/deployments/{deployment}/deploys/{made['id']}/finalize"
    return call("POST", rest, {"dagTarballVersion": ""}).json()["status"]


def test_dag_runs_are_ordered_over_http(astro):
    order = {"dag_id": "etl", "failed_tasks": ["load"], "log": "KeyError", "progress": "reads:1", "times": 1}
    assert control(astro, "POST", "/deployments/pr-*/dag-runs", order).json() == order
    deployment = astro.add_deployment("pr-1")
    astro.add_dag(deployment, "etl", {"extract": [], "load": ["extract"]})
    for run in ("first", "second"):
        astro.add_dag_run(deployment, "etl", run)
    assert [run["state"] for run in astro.dag_runs(deployment)] == ["queued", "success"]


@pytest.mark.parametrize(
    ("path", "order", "status", "said"),
    [
        ("pr-*", {}, 400, "field dag_id failed check on required"),
        ("pr-*", {"dag_id": "etl", "failed_task": ["x"]}, 400, "'failed_task'. Did you mean 'failed_tasks'?"),
        ("pr-*", {"dag_id": "etl", "failed_tasks": "x"}, 400, "failed_tasks should be a list"),
        ("pr-*", {"dag_id": "etl", "progress": "soon"}, 400, "progress='soon'; allowed: 'immediately', "),
        ("pr-1", {"dag_id": "etl"}, 404, "There is no Deployment with the id or name 'pr-1'. Known: staging."),
    ],
)
def test_an_order_of_dag_runs_that_cannot_be_is_refused(astro, path, order, status, said):
    astro.add_deployment("staging")
    refused = control(astro, "POST", f"/deployments/{path}/dag-runs", order)
    assert refused.status_code == status
    assert said in refused.json()["message"]
