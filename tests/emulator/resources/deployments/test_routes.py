"""Deployments over HTTP: create, update, delete."""

from __future__ import annotations

import pytest

from tests.emulator.calls import as_update


@pytest.fixture
def made(call, bodies):
    return call("POST", "/deployments", bodies["STANDARD"]).json()


def test_a_name_is_used_once_in_a_workspace_until_it_is_deleted(call, astro, made, bodies):
    again = call("POST", "/deployments", bodies["STANDARD"])
    assert again.status_code == 400
    assert again.json()["message"] == "Invalid request: Deployment name 'standard' already exists in this workspace"
    other = {**bodies["STANDARD"], "workspaceId": astro.add_workspace("Other")}
    assert call("POST", "/deployments", other).status_code == 200
    call("DELETE", f"/deployments/{made['id']}")
    assert call("POST", "/deployments", bodies["STANDARD"]).status_code == 200


def test_the_old_healthy_may_show_for_a_while_after_an_update(call, astro, made, bodies):
    call("GET", f"/deployments/{made['id']}")
    astro.stale_healthy_reads = 2
    assert call("POST", f"/deployments/{made['id']}", as_update(bodies["STANDARD"])).json()["status"] == "HEALTHY"
    seen = [call("GET", f"/deployments/{made['id']}").json()["status"] for _ in range(3)]
    assert seen[:2] == ["HEALTHY", "HEALTHY"]
