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
