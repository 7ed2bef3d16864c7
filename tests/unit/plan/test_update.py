"""What a file asks for, laid over the existing Deployment: nothing absent is reset."""

from __future__ import annotations

import pytest

from astro_provider.errors import PlanError
from astro_provider.plan import needs, plan_update
from tests.api_document import assert_fits
from tests.builders.plan_inputs import HEAVY, LOOKUPS, ON_CLUSTER, QUEUE, deployment, file, hybrid, lines, update


def test_an_empty_file_changes_nothing_and_resends_everything() -> None:
    plan = update(file())
    assert plan.is_empty
    assert plan.describe() == plan.as_xcom() == []
    assert plan.body == {
        "type": "STANDARD",
        "name": "test",
        "workspaceId": "ws-1",
        "description": "Mine",
        "executor": "CELERY",
        "isCicdEnforced": True,
        "isDagDeployEnabled": True,
        "isHighAvailability": True,
        "schedulerSize": "MEDIUM",
        "defaultTaskPodCpu": "0.25",
        "defaultTaskPodMemory": "0.5Gi",
        "resourceQuotaCpu": "10",
        "resourceQuotaMemory": "20Gi",
        "contactEmails": ["a@example.com", "b@example.com"],
        "environmentVariables": [
            {"key": "PLAIN", "isSecret": False, "value": "on"},
            {"key": "TOKEN", "isSecret": True},
        ],
        "workerQueues": [QUEUE | {"podEphemeralStorage": "10Gi"}],
    }
    assert needs(file(), deployment()) == frozenset()


def test_unlisted_variables_and_queues() -> None:
    given = file({"environment_variables": [], "worker_queues": [{"name": "default"}]})
    current = deployment(workerQueues=[QUEUE, HEAVY])
    assert lines(update(given, current)) == [
        "- worker_queues.heavy worker_type A10, min_worker_count 0, max_worker_count 10, "
        "worker_concurrency 5 (REMOVED)",
        "- environment_variables.PLAIN on (REMOVED)",
        "- environment_variables.TOKEN **** (REMOVED)",
    ]
    assert update(given, current, unlisted="keep").is_empty
    with pytest.raises(PlanError) as caught:
        update(given, current, unlisted="fail")
    assert "PLAIN, TOKEN" in str(caught.value)
    assert "not listed: heavy" in str(caught.value)


def test_a_differing_runtime_is_noted_and_not_applied() -> None:
    plan = update(file(runtime_version="3.1-1"))
    assert plan.is_empty
    assert "3.1-1 is not applied; the Deployment has 3.1-2" in plan.notes[0]


@pytest.mark.parametrize(
    ("configuration", "found"),
    [
        ({"deployment_type": "DEDICATED"}, "from 'STANDARD' to 'DEDICATED'"),
        ({"workspace_name": "Other"}, "workspace_name .*from 'Development'"),
        ({"cloud_provider": "aws"}, "from 'GCP'"),
        ({"region": "us-east1"}, "from 'us-central1'"),
        (
            {"default_task_pod_cpu": "1", "default_task_pod_memory": "0.5Gi"},
            "default_task_pod_memory .*2Gi for default_task_pod_cpu 1, not 0.5Gi",
        ),
        ({"executor": "KUBERNETES", "remote_execution": {"enabled": True}}, "needs the executor ASTRO"),
    ],
)
def test_refused(configuration, found) -> None:
    with pytest.raises(PlanError, match=found):
        update(file(**configuration))


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(PlanError) as caught:
        update(file(region="us-east1", deployment_type="HYBRID"))
    assert len(caught.value.problems) == 2


def test_a_hybrid_deployment_keeps_its_scheduler_and_pools() -> None:
    assert needs(file(), hybrid()) == frozenset()
    plan = plan_update(file(scheduler_au=10), hybrid(), ON_CLUSTER)
    assert_fits(plan.body, "Update")
    assert plan.body["scheduler"] == {"au": 10, "replicas": 1}
    assert plan.body["workerQueues"][0]["nodePoolId"] == "pool-small"
    assert lines(plan) == ["~ configuration.scheduler_au 5 -> 10"]


def test_a_hybrid_deployment_stays_in_its_cluster() -> None:
    with pytest.raises(PlanError, match=r"cluster_name .*from 'GCP Cluster'"):
        plan_update(file(cluster_name="Other"), hybrid(), ON_CLUSTER)
    assert plan_update(file(cluster_name="cluster-1"), hybrid(), ON_CLUSTER).is_empty


def test_a_hybrid_task_pool_is_not_the_first_one_by_accident() -> None:
    current = hybrid(executor="KUBERNETES", taskPodNodePoolId="pool-large", workerQueues=None)
    assert plan_update(file(), current, ON_CLUSTER).body["taskPodNodePoolId"] == "pool-large"
    plan = plan_update(file(default_worker_type="e2-standard-4"), current, ON_CLUSTER)
    assert lines(plan) == ["~ configuration.default_worker_type e2-standard-16 -> e2-standard-4"]


def test_rename() -> None:
    assert lines(update(file(name="new"))) == ["~ configuration.name test -> new"]


def test_what_a_later_api_shows_is_sent_back_as_it_is() -> None:
    assert plan_update(file(description="x"), deployment(schedulerSize="HUGE"), LOOKUPS).body["schedulerSize"] == "HUGE"
    with pytest.raises(PlanError, match="type SERVERLESS cannot be updated"):
        plan_update(file(), deployment(type="SERVERLESS"), LOOKUPS)
