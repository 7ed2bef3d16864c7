"""Remote Execution: what Astro refuses with it is refused here, what it does not have is left out, aloud."""

from __future__ import annotations

from typing import Any

import pytest

from astro_provider.errors import PlanError
from astro_provider.plan import needs, plan_create, plan_update
from tests.api_document import assert_fits
from tests.builders.plan_inputs import (
    CLUSTER_ID,
    HOSTED_FILE,
    LOOKUPS,
    deployment,
    file,
    lines,
    queue,
    standard,
    update,
)

ON = {"enabled": True}
DEDICATED = {"name": "r", "deployment_type": "DEDICATED", "cluster_name": CLUSTER_ID, "executor": "ASTRO"}
REMOTE = {"type": "DEDICATED", "executor": "ASTRO", "isDagDeployEnabled": False, "remoteExecution": ON}
REMOTE |= {"workerQueues": None, "clusterId": CLUSTER_ID, "schedulerSize": "SMALL"}


def create(sections: dict[str, Any] | None = None, **configuration: Any) -> Any:
    plan = plan_create(file(sections, **DEDICATED | {"remote_execution": ON} | configuration), LOOKUPS)
    assert_fits(plan.body, "Create")
    return plan


def test_dag_only_deploys_are_refused_with_it() -> None:
    with pytest.raises(PlanError, match=r"dag_deploy_enabled \(file\): must be false with Remote Execution"):
        create(dag_deploy_enabled=True)
    assert create(dag_deploy_enabled=False).notes == ()
    with pytest.raises(PlanError, match="must be false with Remote Execution"):
        update(file(dag_deploy_enabled=True), deployment(**REMOTE))


def test_astros_defaults_that_do_not_fit_it_are_replaced_aloud() -> None:
    plan = create(executor=None)
    assert plan.body["isDagDeployEnabled"] is False
    assert plan.body["executor"] == "ASTRO"
    assert ["executor" in note or "dag_deploy_enabled" in note for note in plan.notes] == [True, True]
    assert all("is missing" in note for note in plan.notes)


def test_an_existing_deployment_has_to_give_up_dag_only_deploys_in_so_many_words() -> None:
    current = deployment(**REMOTE | {"isDagDeployEnabled": True, "remoteExecution": None})
    with pytest.raises(PlanError, match=r"dag_deploy_enabled.*must be false.*the Deployment has them on"):
        update(file(remote_execution=ON), current)
    plan = update(file(remote_execution=ON, dag_deploy_enabled=False), current)
    assert plan.body["isDagDeployEnabled"] is False


def test_a_deployment_that_has_both_already_may_stay_so() -> None:
    current = deployment(**REMOTE | {"isDagDeployEnabled": True})
    assert update(file(dag_deploy_enabled=True), current).is_empty
    assert update(file(), current).is_empty


@pytest.mark.parametrize("executor", ["CELERY", "KUBERNETES"])
def test_every_other_executor_is_refused(executor) -> None:
    with pytest.raises(PlanError, match=f"Remote Execution needs the executor ASTRO, not {executor}"):
        create(executor=executor)


@pytest.mark.parametrize("executor", ["ASTRO", None])
def test_it_needs_a_runtime_with_airflow_3(executor) -> None:
    with pytest.raises(PlanError, match=r"needs an Astro Runtime with Airflow 3 .*not 13\.2\.0"):
        create(executor=executor, runtime_version="13.2.0")
    assert create(executor=executor, runtime_version="3.1-5").body["executor"] == "ASTRO"


def test_queues_pod_sizes_and_quotas_are_left_out_with_a_warning_as_files_of_the_cli_have_them() -> None:
    queues = {"worker_queues": [queue("default", "A5")]}
    amounts = {"default_task_pod_cpu": "0.5", "resource_quota_cpu": "20"}
    given = file(queues, **DEDICATED | {"remote_execution": ON, "dag_deploy_enabled": False} | amounts)
    assert needs(given, None) == {"workspace"}
    plan = plan_create(given, LOOKUPS)
    assert not {"workerQueues", "defaultTaskPodCpu", "resourceQuotaCpu"} & plan.body.keys()
    assert ["is not used with Remote Execution" in note for note in plan.notes] == [True, True, True]
    again = plan_update(
        given.overlay(name="test", overrides={"configuration": {"cluster_name": None}}), deployment(**REMOTE), LOOKUPS
    )
    assert again.is_empty
    assert "workerQueues" not in again.body
    assert "whose agents run the tasks" in "".join(again.notes)


