"""What Astro refuses by looking at more than one field."""

from __future__ import annotations

import pytest

from tests.emulator.calls import AMOUNTS

from .conftest import DROP


def refusal(answer) -> str:
    assert answer.status_code == 400, answer.text
    return answer.json()["message"]


@pytest.fixture
def made(create):
    return create().json()


@pytest.fixture
def made_remote(create, remote):
    answer = create("DEDICATED", **remote)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_kubernetes_takes_no_queues_not_even_none(create, update, bodies):
    said = (
        "Invalid field values: field workerQueues failed check on length; workerQueues should be min: 1; "
        "field workerQueues failed check on workerQueuesExcludedForKubernetes"
    )
    assert refusal(create(executor="KUBERNETES", workerQueues=[])) == said
    kubernetes = create(executor="KUBERNETES", workerQueues=DROP).json()
    assert refusal(update(kubernetes, executor="KUBERNETES", workerQueues=[])) == said
    with_queues = refusal(update(kubernetes, executor="KUBERNETES"))
    assert with_queues == "Invalid field values: field workerQueues failed check on workerQueuesExcludedForKubernetes"
    assert "workerQueues" not in update(kubernetes, executor="KUBERNETES", workerQueues=DROP).json()


@pytest.mark.parametrize("kind", ["STANDARD", "DEDICATED", "HYBRID"])
def test_leaving_kubernetes_needs_queues(create, update, kind):
    kubernetes = create(kind, executor="KUBERNETES", workerQueues=DROP).json()
    for queues in (DROP, None):
        assert refusal(update(kubernetes, workerQueues=queues)) == "Invalid request: worker queues are required"
    assert "workerQueues" in refusal(update(kubernetes, workerQueues=[]))
    assert [queue["name"] for queue in update(kubernetes).json()["workerQueues"]] == ["default"]


@pytest.mark.parametrize("kind", ["STANDARD", "DEDICATED", "HYBRID"])
def test_celery_is_not_left_without_a_queue(create, update, kind):
    made = create(kind).json()
    assert "workerQueues should be min: 1" in refusal(update(made, workerQueues=[]))
    assert update(made, workerQueues=DROP).json()["workerQueues"] == made["workerQueues"]


def test_astro_needs_airflow_3(create, update):
    old = {"astroRuntimeVersion": "13.2.0"}
    said = "executor should be CELERY or KUBERNETES: 13.2.0 has no Airflow 3"
    assert said in refusal(create(executor="ASTRO", **old))
    made = create(**old).json()
    assert said in refusal(update(made, executor="ASTRO"))
    assert create(name="other", executor="ASTRO").status_code == 200


@pytest.mark.parametrize("dag_deploys", [True, DROP, None])
def test_remote_execution_takes_no_dag_deploys(create, remote, dag_deploys):
    assert "isDagDeployEnabled should be false" in refusal(
        create("DEDICATED", **{**remote, "isDagDeployEnabled": dag_deploys})
    )


def test_remote_execution_takes_no_dag_deploys_in_an_update(update, remote, made_remote):
    changes = {**remote, "remoteExecution": DROP}
    assert update(made_remote, **changes).status_code == 200
    assert "isDagDeployEnabled" in refusal(update(made_remote, **{**changes, "isDagDeployEnabled": True}))


@pytest.mark.parametrize("name", AMOUNTS)
def test_remote_execution_takes_no_amounts(create, update, remote, made_remote, name):
    changes = {**remote, name: AMOUNTS[name]}
    assert f"field {name} failed check on excludedForRemoteExecution" in refusal(create("DEDICATED", **changes))
    assert name in refusal(update(made_remote, **changes))


def test_remote_execution_takes_no_queues(create, update, remote, bodies, made_remote):
    changes = {**remote, "workerQueues": bodies["DEDICATED"]["workerQueues"]}
    assert "field workerQueues failed check on excludedForRemoteExecution" in refusal(create("DEDICATED", **changes))
    assert "workerQueues" in refusal(update(made_remote, **changes))
    assert "workerQueues" not in made_remote


def test_remote_execution_needs_the_astro_executor(create, remote):
    assert "executor should be ASTRO" in refusal(create("DEDICATED", **{**remote, "executor": "CELERY"}))


