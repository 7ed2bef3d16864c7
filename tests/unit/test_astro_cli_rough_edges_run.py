"""Where the Astro CLI gives a wrong result or loses data (fact sheet, section 10 A): the rows that need a whole task.

One test a row, named after it, against the emulator.
"""

from __future__ import annotations

from typing import Any

import pytest

from astro_provider.errors import AmbiguousNameError
from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    InspectDeploymentOperator,
    UpdateDeploymentFromFileOperator,
)
from tests.builders.plan_inputs import HOSTED_FILE, HYBRID_FILE, queue


def test_a4_a_file_renames_the_deployment_that_is_given_by_its_id_and_no_other(astro: Any, runner: Any) -> None:
    one, namesake = astro.add_deployment("one"), astro.add_deployment("renamed", astro.add_workspace("Other"))
    given: dict[str, Any] = {"deployment": {"configuration": {"name": "renamed", "description": "x"}}}
    given["deployment"]["metadata"] = {"deployment_id": one}
    with pytest.raises(Exception, match="do not point to the same Deployment"):
        runner.run(UpdateDeploymentFromFileOperator, deployment_file=given, wait=False)
    runner.run(UpdateDeploymentFromFileOperator, deployment_file=given, wait=False, deployment_id=one)
    found = {item["id"]: (item["name"], item.get("description")) for item in astro.deployments}
    assert found == {one: ("renamed", "x"), namesake: ("renamed", None)}


def test_a5_an_unknown_workspace_is_an_error_that_names_the_known_ones(astro: Any, runner: Any) -> None:
    elsewhere = astro.add_deployment("staging", astro.add_workspace("Other"))
    given = {"deployment": {"configuration": HOSTED_FILE | {"workspace_name": "Devlopment", "description": "x"}}}
    tasks: list[Any] = [
        (CreateDeploymentFromTemplateOperator, {"template": given, "deployment_name": "new"}),
        (UpdateDeploymentFromFileOperator, {"deployment_file": given, "deployment_name": "staging"}),
    ]
    for operator, arguments in tasks:
        with pytest.raises(
            Exception, match=r"no Workspace 'Devlopment' that this token can see. Did you mean 'Development'.*'Other'"
        ):
            runner.run(operator, wait=False, **arguments)
    assert [(item["id"], item.get("description")) for item in astro.deployments] == [(elsewhere, None)]


def test_a6_the_cluster_that_is_read_is_the_deployments_own(astro: Any, runner: Any) -> None:
    pools = [{"nodeInstanceType": "e2-standard-4"}, {"nodeInstanceType": "only-there"}]
    astro.add_cluster("Other", "HYBRID", "GCP", "us-central1", node_pools=pools)
    configuration = HYBRID_FILE | {"workspace_name": "Development"}
    sections = {"worker_queues": [queue("default", "e2-standard-4")]}
    made = runner.run(
        CreateDeploymentFromTemplateOperator,
        template={"deployment": {"configuration": configuration, **sections}},
        deployment_name="h",
        wait=False,
    )
    changed = {"configuration": {"cluster_name": "Other"}, "worker_queues": [queue("default", "only-there")]}
    with pytest.raises(Exception, match="cannot be changed from 'GCP Cluster'") as caught:
        runner.run(UpdateDeploymentFromFileOperator, deployment_file={"deployment": changed}, deployment_id=made)
    assert "'only-there' is not a worker type of cluster 'GCP Cluster'" in str(caught.value)


def test_a12_what_goes_off_remote_execution_gets_the_amounts_that_it_had_not(astro: Any, runner: Any) -> None:
    remote = HOSTED_FILE | {"executor": "ASTRO", "workspace_name": "Development", "dag_deploy_enabled": False}
    remote |= {"remote_execution": {"enabled": True}}
    made = runner.run(
        CreateDeploymentFromTemplateOperator,
        template={"deployment": {"configuration": remote}},
        deployment_name="remote",
        wait=False,
    )
    off = {"configuration": {"remote_execution": {"enabled": False}}, "worker_queues": [queue("default", "A5")]}
    runner.run(UpdateDeploymentFromFileOperator, deployment_file={"deployment": off}, deployment_id=made, wait=False)
    (now,) = astro.deployments
    assert now["remoteExecution"]["enabled"] is False
    assert (now["defaultTaskPodCpu"], now["defaultTaskPodMemory"]) == ("0.25", "0.5Gi")
    assert (now["resourceQuotaCpu"], now["resourceQuotaMemory"]) == ("10", "20Gi")
    changes = [change["path"] for change in runner.ti.xcoms["changes"] if "_cpu" in change["path"]]
    assert changes == ["configuration.default_task_pod_cpu", "configuration.resource_quota_cpu"]


def test_a15_a_file_of_the_cli_switches_no_schedule_on(astro: Any, runner: Any, caplog: Any) -> None:
    times = {"hibernate_at": "0 20 * * *", "wake_at": "0 6 * * *"}  # the CLI leaves out enabled: false
    configuration = HOSTED_FILE | {"workspace_name": "Development", "is_development_mode": True}
    given = {"deployment": {"configuration": configuration, "hibernation_schedules": [times]}}
    made = runner.run(CreateDeploymentFromTemplateOperator, template=given, deployment_name="new", wait=False)
    assert caplog.text.count("These hibernation schedules are off") == 1
    switched_on = {"deployment": {"hibernation_schedules": [{**times, "enabled": True}]}}
    bodies = []
    for file in (switched_on, {"deployment": {"hibernation_schedules": [times]}}):
        runner.run(UpdateDeploymentFromFileOperator, deployment_file=file, deployment_id=made, wait=False)
        bodies.append([request for request in astro.requests if request.method == "POST"][-1].body)
    (first,) = [request.body for request in astro.requests if request.method == "POST"][:1]
    enabled = [
        [item["isEnabled"] for item in body["scalingSpec"]["hibernationSpec"]["schedules"]] for body in (first, *bodies)
    ]
    assert enabled == [[False], [True], [False]]
    copied = runner.run(InspectDeploymentOperator, deployment_id=made, template=True)
    assert "enabled: false" in copied


def test_a18_two_deployments_of_one_name_are_an_error(astro: Any, runner: Any) -> None:
    astro.add_deployment("twin")
    astro.add_deployment("twin", astro.add_workspace("Other"))
    with pytest.raises(Exception, match="2 Deployments are named 'twin'") as caught:
        runner.run(InspectDeploymentOperator, deployment_name="twin")
    assert isinstance(caught.value.__context__, AmbiguousNameError)


def test_a19_a_task_asks_nobody_and_says_whether_it_changed_anything(astro: Any, runner: Any) -> None:
    made = astro.add_deployment("staging")
    given = {"deployment": {"configuration": {"ci_cd_enforcement": True, "dag_deploy_enabled": True}}}
    said = []
    for _ in range(2):
        runner.run(UpdateDeploymentFromFileOperator, deployment_file=given, deployment_id=made, wait=False)
        said.append([change["path"] for change in runner.ti.xcoms["changes"]])
    assert said == [["configuration.ci_cd_enforcement"], []]
