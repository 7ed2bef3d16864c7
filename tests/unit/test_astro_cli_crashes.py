"""Where the Astro CLI crashes (fact sheet, section 10 B), and this package goes on or says what is wrong.

One test a row, named after it.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from astro_provider.client import AstroClient
from astro_provider.deployment_file import inspect, loads
from astro_provider.errors import ConfigurationError, PlanError, UnexpectedResponseError
from astro_provider.models.deployments import Deployment
from astro_provider.plan import plan_create, plan_update
from tests.api_document import assert_fits
from tests.builders.deployments import NOW, least_deployment
from tests.builders.plan_inputs import CLUSTER, LOOKUPS, deployment, file

BARE_CLUSTER = replace(LOOKUPS, cluster=CLUSTER.model_copy(update={"node_pools": None}))
KUBERNETES = {"deployment_type": "HYBRID", "executor": "KUBERNETES", "cluster_name": "GCP Cluster"}


def test_b1_kubernetes_in_a_hybrid_cluster_without_node_pools() -> None:
    body = plan_create(file(name="h", **KUBERNETES), BARE_CLUSTER).body
    assert_fits(body, "Create")
    assert "taskPodNodePoolId" not in body
    with pytest.raises(PlanError, match=r"'m5.large' is not a worker type of cluster 'GCP Cluster'.*allowed: none"):
        plan_create(file(name="h", default_worker_type="m5.large", **KUBERNETES), BARE_CLUSTER)


def test_b2_a_file_that_does_not_speak_of_remote_execution_which_is_on() -> None:
    remote = {"enabled": True, "allowedIpAddressRanges": [], "remoteApiUrl": "https://x"}
    current = deployment(type="DEDICATED", executor="ASTRO", remoteExecution=remote, workerQueues=[])
    plan = plan_update(file(description="x"), current, LOOKUPS)
    assert_fits(plan.body, "Update")
    assert plan.body["remoteExecution"] == {"enabled": True, "allowedIpAddressRanges": []}


@pytest.mark.parametrize("kind", ["DEDICATED", "HYBRID"])
def test_b3_a_file_of_another_type_than_the_deployment(kind: str) -> None:
    with pytest.raises(PlanError, match=f"deployment_type.*cannot be changed from 'STANDARD'.*'{kind}'"):
        plan_update(file(deployment_type=kind, cluster_name="GCP Cluster"), deployment(clusterId=None), LOOKUPS)


def bare(**fields: Any) -> Deployment:
    return Deployment.model_validate(least_deployment(workspaceId="ws-1", status="UNKNOWN", **fields))


@pytest.mark.parametrize("template", [False, True])
@pytest.mark.parametrize(
    "live",
    [
        bare(),
        bare(type="HYBRID", workerQueues=[{"id": "q", "name": "default", "nodePoolId": "nobody-knows"}]),
        bare(type="DEDICATED", clusterId="c", workerQueues=[{"id": "q", "name": "default"}]),
        bare(type="STANDARD", remoteExecution={"enabled": True}),
    ],
    ids=["nothing", "hybrid", "dedicated", "remote"],
)
def test_b4_inspect_of_an_answer_that_lacks_every_optional_field(live: Deployment, template: bool) -> None:
    text = inspect(live, None, url="https://cloud.astronomer.io", template=template)
    assert loads(text, name="f").configuration.workspace_name == "ws-1"


def test_b5_every_list_of_an_inspected_file_is_readable_by_its_key() -> None:
    schedules = {"hibernationSpec": {"schedules": [{"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 6 * * *"}]}}
    live = deployment(isDevelopmentMode=True, scalingSpec=schedules)
    tree = json.loads(inspect(live, None, url="https://cloud.astronomer.io", output_format="json"))["deployment"]
    assert tree["worker_queues"][0]["name"] == "default"
    assert tree["environment_variables"][1] == {"is_secret": True, "key": "TOKEN", "updated_at": NOW, "value": None}
    assert tree["alert_emails"] == ["a@example.com", "b@example.com"]
    assert tree["hibernation_schedules"][0]["wake_at"] == "0 6 * * *"


@pytest.mark.parametrize("claims", [{}, {"permissions": ["nocolon"]}, {"permissions": None}, {"permissions": []}])
def test_b6_a_token_that_says_nothing_about_its_organization(claims: dict[str, Any]) -> None:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    with pytest.raises(ConfigurationError, match="Organization") as caught:
        AstroClient(f"e30.{payload}.sig")
    assert payload not in str(caught.value)


def test_b7_a_page_of_a_proxy_in_place_of_an_answer(requests_mock: Any) -> None:
    requests_mock.get("https://api.astronomer.io/v1/organizations/org/deployments", text="<html>Sign in</html>")
    with AstroClient("token", organization_id="org", max_retries=0) as client, pytest.raises(UnexpectedResponseError):
        client.deployments.list()
