"""From an executor without worker queues to one with them: Astro's default queue, shown in the plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from astro_provider.errors import PlanError
from astro_provider.plan import needs, plan_update
from tests.unit.plan_samples import (
    CLUSTER,
    LOOKUPS,
    ON_CLUSTER,
    OPTIONS,
    QUEUE,
    assert_fits,
    deployment,
    file,
    hybrid,
    lines,
    queue,
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
        "deployment.worker_queues (file): is missing; Astro's default is sent: one queue 'default' with 1 to 10 "
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
    with pytest.raises(
        PlanError, match=r"worker_queues .*the worker types of cluster 'GCP Cluster' are e2-standard-16"
    ):
        plan_update(given, current, replace(ON_CLUSTER, cluster=CLUSTER.model_copy(update={"node_pools": several})))