def test_remote_execution_is_switched_off_with_queues_and_amounts(update, remote, made_remote, bodies):
    off = {"executor": "ASTRO", "remoteExecution": {"enabled": False}}
    assert refusal(update(made_remote, **off, workerQueues=DROP)) == "Invalid request: worker queues are required"
    assert "resourceQuotaCpu" in refusal(update(made_remote, **off, resourceQuotaCpu=DROP))
    after = update(made_remote, **off).json()
    assert after["resourceQuotaCpu"] == AMOUNTS["resourceQuotaCpu"]
    assert [queue["name"] for queue in after["workerQueues"]] == ["default"]


def test_remote_execution_is_switched_off_without_queues_where_kubernetes_takes_over(update, made_remote):
    off = {"executor": "KUBERNETES", "remoteExecution": {"enabled": False}, "workerQueues": DROP}
    after = update(made_remote, **off).json()
    assert (after["executor"], after["remoteExecution"]["enabled"]) == ("KUBERNETES", False)


@pytest.mark.parametrize("name", AMOUNTS)
def test_amounts_are_needed_without_remote_execution(create, update, made, name):
    assert refusal(create(**{name: DROP})) == f"Invalid field values: field {name} failed check on required"
    assert name in refusal(update(made, **{name: None}))


@pytest.mark.parametrize("change", [{"resourceQuotaMemory": "21Gi"}, {"defaultTaskPodMemory": "0.5"}])
def test_memory_is_twice_the_cpu(create, change):
    (name,) = change
    assert f"{name} should be twice {name.replace('Memory', 'Cpu')}, in Gi" in refusal(create(**change))


def test_unlisted_regions_and_runtimes_are_refused_unless_they_are_taken_on_purpose(create, astro):
    unlisted = {"region": "mars-north-1", "astroRuntimeVersion": "99.0-1"}
    said = refusal(create(**unlisted))
    assert "region should be a region of AWS that the emulator lists (see --take-unlisted)" in said
    assert "astroRuntimeVersion should be a version that the emulator lists (see --take-unlisted)" in said
    assert "region" in refusal(create(cloudProvider="GCP"))
    astro.take_unlisted = True
    assert create(**unlisted).json()["region"] == "mars-north-1"


def test_what_is_added_past_the_api_may_be_unlisted(astro):
    astro.add_deployment("old", astroRuntimeVersion="4.2.9", region="mars-north-1")
    assert astro.deployments[0]["astroRuntimeVersion"] == "4.2.9"


def test_provider_and_region_come_together(create):
    assert "field region failed check" in refusal(create(region=DROP))
    assert "field cloudProvider failed check" in refusal(create(cloudProvider=DROP))
    assert create(region=DROP, cloudProvider=DROP).json()["region"] == "us-east-1"


@pytest.mark.parametrize("workspace", ["", None, DROP])
def test_a_create_without_a_workspace_is_answered_in_the_apis_own_spelling(create, workspace):
    assert refusal(create(workspaceId=workspace)) == "Invalid request: No enntity id found in request body"


def test_an_unknown_workspace_or_cluster_is_refused(create):
    assert "field workspaceId failed check on exists" in refusal(create(workspaceId="clnothing"))
    assert "field clusterId failed check on exists" in refusal(create("DEDICATED", clusterId="clnothing"))
    assert "field clusterId failed check on required" in refusal(create("HYBRID", clusterId=DROP))


def test_a_cluster_of_the_other_kind_is_refused(create, hybrid, dedicated):
    assert "clusterId should be a cluster for DEDICATED" in refusal(create("DEDICATED", clusterId=hybrid["id"]))
    assert "clusterId should be a cluster for HYBRID" in refusal(create("HYBRID", clusterId=dedicated["id"]))


def test_type_and_workspace_are_fixed(update, made, astro):
    assert "workspaceId should be" in refusal(update(made, workspaceId=astro.add_workspace("Other")))
    assert "type should be STANDARD" in refusal(update(made, type="DEDICATED"))


def test_development_mode_is_not_switched_on_later(create, update):
    plain = create(isDevelopmentMode=False).json()
    assert "isDevelopmentMode should be false" in refusal(update(plain, isDevelopmentMode=True))


def test_only_development_deployments_hibernate(create, update):
    spec = {"hibernationSpec": {"schedules": []}}
    assert "field scalingSpec failed check on developmentMode" in refusal(
        create(isDevelopmentMode=False, scalingSpec=spec)
    )
    plain = create(isDevelopmentMode=False).json()
    assert "scalingSpec" in refusal(update(plain, isDevelopmentMode=DROP, scalingSpec=spec))
