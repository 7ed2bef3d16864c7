"""Every route, its good and its bad answers, judged by the published OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

from astro_provider.emulator.resources import RESOURCES
from tests.api_document import needs_document, request_problems, response_problems

from .access_bodies import ACCESS_BODIES, access_ids
from .calls import AMOUNTS, as_update

pytestmark = needs_document
ROUTES = [(route.method, route.path) for resource in RESOURCES for route in resource.routes]
TYPES = ("STANDARD", "DEDICATED", "HYBRID")
ORGANIZATION = "/organizations/{organizationId}"
ONE = f"{ORGANIZATION}/deployments/{{deploymentId}}"
OVERRIDE = f"{ONE}/hibernation-override"
DEPLOYS = f"{ONE}/deploys"
DEPLOY = f"{DEPLOYS}/{{deployId}}"
GIT = {"provider": "GITHUB", "account": "acme", "repo": "astro", "commitSha": "abc123"}
#: Bodies with which each POST succeeds, for a development Deployment named ``one``.
BODIES: dict[str, Callable[[dict[str, Any]], Any]] = {
    f"{ORGANIZATION}/deployments": lambda full: full,
    ONE: lambda full: as_update(full, name="one"),
    OVERRIDE: lambda full: {"isHibernating": True},
    DEPLOYS: lambda full: {"type": "IMAGE_AND_DAG", "git": {**GIT, "branch": "main"}, "description": "first"},
    DEPLOY: lambda full: {"description": "changed"},
    f"{DEPLOY}/finalize": lambda full: {"dagTarballVersion": ""},
    f"{DEPLOY}/rollback": lambda full: {"description": "back"},
    **{f"{ORGANIZATION}{rest}": lambda full, body=body: body for rest, body in ACCESS_BODIES.items()},
}


#: What a GET must have in its query.
QUERIES = {f"{ORGANIZATION}/cluster-options": "?type=DEDICATED"}


def status(method: str, template: str) -> int:
    """What a success is answered with."""
    silent = method == "DELETE" or (method == "POST" and template.endswith(("/members", "/bulk-delete")))
    return 204 if silent else 200


@pytest.fixture
def judged(call):
    """Make a call, and let the document judge what was sent, where that was accepted, and what came back."""

    def judged(method: str, template: str, rest: str, status: int, body: Any = None, **more: Any) -> Any:
        answer = call(method, rest, body, **more)
        assert answer.status_code == status, answer.text
        assert "s3cret" not in answer.text
        is_audit = template.endswith("audit-logs")
        assert answer.headers.get("content-type", "").startswith(
            "application/octet-stream" if is_audit else "application/json" if status != 204 else ""
        )
        content = json.loads(answer.content) if answer.content and not (is_audit and status == 200) else None
        if body is not None and status < 300:
            assert request_problems(method, template, body) == []
        assert response_problems(method, template, status, content) == []
        return content if content is not None else answer.content

    return judged


@pytest.fixture(params=TYPES)
def made(request, judged, bodies):
    """A Deployment of each type, made over HTTP."""
    body = bodies[request.param]
    return judged("POST", f"{ORGANIZATION}/deployments", "/deployments", 200, body), body


def test_a_deployment_of_each_type_lives_by_the_document(judged, made):
    deployment, body = made
    rest = f"/deployments/{deployment['id']}"
    judged("GET", ONE, rest, 200)
    judged("GET", f"{ORGANIZATION}/deployments", "/deployments", 200)
    update = as_update(body, description="changed")
    if body["type"] != "HYBRID":
        schedule = {"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 7 * * *", "isEnabled": True, "description": "x"}
        update["scalingSpec"] = {"hibernationSpec": {"schedules": [schedule]}}
    assert judged("POST", ONE, rest, 200, update)["description"] == "changed"
    judged("GET", ONE, rest, 200)
    judged("DELETE", ONE, rest, 204)
    judged("GET", ONE, rest, 404)


def test_the_least_body_makes_a_deployment(judged, astro):
    body = {"name": "least", "workspaceId": astro.workspace_id, "type": "STANDARD", **AMOUNTS}
    made = judged("POST", f"{ORGANIZATION}/deployments", "/deployments", 200, body)
    assert [queue["name"] for queue in made["workerQueues"]] == ["default"]


@pytest.mark.parametrize("executor", ["KUBERNETES", "ASTRO"])
def test_other_executors(judged, bodies, executor):
    body = {**bodies["STANDARD"], "executor": executor}
    if executor == "KUBERNETES":
        del body["workerQueues"]
    assert judged("POST", f"{ORGANIZATION}/deployments", "/deployments", 200, body)["executor"] == executor


def test_hibernation_overrides(judged, astro):
    made = astro.add_deployment("dev", isDevelopmentMode=True)
    rest = f"/deployments/{made}/hibernation-override"
    body = {"isHibernating": True, "overrideUntil": "2030-01-01T00:00:00Z"}
    assert judged("POST", OVERRIDE, rest, 200, body)["isActive"] is True
    assert judged("GET", ONE, f"/deployments/{made}", 200)["status"] == "HIBERNATING"
    judged("DELETE", OVERRIDE, rest, 204)
    judged("POST", OVERRIDE, f"/deployments/{astro.add_deployment('plain')}/hibernation-override", 400, body)


@pytest.fixture
def deploy_paths(astro):
    """A Deployment's deploys as the document writes and as they are: the list, and one of them."""
    rest = f"/deployments/{astro.add_deployment('one')}/deploys"
    return rest, lambda deploy, what="": (f"{DEPLOY}{what}", f"{rest}/{deploy['id']}{what}")


