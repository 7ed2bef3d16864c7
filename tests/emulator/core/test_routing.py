"""What the query parameters of all lists mean."""

from __future__ import annotations

import pytest


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


def test_the_list_of_deployments_has_no_largest_limit_and_the_others_have(call):
    assert call("GET", "/deployments?limit=5000").json()["limit"] == 5000
    refused = call("GET", "/workspaces?limit=1001")
    assert (refused.status_code, refused.json()["fieldErrors"][0]["field"]) == (400, "limit")
    assert call("GET", "/workspaces?limit=1000").status_code == 200


@pytest.mark.parametrize("limit", ["many", "-1", "1.5"])
def test_a_limit_is_a_number(call, limit):
    assert call("GET", f"/deployments?limit={limit}").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "/deployment-options?cloudProvider=&deploymentType=DEDICATED",
        "/deployment-options?deploymentType=&executor=",
        "/clusters?provider=",
        "/deployments?limit=&offset=&sorts=",
        "/workspaces?names=",
    ],
)
def test_a_blank_parameter_counts_as_left_out(call, query):
    blank, without = call("GET", query), call("GET", query.split("?")[0])
    assert blank.status_code == 200
    assert blank.json().get("totalCount") == without.json().get("totalCount")


def test_a_blank_parameter_leaves_the_others_in_force(call):
    hybrid = call("GET", "/deployment-options?cloudProvider=&deploymentType=HYBRID").json()
    assert hybrid["executors"] == ["CELERY", "KUBERNETES"]
