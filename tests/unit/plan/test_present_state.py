"""An update of a Deployment whose present state the file's own rules would not allow, or do not show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from astro_provider.errors import PlanError
from astro_provider.plan import needs, plan_update
from tests.builders.plan_inputs import HEAVY, LOOKUPS, ON_CLUSTER, QUEUE, deployment, file, hybrid, lines, update

OUTSIDE = QUEUE | {"maxWorkerCount": 99, "workerConcurrency": 99, "astroMachine": "A999"}


def test_what_is_outside_the_limits_already_does_not_stand_in_the_way_of_other_changes() -> None:
    queues = [
        {"name": "default", "worker_type": "a999", "max_worker_count": 99, "worker_concurrency": 99},
        {"name": "heavy", "max_worker_count": 11},
    ]
    odd = {"schedulerSize": "HUGE", "defaultTaskPodCpu": "9", "defaultTaskPodMemory": "7Gi"}
    given = file(
        {"worker_queues": queues},
        default_task_pod_cpu="9",
        default_task_pod_memory="7Gi",
        resource_quota_cpu="20",
    )
    plan = plan_update(given, deployment(workerQueues=[OUTSIDE, HEAVY], **odd), LOOKUPS)
    assert lines(plan) == [
        "~ configuration.resource_quota_cpu 10 -> 20",
        "~ configuration.resource_quota_memory 20Gi -> 40Gi",
        "~ worker_queues.heavy.max_worker_count 10 -> 11",
    ]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"max_worker_count": 98}, "max_worker_count .*between 1 and 30, not 98"),
        ({"worker_type": "A5", "worker_concurrency": 99}, "worker_concurrency .*between 1 and 15, not 99"),
        ({"worker_type": "A998"}, "'A998' is not an available worker type"),
    ],
)
def test_what_changes_has_to_be_inside_the_limits(changed, found) -> None:
    with pytest.raises(PlanError, match=found):
        update(file({"worker_queues": [{"name": "default", **changed}]}), deployment(workerQueues=[OUTSIDE]))


def test_scheduler_units_outside_the_range_may_stay() -> None:
    plan = plan_update(file(scheduler_au=30, scheduler_count=2), hybrid(schedulerAu=30), ON_CLUSTER)
    assert lines(plan) == ["~ configuration.scheduler_count 1 -> 2"]
    with pytest.raises(PlanError, match="between 5 and 24, not 31"):
        plan_update(file(scheduler_au=31), hybrid(schedulerAu=30), ON_CLUSTER)


def test_a_hybrid_deployment_that_goes_to_kubernetes_gets_the_clusters_default_pool() -> None:
    given = file(executor="KUBERNETES")
    assert needs(given, hybrid()) == {"cluster"}
    plan = plan_update(given, hybrid(), ON_CLUSTER)
    assert plan.body["taskPodNodePoolId"] == "pool-small"
    assert "task pods run on e2-standard-4, the default of cluster 'GCP Cluster'" in plan.notes[0]


def test_a_workspace_whose_name_astro_does_not_show_is_looked_up() -> None:
    current, given = deployment(workspaceName=None), file(workspace_name="Development")
    assert needs(given, current) == {"workspace"}
    assert plan_update(given, current, LOOKUPS).is_empty
    with pytest.raises(PlanError, match=r"workspace_name .*from 'ws-1' to 'Development'"):
        plan_update(given, current, replace(LOOKUPS, workspace_id="ws-2"))
