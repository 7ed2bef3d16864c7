"""What is read for a plan: the named cluster decides place and type, and nothing is read that is not used."""

from __future__ import annotations

from typing import Any

import pytest

from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    InspectDeploymentOperator,
    UpdateDeploymentFromFileOperator,
)
from tests.builders.plan_inputs import HYBRID_FILE, queue
from tests.unit.running import calls


def create(runner: Any, template: Any, **arguments: Any) -> str:
    arguments = {"deployment_name": "copy", "workspace": "Development", "wait": False} | arguments
    return str(runner.run(CreateDeploymentFromTemplateOperator, template=template, **arguments))


def options_asked_for(astro: Any) -> list[dict[str, str]]:
    return [dict(call.query) for call in calls(astro, "GET") if call.path.endswith("deployment-options")]


@pytest.fixture
def template(astro: Any, runner: Any) -> Any:
    """The template of a DEDICATED Deployment in the emulator's AWS cluster."""
    configuration = {"deployment_type": "DEDICATED", "cluster_name": "dedicated-aws", "executor": "CELERY"}
    made = create(runner, {"deployment": {"configuration": configuration}}, deployment_name="source")
    return runner.run(InspectDeploymentOperator, deployment_id=made, template=True)


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_template_creates_in_a_cluster_of_another_provider_and_region(astro, runner, template, by, caplog) -> None:
    elsewhere = astro.add_cluster("recovery", "DEDICATED", "GCP", "europe-west1")
    assert "cloud_provider: AWS" in template
    astro.clear_requests()
    made = create(runner, template, cluster="recovery" if by == "name" else elsewhere)
    (now,) = [item for item in astro.deployments if item["id"] == made]
    assert (now["clusterId"], now["cloudProvider"], now["region"]) == (elsewhere, "GCP", "europe-west1")
    assert all(asked.get("cloudProvider") in ("GCP", None) for asked in options_asked_for(astro))
    # By its id, a cluster is not read: the response to the create says where it is, and costs no call.
    where = "cluster 'recovery'" if by == "name" else "the Deployment"
    assert f"AWS is not used, because {where} is in GCP" in caplog.text
    assert f"us-east-1 is not used, because {where} is in europe-west1" in caplog.text


def test_a_cluster_given_by_id_in_the_templates_region_needs_no_warning(astro, runner, template, caplog) -> None:
    caplog.clear()
    create(runner, template, cluster=astro.add_cluster("beside"))
    assert "is not used" not in caplog.text


def test_an_update_with_the_file_of_another_region_goes_through(astro, runner, template, caplog) -> None:
    elsewhere = astro.add_cluster("recovery", "DEDICATED", "GCP", "europe-west1")
    made = create(runner, template, cluster=elsewhere)
    overrides = {"configuration": {"description": "x", "cluster_name": None}}
    runner.run(
        UpdateDeploymentFromFileOperator, deployment_file=template, deployment_id=made, overrides=overrides, wait=False
    )
    assert [item["description"] for item in astro.deployments if item["id"] == made] == ["x"]
    assert "AWS is not used, because the Deployment is in GCP" in caplog.text


def test_a_file_of_2023_without_a_type_creates_in_its_cluster(astro, runner, caplog) -> None:
    old = {key: value for key, value in HYBRID_FILE.items() if key != "deployment_type"} | {"scheduler_au": 5}
    sections = {"configuration": old, "worker_queues": [queue("default", "e2-standard-4")]}
    made = create(runner, {"deployment": sections})
    (now,) = [item for item in astro.deployments if item["id"] == made]
    assert now["type"] == "HYBRID"
    assert options_asked_for(astro)[0]["deploymentType"] == "HYBRID"
    assert "taken as HYBRID, the type of cluster 'GCP Cluster'" in caplog.text


def test_a_file_that_says_no_type_at_all_is_refused_before_any_call(astro, runner) -> None:
    with pytest.raises(Exception, match="deployment_type: is missing; must be one of"):
        create(runner, {"deployment": {"configuration": {"executor": "CELERY"}}})
    assert astro.requests == []


@pytest.mark.parametrize("executor", ["CELERY", "ASTRO"])
def test_a_deployment_leaves_kubernetes_without_a_section_of_queues(astro, runner, executor, caplog) -> None:
    runtime = {"astroRuntimeVersion": "3.1-5"}
    made = astro.add_deployment("k", executor="KUBERNETES", workerQueues=[], **runtime)
    given = {"deployment": {"configuration": {"executor": executor}}}
    astro.clear_requests()
    runner.run(UpdateDeploymentFromFileOperator, deployment_file=given, deployment_id=made, wait=False)
    (now,) = astro.deployments
    assert [(item["name"], item["astroMachine"]) for item in now["workerQueues"]] == [("default", "A5")]
    added = [change["path"] for change in runner.ti.xcoms["changes"] if change["action"] == "added"]
    assert added == ["worker_queues.default"]
    assert "one queue 'default' with 0 to 10 workers of type A5" in caplog.text
    assert len(astro.requests) == 3  # the Deployment, the options, the update
