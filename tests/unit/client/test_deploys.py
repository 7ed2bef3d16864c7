"""Deploys of a Deployment, over the wire."""

from __future__ import annotations

from tests.builders.addresses import path
from tests.builders.deploys import deploy, listing

DEPLOYMENT_ID = "cldeployment0000000000001"
DEPLOYS = path(f"/deployments/{DEPLOYMENT_ID}/deploys")


def test_a_list_is_read_to_its_end_in_the_apis_own_order(client, requests_mock):
    first, second, third = (deploy(id=f"cldeploy{number}") for number in range(3))
    requests_mock.get(DEPLOYS, [{"json": listing(first, second, total=3)}, {"json": listing(second, third, total=3)}])
    assert [found.id for found in client.deploys.list(DEPLOYMENT_ID)] == ["cldeploy0", "cldeploy1", "cldeploy2"]
    assert [request.qs["offset"] for request in requests_mock.request_history] == [["0"], ["1"]]
    assert "sorts" not in requests_mock.last_request.qs


def test_one_of_a_type_that_the_document_does_not_list_is_read(client, requests_mock):
    requests_mock.get(f"{DEPLOYS}/cldeploy1", json=deploy(id="cldeploy1", type="BUNDLE", status="SOMETHING_NEW"))
    found = client.deploys.get(DEPLOYMENT_ID, "cldeploy1")
    assert (found.type, found.status, found.dag_tarball_version) == ("BUNDLE", "SOMETHING_NEW", None)
