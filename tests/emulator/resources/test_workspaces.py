"""Workspaces and clusters: filters, scopes, and what tests add."""

from __future__ import annotations

import pytest

from astro_provider.emulator import Emulator


def names(answer, key):
    return [item["name"] for item in answer.json()[key]]


def test_filters_choose_workspaces(call, astro):
    other = astro.add_workspace("Other")
    assert names(call("GET", "/workspaces"), "workspaces") == ["Development", "Production", "Other"]
    assert names(call("GET", "/workspaces?names=Other&names=Production"), "workspaces") == ["Production", "Other"]
    assert names(call("GET", f"/workspaces?workspaceIds={other}"), "workspaces") == ["Other"]


def test_a_token_of_one_workspace_gets_no_other(call, astro):
    other = astro.add_workspace("Other")
    token = astro.issue_token("WORKSPACE_MEMBER", other)
    assert names(call("GET", "/workspaces", token=token), "workspaces") == ["Other"]
    refused = call("GET", f"/workspaces/{astro.workspace_id}", token=token)
    assert (refused.status_code, "workspace.get" in refused.json()["message"]) == (403, True)


def test_filters_choose_clusters(call, astro):
    astro.add_cluster("eu", cloud_provider="AZURE", region="westeurope")
    assert names(call("GET", "/clusters?provider=AZURE"), "clusters") == ["eu"]
    assert names(call("GET", "/clusters?names=GCP Cluster"), "clusters") == ["GCP Cluster"]
    assert call("GET", "/clusters?provider=azure").status_code == 400


def test_what_is_there_from_the_beginning_has_the_same_ids_each_time(call, astro):
    with Emulator() as other:
        for kind in ("workspace", "cluster", "organization"):
            assert [d["id"] for d in other.store.all(kind)] == [d["id"] for d in astro.store.all(kind)]


@pytest.mark.parametrize("workspace", ["Production", None])
def test_a_deployment_is_added_to_a_workspace_by_name_or_to_the_first(astro, workspace):
    astro.add_deployment("x", workspace)
    assert astro.deployments[0]["workspaceName"] == (workspace or "Development")


def test_an_unknown_workspace_is_an_error(astro):
    with pytest.raises(KeyError, match="Nowhere"):
        astro.add_deployment("x", "Nowhere")


def test_an_update_replaces_the_settings_and_drops_the_default_place(call, astro):
    place = {"defaultCloudProvider": "AWS", "defaultRegion": "us-east-1"}
    made = call("POST", "/workspaces", {"name": "New", **place}).json()
    body = {"name": "New", "description": "d", "cicdEnforcedDefault": True}
    rest = f"/workspaces/{made['id']}"
    assert call("POST", rest, {"name": "New"}).status_code == 400
    assert call("POST", rest, body).status_code == 200
    shown = call("GET", rest).json()
    assert (shown["description"], shown["cicdEnforcedDefault"], "defaultRegion" in shown) == ("d", True, False)


def test_several_workspaces_may_have_one_name(call, astro):
    assert [call("POST", "/workspaces", {"name": "Twice"}).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "n" * 51},
        {"name": "n", "defaultRegion": "us-east-1"},
        {"name": "n", "defaultClusterId": "clnone"},
    ],
)
def test_a_workspace_that_does_not_fit_is_refused(call, body):
    assert call("POST", "/workspaces", body).status_code == 400


def test_a_workspace_is_deleted_only_when_it_is_empty_and_takes_its_tokens_along(call, astro):
    workspace = astro.add_workspace("Full")
    deployment = astro.add_deployment("one", workspace)
    kim = astro.add_user("kim@example.com", workspaceRoles=[{"workspaceId": workspace, "role": "WORKSPACE_OWNER"}])
    token = astro.issue_token("WORKSPACE_OWNER", workspace)
    rest = f"/workspaces/{workspace}"
    refused = call("DELETE", rest)
    assert (refused.status_code, "Deployments" in refused.json()["message"]) == (400, True)
    assert call("DELETE", f"/deployments/{deployment}").status_code == 204
    assert call("DELETE", rest, token=token).status_code == 204
    assert call("GET", "/workspaces", token=token).status_code == 401
    assert "workspaceRoles" not in call("GET", f"/users/{kim}").json()


def test_who_may_write_workspaces(call, astro):
    operator, owner = astro.issue_token("WORKSPACE_OPERATOR"), astro.issue_token("WORKSPACE_OWNER")
    assert call("POST", "/workspaces", {"name": "x"}, token=owner).status_code == 403
    body = {"name": "Development", "description": "", "cicdEnforcedDefault": False}
    statuses = [
        call("POST", f"/workspaces/{astro.workspace_id}", body, token=token).status_code for token in (operator, owner)
    ]
    assert statuses == [403, 200]