def test_an_empty_list_of_queues_says_nothing() -> None:
    assert create({"worker_queues": []}, dag_deploy_enabled=False).notes == ()


def test_on_standard_it_is_sent_with_a_warning_that_it_is_in_doubt() -> None:
    configuration = HOSTED_FILE | {"executor": "ASTRO", "remote_execution": ON, "dag_deploy_enabled": False}
    plan = plan_create(file(**configuration), LOOKUPS)
    assert_fits(plan.body, "Create")
    assert plan.body["remoteExecution"] == ON
    assert len(plan.notes) == 1
    assert "remote_execution (file): may not be available for STANDARD Deployments" in plan.notes[0]
    assert "Astro may refuse it" in plan.notes[0]
    has_it = {**REMOTE, "type": "STANDARD", "clusterId": None}
    assert update(file(remote_execution={"task_log_bucket": "s3://x"}), deployment(**has_it)).notes == ()
    with_it = update(file(remote_execution=ON), deployment(**has_it | {"remoteExecution": None}))
    assert "may not be available" in with_it.notes[0]


def test_going_off_brings_back_the_default_queue_and_the_amounts() -> None:
    lacking = dict.fromkeys(("defaultTaskPodCpu", "defaultTaskPodMemory", "resourceQuotaCpu", "resourceQuotaMemory"))
    given, current = file(remote_execution={"enabled": False}), deployment(**REMOTE, **lacking)
    assert needs(given, current) == {"options"}
    plan = update(given, current)
    assert (plan.body["defaultTaskPodCpu"], plan.body["resourceQuotaMemory"]) == ("0.25", "20Gi")
    assert [item["name"] for item in plan.body["workerQueues"]] == ["default"]
    assert any(line.startswith("+ worker_queues.default worker_type A5") for line in lines(plan))
    with_queues = file({"worker_queues": [queue("default", "A10")]}, remote_execution={"enabled": False})
    assert [item["astroMachine"] for item in update(with_queues, deployment(**REMOTE)).body["workerQueues"]] == ["A10"]


def test_remote_execution_is_laid_over_and_can_be_switched_off() -> None:
    remote = {"enabled": True, "allowedIpAddressRanges": ["10.0.0.0/8"], "remoteApiUrl": "u"}
    current = deployment(executor="ASTRO", remoteExecution=remote, workerQueues=None)
    plan = update(file(remote_execution={"task_log_bucket": "b"}), current)
    assert plan.body["remoteExecution"] == {
        "enabled": True,
        "allowedIpAddressRanges": ["10.0.0.0/8"],
        "taskLogBucket": "b",
    }
    assert lines(plan) == ["+ configuration.remote_execution.task_log_bucket b"]
    off = update(
        file({"worker_queues": [{"name": "default", "worker_type": "A5"}]}, remote_execution={"enabled": False}),
        current,
    )
    assert off.body["remoteExecution"] == {"enabled": False}
    assert "- configuration.remote_execution.enabled true (REMOVED)" in lines(off)


def test_switched_off_remote_execution_is_not_sent() -> None:
    assert "remoteExecution" not in plan_create(standard(remote_execution={"enabled": False}), LOOKUPS).body


def test_settings_of_a_file_that_does_not_switch_it_on_are_not_dropped_without_a_word() -> None:
    settings = {"task_log_bucket": "s3://b", "allowed_ip_address_ranges": ["10.0.0.0/8"]}
    for given in (settings, settings | {"enabled": None}):
        plan = create(remote_execution=given)
        assert "remoteExecution" not in plan.body
        assert [note.split(": ")[-1] for note in plan.notes] == ["is not used, because enabled is not true"] * 2
        assert "configuration.remote_execution.allowed_ip_address_ranges (file)" in plan.notes[0]
    assert len(update(file(remote_execution=settings)).notes) == 2
    # Somebody who writes "off" means the settings, too, and the CLI writes an empty list for everybody.
    assert create(remote_execution=settings | {"enabled": False}).notes == ()
    assert create(remote_execution={"allowed_ip_address_ranges": []}).notes == ()
    shown = {"enabled": False, "allowedIpAddressRanges": ["10.0.0.0/8"], "taskLogBucket": "s3://b"}
    assert update(file(remote_execution=settings), deployment(remoteExecution=shown)).notes == ()
