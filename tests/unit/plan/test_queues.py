"""From an executor without worker queues to one with them: Astro's default queue, shown in the plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from astro_provider.deployment_file import load
from astro_provider.errors import PlanError
from astro_provider.plan import needs, plan_create, plan_update
from tests.api_document import assert_fits
from tests.builders.plan_inputs import (
    CLUSTER,
    DATA,
    HEAVY,
    LOOKUPS,
    ON_CLUSTER,
    OPTIONS,
    QUEUE,
    deployment,
    file,
    hybrid,
    lines,
    queue,
    standard,
    update,
)

#: As the API may show the pods of a KUBERNETES Deployment: with a name and an id, and nothing that could be sent back.
SHOWN = {"id": "q", "name": "default", "podCpu": "1", "podMemory": "2Gi"}


@pytest.mark.parametrize("shown", [None, [], [SHOWN], [QUEUE]])
@pytest.mark.parametrize("executor", ["CELERY", "ASTRO"])
@pytest.mark.parametrize("section", [{}, {"worker_queues": []}])
def test_a_change_from_kubernetes_brings_astros_default_queue(executor, shown, section) -> None:
    given, current = file(section, executor=executor), deployment(executor="KUBERNETES", workerQueues=shown)
    assert needs(given, current) == {"options"}
    plan = update(given, current)
    assert plan.body["workerQueues"] == [
        {
            "name": "default",
            "isDefault": True,
            "astroMachine": "A5",
            "minWorkerCount": 1,
            "maxWorkerCount": 10,
            "workerConcurrency": 5,
        }
    ]
    added = "worker_type A5, min_worker_count 1, max_worker_count 10, worker_concurrency 5"
    assert lines(plan) == [f"~ configuration.executor KUBERNETES -> {executor}", f"+ worker_queues.default {added}"]
    assert list(plan.notes) == [
        "deployment.worker_queues (file): lists no queue; Astro's default is sent: one queue 'default' with 1 to 10 "
        "workers of type A5, 5 tasks at once on each"
    ]


def test_where_astro_offers_no_a5_its_first_machine_is_taken() -> None:
    offered = replace(LOOKUPS, options=OPTIONS.model_copy(update={"worker_machines": OPTIONS.worker_machines[1:]}))
    plan = update(file(executor="CELERY"), deployment(executor="KUBERNETES", workerQueues=None), offered)
    assert plan.body["workerQueues"][0]["astroMachine"] == "A10"


def test_queues_in_the_file_are_taken_instead() -> None:
    given = file({"worker_queues": [queue("default", "A10")]}, executor="CELERY")
    plan = update(given, deployment(executor="KUBERNETES", workerQueues=[SHOWN]))
    assert [(item["astroMachine"], item.get("id")) for item in plan.body["workerQueues"]] == [("A10", None)]
    assert plan.notes == ()


def test_a_hybrid_default_queue_runs_on_the_clusters_default_pool() -> None:
    given = file(executor="CELERY")
    current = hybrid(executor="KUBERNETES", taskPodNodePoolId="pool-large", workerQueues=None)
    assert needs(given, current) == {"cluster", "options"}
    plan = plan_update(given, current, ON_CLUSTER)
    assert_fits(plan.body, "Update")
    assert [item["nodePoolId"] for item in plan.body["workerQueues"]] == ["pool-small"]
    assert "of type e2-standard-4" in plan.notes[0]
    several = tuple(pool.model_copy(update={"is_default": False}) for pool in CLUSTER.node_pools or ())
    with pytest.raises(PlanError) as caught:
        plan_update(given, current, replace(ON_CLUSTER, cluster=CLUSTER.model_copy(update={"node_pools": several})))
    (problem,) = caught.value.problems
    assert "at least a queue named 'default' is needed; the worker types of cluster 'GCP Cluster' are" in problem


def test_queues_are_matched_by_name_and_keep_what_the_file_leaves_out() -> None:
    queues = [
        {"name": "alpha", "worker_type": "A5"},
        {"name": "default", "worker_type": "A10"},
        {"name": "heavy", "max_worker_count": 3},
    ]
    plan = update(
        file({"worker_queues": queues}), deployment(workerQueues=[QUEUE | {"podEphemeralStorage": "10Gi"}, HEAVY])
    )
    sent = {queue["name"]: queue for queue in plan.body["workerQueues"]}
    assert [sent[name].get("id") for name in ("alpha", "default", "heavy")] == [None, "queue-default", "queue-heavy"]
    assert sent["default"]["podEphemeralStorage"] == "10Gi"
    assert sent["heavy"]["workerConcurrency"] == 5
    assert lines(plan) == [
        "+ worker_queues.alpha worker_type A5, min_worker_count 1, max_worker_count 10, worker_concurrency 5",
        "~ worker_queues.default.worker_type A5 -> A10",
        "~ worker_queues.heavy.max_worker_count 10 -> 3",
    ]


def test_a_change_to_kubernetes_leaves_out_the_queues_and_says_so() -> None:
    plan = update(file(executor="KUBERNETES"))
    assert "workerQueues" not in plan.body
    assert lines(plan)[0] == "~ configuration.executor CELERY -> KUBERNETES"
    assert lines(plan)[1].startswith("- worker_queues.default")
    with pytest.raises(PlanError, match="no worker queues with the executor KUBERNETES"):
        update(file({"worker_queues": [{"name": "default"}]}, executor="KUBERNETES"))


def test_a_hybrid_queue_changes_its_pool_by_machine_type() -> None:
    given = file({"worker_queues": [{"name": "default", "worker_type": "e2-standard-16"}]})
    assert needs(given, hybrid()) == {"cluster"}
    plan = plan_update(given, hybrid(), ON_CLUSTER)
    assert lines(plan) == ["~ worker_queues.default.worker_type e2-standard-4 -> e2-standard-16"]


def test_a_hybrid_file_gives_each_queue_its_own_pool() -> None:
    plan = plan_create(load(DATA / "hybrid.yaml"), replace(LOOKUPS, cluster=CLUSTER))
    assert [queue["nodePoolId"] for queue in plan.body["workerQueues"]] == ["pool-small", "pool-large"]
    assert plan.body["scheduler"] == {"au": 5, "replicas": 1}
    assert plan.body["clusterId"] == "cluster-1"
    assert "isHighAvailability" not in plan.body
    assert_fits(plan.body, "Create")


def test_absent_queue_limits_are_the_defaults_of_the_queues_own_machine() -> None:
    queues = [{"name": "default", "worker_type": "a5"}, {"name": "heavy", "worker_type": "A10"}]
    body = plan_create(standard({"worker_queues": queues}), LOOKUPS).body
    assert [queue["workerConcurrency"] for queue in body["workerQueues"]] == [5, 10]
    assert [(queue["minWorkerCount"], queue["maxWorkerCount"]) for queue in body["workerQueues"]] == [(1, 10), (1, 10)]


def test_a_new_hybrid_queue_cannot_have_storage_and_the_plan_says_so() -> None:
    queues = [{"name": "default", "worker_type": "e2-standard-4", "pod_ephemeral_storage": "10Gi"}]
    given = file({"worker_queues": queues}, name="x", deployment_type="HYBRID", cluster_name="GCP Cluster")
    plan = plan_create(given, replace(LOOKUPS, cluster=CLUSTER))
    assert_fits(plan.body, "Create")
    assert "podEphemeralStorage" not in plan.body["workerQueues"][0]
    assert "an update with the same file sets it" in plan.notes[0]


KUBERNETES = {"name": "x", "deployment_type": "HYBRID", "cluster_name": "GCP Cluster", "executor": "KUBERNETES"}


@pytest.mark.parametrize(("pools", "is_default"), [(2, True), (1, False)])
def test_task_pods_of_a_hybrid_deployment_run_on_the_clusters_default_pool_and_the_plan_says_so(
    pools, is_default
) -> None:
    known = [pool.model_copy(update={"is_default": is_default and pool.is_default}) for pool in CLUSTER.node_pools]
    given = file(**KUBERNETES)
    assert needs(given, None) == {"workspace", "cluster"}
    plan = plan_create(given, replace(LOOKUPS, cluster=CLUSTER.model_copy(update={"node_pools": tuple(known[:pools])})))
    assert plan.body["taskPodNodePoolId"] == "pool-small"
    assert "default_worker_type" in plan.notes[0]
    assert "e2-standard-4" in plan.notes[0]


def test_task_pods_are_never_put_on_any_of_several_pools() -> None:
    known = tuple(pool.model_copy(update={"is_default": False}) for pool in CLUSTER.node_pools)
    cluster = CLUSTER.model_copy(update={"node_pools": known})
    with pytest.raises(PlanError, match=r"default_worker_type.*is missing.*'GCP Cluster' are e2-standard-16, e2-stand"):
        plan_create(file(**KUBERNETES), replace(LOOKUPS, cluster=cluster))
