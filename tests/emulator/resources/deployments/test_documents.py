"""What the API shows of a Deployment."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from .conftest import DROP

SCHEDULE = {"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 7 * * *", "isEnabled": False}


def hosts(answer: dict) -> set[str]:
    found = [answer[name] for name in ("apiUrl", "uiUrl")]
    found += [f"http://{answer[name]}" for name in ("webServerAirflowApiUrl", "webServerUrl", "imageRepository")]
    found.append(f"http://{answer['webServerIngressHostname']}")
    if "remoteExecution" in answer:
        found.append(answer["remoteExecution"]["remoteApiUrl"])
    return {urlsplit(url).netloc for url in found}


@pytest.mark.parametrize("kind", ["STANDARD", "DEDICATED", "HYBRID"])
def test_every_address_leads_to_the_emulator(create, call, astro, kind):
    made = create(kind).json()
    assert hosts(made) == {f"127.0.0.1:{astro.port}"}
    assert "astronomer" not in str({name: value for name, value in made.items() if name != "organizationId"})
    assert hosts(call("GET", f"/deployments/{made['id']}").json()) == {f"127.0.0.1:{astro.port}"}


def test_the_address_of_agents_leads_to_the_emulator_too(create, remote, astro):
    assert hosts(create("DEDICATED", **remote).json()) == {f"127.0.0.1:{astro.port}"}


@pytest.mark.parametrize(
    ("runtime", "version"), [("3.1-5", "v2"), ("3.0-12", "v2"), ("13.2.0", "v1"), ("12.9.0", "v1")]
)
def test_the_airflow_api_is_the_one_of_the_runtimes_airflow(create, runtime, version):
    made = create(astroRuntimeVersion=runtime).json()
    assert made["apiUrl"].endswith(f"/api/{version}")
    assert made["webServerAirflowApiUrl"].endswith(f"/api/{version}")


def test_an_unlisted_runtime_tells_its_airflow_by_its_form(astro):
    astro.add_deployment("new", astroRuntimeVersion="9.4-1")
    astro.add_deployment("old", astroRuntimeVersion="4.2.9")
    assert [made["apiUrl"].rsplit("/", 1)[1] for made in astro.deployments] == ["v2", "v1"]


def test_a_blank_description_of_a_schedule_is_not_shown(create):
    schedules = [{**SCHEDULE, "description": ""}, {**SCHEDULE, "description": "nights"}]
    made = create(scalingSpec={"hibernationSpec": {"schedules": schedules}}).json()
    assert made["scalingSpec"]["hibernationSpec"]["schedules"] == [SCHEDULE, schedules[1]]


def test_schedules_end_with_development_mode(create, update, call):
    schedules = {"hibernationSpec": {"schedules": [SCHEDULE]}}
    made = create(scalingSpec=schedules).json()
    call("POST", f"/deployments/{made['id']}/hibernation-override", {"isHibernating": True})
    after = update(made, isDevelopmentMode=False).json()
    assert "scalingSpec" not in after
    assert "scalingStatus" not in after
    assert call("GET", f"/deployments/{made['id']}").json()["status"] == "HEALTHY"


def test_a_spec_that_is_left_out_is_kept_and_one_that_is_sent_replaces_all(create, update, call):
    made = create(scalingSpec={"hibernationSpec": {"schedules": [SCHEDULE]}}).json()
    assert update(made).json()["scalingSpec"] == made["scalingSpec"]
    call("POST", f"/deployments/{made['id']}/hibernation-override", {"isHibernating": True})
    after = update(made, scalingSpec={"hibernationSpec": {"schedules": [SCHEDULE]}}).json()
    assert "override" not in after["scalingSpec"]["hibernationSpec"]
    assert update(made, scalingSpec={"hibernationSpec": None}).json()["scalingSpec"] == {"hibernationSpec": {}}


def test_kubernetes_on_a_hybrid_cluster_has_a_node_pool(create, hybrid):
    made = create("HYBRID", executor="KUBERNETES", workerQueues=DROP).json()
    assert made["taskPodNodePoolId"] == hybrid["nodePools"][0]["id"]


def test_a_deployment_without_queues_shows_none(create, remote):
    assert "workerQueues" not in create("DEDICATED", **remote).json()
    assert "workerQueues" not in create(executor="KUBERNETES", workerQueues=DROP).json()