def uploaded(address: str) -> str:
    return requests.put(address, b"", headers={"x-ms-blob-type": "BlockBlob"}, timeout=10).headers["x-ms-version-id"]


@pytest.mark.parametrize("git", [GIT, {"provider": "GENERIC", "remoteUrl": "git@example.com:r.git", "commitSha": "a"}])
def test_a_deploy_of_dags_lives_by_the_document(judged, deploy_paths, git):
    rest, one = deploy_paths
    made = judged("POST", DEPLOYS, rest, 200, {"type": "DAG_ONLY", "description": "x", "git": git})
    judged("POST", *one(made, "/finalize"), 400, {})
    body = {"dagTarballVersion": uploaded(made["dagsUploadUrl"])}
    assert judged("POST", *one(made, "/finalize"), 200, body)["status"] == "DEPLOYED"
    judged("POST", *one(made, "/finalize"), 400, body)
    judged("POST", *one(made), 200, {"description": "changed"})
    back = judged("POST", *one(made, "/rollback"), 200, {})
    assert judged("GET", *one(back), 200)["rollbackFromId"] == made["id"]
    assert judged("GET", DEPLOYS, rest, 200)["totalCount"] == 2


def test_deploys_that_are_refused_or_not_there_by_the_document(judged, deploy_paths, astro):
    rest, one = deploy_paths
    nothing = {"id": "clnothing"}
    judged("GET", *one(nothing), 404)
    judged("POST", *one(nothing), 404, {})
    judged("POST", *one(nothing, "/rollback"), 404, {})
    judged("POST", *one(nothing, "/finalize"), 400, {"dagTarballVersion": ""})
    made = judged("POST", DEPLOYS, rest, 200, {"type": "IMAGE_ONLY"})
    judged("POST", *one(made, "/rollback"), 400, {})
    judged("POST", *one(made, "/rollback"), 400, {"description": "d" * 501})
    judged("GET", DEPLOYS, f"{rest}?limit=1001", 400)
    astro.set_status(made["deploymentId"], "HIBERNATING")
    judged("POST", DEPLOYS, rest, 400, {"type": "IMAGE_ONLY"})


def test_a_bundle_lives_by_the_document_but_for_its_type(call, deploy_paths):
    rest, _ = deploy_paths
    body = {"type": "BUNDLE", "bundleMountPath": "/usr/local/airflow/dbt/shop", "bundleType": "dbt"}
    assert request_problems("POST", DEPLOYS, body) == []
    made = call("POST", rest, body).json()
    version = uploaded(made["bundleUploadUrl"])
    done = call("POST", f"{rest}/{made['id']}/finalize", {"bundleTarballVersion": version}).json()
    call("GET", rest)
    shown = call("GET", f"{rest}/{made['id']}").json()
    assert shown["bundles"][0]["currentVersion"] == version
    for answer in (made, done, shown):
        assert answer["type"] == "BUNDLE"  # which the document's enum leaves out
        assert response_problems("POST", DEPLOYS, 200, {**answer, "type": "DAG_ONLY"}) == []


@pytest.mark.parametrize("kind", ["workspace", "cluster"])
def test_workspaces_and_clusters(judged, kind):
    found = judged("GET", f"{ORGANIZATION}/{kind}s", f"/{kind}s", 200)[f"{kind}s"]
    one = f"{ORGANIZATION}/{kind}s/{{{kind}Id}}"
    judged("GET", one, f"/{kind}s/{found[0]['id']}", 200)
    judged("GET", one, f"/{kind}s/clnothing", 404)
    named = judged("GET", f"{ORGANIZATION}/{kind}s", f"/{kind}s?names={found[0]['name']}", 200)
    assert [item["id"] for item in named[f"{kind}s"]] == [found[0]["id"]]


def test_organizations_and_options(judged, call):
    judged("GET", "/organizations", "/organizations", 200)
    judged("GET", ORGANIZATION, "", 200)
    for query in ("", "?deploymentType=HYBRID&executor=CELERY&cloudProvider=GCP"):
        judged("GET", f"{ORGANIZATION}/deployment-options", f"/deployment-options{query}", 200)
    judged("GET", f"{ORGANIZATION}/deployment-options", "/deployment-options?deploymentType=HOSTED", 400)


