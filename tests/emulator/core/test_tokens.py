"""What tokens allow, and what they say about who made something."""

from __future__ import annotations

import base64
import json

import pytest
import requests

from astro_provider.emulator import Emulator


def claims(token: str) -> dict:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_token_of_one_workspace_sees_no_other(call, astro):
    other = astro.add_deployment("hidden", workspace_id=astro.add_workspace("Other"))
    token = astro.issue_token("WORKSPACE_OPERATOR")
    assert call("GET", "/deployments", token=token).json()["totalCount"] == 0
    assert call("GET", f"/deployments/{other}", token=token).status_code == 403


def test_what_was_made_names_the_token_that_made_it(call, astro, bodies):
    operator = astro.issue_token("WORKSPACE_OPERATOR", name="nightly")
    made = call("POST", "/deployments", bodies["STANDARD"], token=operator).json()
    by = {"id": claims(operator)["apiTokenId"], "subjectType": "SERVICEKEY", "apiTokenName": "nightly"}
    assert (made["createdBy"], made["updatedBy"]) == (by, by)
    assert astro.audit_records[-1]["subjectId"] == by["id"]
    other = call("POST", f"/deployments/{made['id']}/hibernation-override", {"isHibernating": True})
    assert other.status_code == 200
    assert astro.audit_records[-1]["subjectId"] == claims(astro.token)["apiTokenId"]


def test_each_token_has_an_id_of_its_own(astro):
    tokens = [astro.token, *(astro.issue_token() for _ in range(3))]
    assert len({claims(token)["apiTokenId"] for token in tokens}) == 4


def test_an_added_deployment_may_have_another_creator(astro):
    colleague = {"id": "cluser", "subjectType": "USER", "username": "kim@example.com"}
    astro.add_deployment("theirs", createdBy=colleague)
    astro.add_deployment("ours")
    theirs, ours = astro.deployments
    assert theirs["createdBy"] == colleague
    assert ours["createdBy"]["id"] == claims(astro.token)["apiTokenId"]


def test_a_token_of_ones_own_is_the_owners():
    with Emulator(token="secret-of-the-tests") as astro:
        assert astro.authenticate("Bearer secret-of-the-tests").role == "ORGANIZATION_OWNER"


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("ORGANIZATION_OWNER", ["deployment.update", "deployment.deploys.create", "organization.auditLogs.get"]),
        ("WORKSPACE_OPERATOR", ["deployment.update", "deployment.deploys.create"]),
        ("WORKSPACE_AUTHOR", ["deployment.deploys.create"]),
        ("WORKSPACE_MEMBER", []),
        ("ORGANIZATION_MEMBER", []),
    ],
)
def test_a_role_has_the_permissions_that_the_docs_name(astro, role, allowed):
    token = astro.token if role == "ORGANIZATION_OWNER" else astro.issue_token(role)
    grant = astro.authenticate(f"Bearer {token}")
    asked = ["deployment.update", "deployment.deploys.create", "organization.auditLogs.get"]
    assert [permission for permission in asked if grant.allows(permission)] == allowed
    assert grant.allows("deployment.get") == (role != "ORGANIZATION_MEMBER")


def test_the_role_that_covers_a_deployment_counts_in_its_airflow(astro):
    one, other = astro.add_deployment("one"), astro.add_deployment("other")
    token = astro.issue_token("DEPLOYMENT_ADMIN", deployment_id=one)
    urls = {made["id"]: made["apiUrl"] for made in astro.deployments}
    for deployment, status in ((one, 200), (other, 401)):
        headers = {"Authorization": f"Bearer {token}"}
        assert requests.get(f"{urls[deployment]}/dags", headers=headers, timeout=10).status_code == status
