"""What a file asks for becomes one create request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from astro_provider.deployment_file import load
from astro_provider.errors import DeploymentFileError, PlanError
from astro_provider.plan import Lookups, needs, plan_create
from tests.api_document import assert_fits
from tests.builders.plan_inputs import CLUSTER, DATA, LOOKUPS, file, standard

AMOUNTS = {
    "defaultTaskPodCpu": "0.25",
    "defaultTaskPodMemory": "0.5Gi",
    "resourceQuotaCpu": "10",
    "resourceQuotaMemory": "20Gi",
}


def test_only_what_was_given_or_is_needed_is_sent() -> None:
    plan = plan_create(standard(), LOOKUPS)
    assert plan.body == {"type": "STANDARD", "name": "x", "workspaceId": "ws-1", **AMOUNTS}
    assert_fits(plan.body, "Create")


def test_a_hosted_file_becomes_one_body_with_everything() -> None:
    plan = plan_create(load(DATA / "hosted.yaml").overlay(environment_variables={"API_TOKEN": "t"}), LOOKUPS)
    assert plan.body == {
        "type": "STANDARD",
        "name": "reports",
        "workspaceId": "ws-1",
        "description": "",
        "astroRuntimeVersion": "1.10",
        "executor": "CELERY",
        "isCicdEnforced": False,
        "isDagDeployEnabled": False,
        "isHighAvailability": False,
        "isDevelopmentMode": True,
        "schedulerSize": "SMALL",
        "cloudProvider": "GCP",
        "region": "us-central1",
        "contactEmails": ["team@example.com"],
        "environmentVariables": [
            {"key": "ON", "isSecret": False, "value": "on"},
            {"key": "API_TOKEN", "isSecret": True, "value": "t"},
        ],
        "workerQueues": [
            {
                "name": "default",
                "isDefault": True,
                "maxWorkerCount": 10,
                "minWorkerCount": 0,
                "workerConcurrency": 5,
                "astroMachine": "A5",
            }
        ],
        "scalingSpec": {
            "hibernationSpec": {
                "schedules": [
                    {
                        "hibernateAtCron": "0 20 * * MON-FRI",
                        "wakeAtCron": "0 6 * * 1-5",
                        "isEnabled": True,
                        "description": "nights",
                    }
                ]
            }
        },
        **AMOUNTS,
    }
    assert_fits(plan.body, "Create")
    assert [note.split(" (")[0] for note in plan.notes] == [
        "deployment.configuration.scheduler_au",
        "deployment.configuration.scheduler_count",
    ]


def test_a_dedicated_deployment_goes_to_its_cluster() -> None:
    cluster = CLUSTER.model_copy(update={"type": "DEDICATED"})
    plan = plan_create(file(name="x", deployment_type="DEDICATED", cluster_name="c"), replace(LOOKUPS, cluster=cluster))
    assert plan.body["clusterId"] == "cluster-1"
    assert_fits(plan.body, "Create")


def test_a_cluster_given_by_id_needs_no_look_up() -> None:
    given = file(name="x", deployment_type="DEDICATED", cluster_name="clkcbz5d01458926ewbjzubt3")
    assert needs(given, None) == {"workspace", "options"}
    assert plan_create(given, LOOKUPS).body["clusterId"] == "clkcbz5d01458926ewbjzubt3"


def test_remote_execution_takes_no_amounts_and_no_queues() -> None:
    given = standard(executor="ASTRO", remote_execution={"enabled": True, "task_log_bucket": "s3://logs"})
    assert needs(given, None) == {"workspace"}
    plan = plan_create(given, LOOKUPS)
    assert plan.body["remoteExecution"] == {"enabled": True, "taskLogBucket": "s3://logs"}
    assert not AMOUNTS.keys() & plan.body.keys()
    assert_fits(plan.body, "Create")


def test_an_executor_is_left_to_astro_where_the_file_names_none() -> None:
    assert "executor" not in plan_create(standard(), LOOKUPS).body


DEFAULT = {"name": "default", "worker_type": "A5"}


@pytest.mark.parametrize(
    ("sections", "configuration", "message"),
    [
        ({}, {"cloud_provider": "GCP"}, "cloud_provider .*needs region"),
        ({}, {"executor": "ASTRO", "runtime_version": "12.1.0"}, "ASTRO needs an Astro Runtime with Airflow 3"),
        (
            {},
            {"executor": "CELERY", "remote_execution": {"enabled": True}},
            "Remote Execution needs the executor ASTRO",
        ),
        ({"worker_queues": [DEFAULT]}, {"executor": "KUBERNETES"}, "no worker queues with the executor KUBERNETES"),
        ({"worker_queues": [{"name": "a", "worker_type": "A5"}]}, {}, "must be named 'default'"),
        ({"worker_queues": [{"name": "default"}]}, {}, r"worker_queues\[0\].worker_type .*a new queue needs one"),
        (
            {"worker_queues": [DEFAULT | {"worker_type": "A6"}]},
            {},
            "'A6' is not an available worker type; allowed: A5, A10",
        ),
        ({"worker_queues": [DEFAULT | {"max_worker_count": 31}]}, {}, "max_worker_count .*between 1 and 30, not 31"),
        ({"worker_queues": [DEFAULT | {"worker_concurrency": 16}]}, {}, "between 1 and 15, not 16"),
        (
            {"worker_queues": [DEFAULT | {"min_worker_count": 5, "max_worker_count": 4}]},
            {},
            "5 is more than max_worker_count, 4",
        ),
        ({}, {"default_task_pod_cpu": "1", "default_task_pod_memory": "3Gi"}, "twice the CPU, 2Gi"),
        ({}, {"default_task_pod_cpu": "4"}, "between 0.25 and 2, not 4"),
        ({}, {"deployment_type": "DEDICATED"}, "DEDICATED Deployment needs a cluster"),
    ],
)
def test_refused(sections, configuration, message) -> None:
    with pytest.raises(PlanError, match=message):
        plan_create(file(sections, **{"name": "x", "deployment_type": "STANDARD"} | configuration), LOOKUPS)


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"scheduler_au": 25}, "scheduler_au .*between 5 and 24, not 25"),
        ({"scheduler_count": 5}, "between 1 and 4"),
        ({"executor": "ASTRO"}, "allowed: CELERY, KUBERNETES"),
        (
            {"executor": "KUBERNETES", "default_worker_type": "e2-standard-8"},
            "allowed: e2-standard-16, e2-standard-4",
        ),
    ],
)
def test_refused_for_hybrid(configuration, message) -> None:
    given = file(**{"name": "x", "deployment_type": "HYBRID", "cluster_name": "GCP Cluster"} | configuration)
    with pytest.raises(PlanError, match=message):
        plan_create(given, replace(LOOKUPS, cluster=CLUSTER))


def test_a_type_is_needed() -> None:
    with pytest.raises(DeploymentFileError, match="deployment_type: is missing; must be one of STANDARD"):
        plan_create(file(name="x"), LOOKUPS)


def test_a_workspace_is_needed() -> None:
    with pytest.raises(PlanError, match="a Workspace is needed"):
        plan_create(standard(), Lookups())