def test_audit_logs(judged, made, call):
    template = f"{ORGANIZATION}/audit-logs"
    lines = judged("GET", template, "/audit-logs", 200).decode().splitlines()
    assert [json.loads(line)["method"] for line in lines] == ["POST"]
    judged("GET", template, "/audit-logs?startDate=yesterday", 400)
    judged("GET", template, "/audit-logs", 403, token=call.astro.issue_token("ORGANIZATION_MEMBER"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "n" * 501}, "name"),
        ({"description": "d" * 1001}, "description"),
        ({"executor": "CELERI"}, "executor"),
        ({"schedulerSize": "small"}, "schedulerSize"),
        ({"cloudProvider": "aws"}, "cloudProvider"),
        ({"isCicdEnforced": "no"}, "isCicdEnforced"),
        ({"contactEmails": "a@example.com"}, "contactEmails"),
        ({"cicdEnforced": True}, "cicdEnforced"),
        ({"workerQueues": [{"name": "default"}]}, "workerQueues[0].astroMachine"),
    ],
)
def test_what_the_document_forbids_is_refused_with_the_field(judged, bodies, change, field):
    body = {**bodies["STANDARD"], **change}
    template = f"{ORGANIZATION}/deployments"
    assert request_problems("POST", template, body) != []
    refused = judged("POST", template, "/deployments", 400, body)
    assert field in [error["field"] for error in refused["fieldErrors"]]


@pytest.mark.parametrize(
    "missing", ["environmentVariables", "executor", "isHighAvailability", "schedulerSize", "type", "workspaceId"]
)
def test_an_update_needs_every_field_that_the_document_requires(judged, call, bodies, missing):
    made = call("POST", "/deployments", bodies["STANDARD"]).json()
    body = as_update(bodies["STANDARD"])
    del body[missing]
    if missing == "type":
        body["type"] = "OTHER"
    refused = judged("POST", ONE, f"/deployments/{made['id']}", 400, body)
    assert missing in [error["field"] for error in refused["fieldErrors"]]


@pytest.mark.parametrize(("method", "template"), ROUTES)
def test_every_route_answers_401_and_403_by_the_document(judged, astro, method, template):
    made = astro.add_deployment("one", workspace_id=astro.add_workspace("Closed"))
    rest = template.replace("{deploymentId}", made).replace("{organizationId}", astro.organization_id)
    rest = re.sub(r"\{\w+\}", "clx", rest)
    body = {} if method == "POST" else None
    for token in ("", "no.such.token", astro.issue_token(expires_in=-1)):
        judged(method, template, rest, 401, body, token=token)
    if "{organizationId}" in template:
        judged(method, template, rest.replace(astro.organization_id, "clother"), 403, body)


@pytest.mark.parametrize("role", ["WORKSPACE_MEMBER", "WORKSPACE_AUTHOR", "ORGANIZATION_MEMBER"])
def test_a_role_that_is_too_low_may_look_at_most(judged, bodies, astro, role):
    made = astro.add_deployment("one")
    token = astro.issue_token(role)
    judged("GET", ONE, f"/deployments/{made}", 403 if role.startswith("ORGANIZATION") else 200, token=token)
    refused = judged("POST", f"{ORGANIZATION}/deployments", "/deployments", 403, bodies["STANDARD"], token=token)
    assert "workspace.deployments.create" in refused["message"]
    judged("DELETE", ONE, f"/deployments/{made}", 403, token=token)


@pytest.mark.parametrize(("method", "template"), ROUTES)
def test_every_route_succeeds_by_the_document(judged, call, astro, bodies, dedicated, method, template):
    ids = {
        "organizationId": astro.organization_id,
        "workspaceId": astro.workspace_id,
        "clusterId": dedicated["id"],
        "deploymentId": astro.add_deployment("one", isDevelopmentMode=True),
    }
    begun = {"type": "IMAGE_AND_DAG", "status": "INITIALIZED"} if template.endswith("finalize") else {}
    ids["deployId"] = astro.add_deploy(ids["deploymentId"], **begun)
    ids |= access_ids(astro, call, ids["deploymentId"])
    body = BODIES[template](bodies["STANDARD"]) if method == "POST" and template in BODIES else None
    assert method != "POST" or body is not None or template.endswith("/rotate")
    query = QUERIES.get(template, "") if method == "GET" else ""
    if method == "DELETE" and template.endswith("{workspaceId}"):
        ids["workspaceId"] = astro.add_workspace("Empty")
    judged(method, template, template.format(**ids) + query, status(method, template), body)


def test_the_regions_of_clusters_by_provider(judged):
    template = f"{ORGANIZATION}/cluster-options"
    everywhere = judged("GET", template, "/cluster-options?type=HYBRID", 200)
    assert [options["provider"] for options in everywhere] == ["AWS", "AZURE", "GCP"]
    (azure,) = judged("GET", template, "/cluster-options?type=DEDICATED&provider=AZURE", 200)
    assert "westeurope" in [region["name"] for region in azure["regions"]]
    refused = judged("GET", template, "/cluster-options", 400)
    assert refused["message"].endswith("type should be one of DEDICATED, HYBRID")
