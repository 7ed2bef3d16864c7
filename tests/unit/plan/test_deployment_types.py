"""Files of 2022 and 2023 have no ``deployment_type``: their cluster says it, or keys that only HYBRID has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from astro_provider.errors import DeploymentFileError, PlanError
from astro_provider.plan import needs, plan_create
from tests.api_document import assert_fits
from tests.builders.plan_inputs import CLUSTER, LOOKUPS, file, hybrid, queue, update

OLD = {"name": "old", "scheduler_au": 5, "scheduler_count": 1, "executor": "CeleryExecutor"}
QUEUES = {"worker_queues": [queue("default", "e2-standard-4")]}


def test_the_type_of_the_named_cluster_is_taken_and_the_plan_says_so() -> None:
    given = file(QUEUES, cluster_name="GCP Cluster", **OLD)
    assert "cluster" in needs(given, None)
    plan = plan_create(given, replace(LOOKUPS, cluster=CLUSTER))
    assert_fits(plan.body, "Create")
    assert (plan.body["type"], plan.body["clusterId"]) == ("HYBRID", "cluster-1")
    assert plan.body["scheduler"] == {"au": 5, "replicas": 1}
    (note,) = plan.notes
    assert note.endswith("deployment_type (file): is missing; taken as HYBRID, the type of cluster 'GCP Cluster'")


@pytest.mark.parametrize("by", ["GCP Cluster", "clkcbz5d01458926ewbjzubt3"])
def test_the_cluster_is_read_by_name_and_by_id(by) -> None:
    assert "cluster" in needs(file(name="x", cluster_name=by), None)


def test_a_cluster_that_is_dedicated_makes_a_dedicated_deployment() -> None:
    lookups = replace(LOOKUPS, cluster=CLUSTER.model_copy(update={"type": "DEDICATED"}))
    plan = plan_create(file(name="x", cluster_name="GCP Cluster", executor="CELERY"), lookups)
    assert_fits(plan.body, "Create")
    assert (plan.body["type"], plan.body["resourceQuotaCpu"]) == ("DEDICATED", "10")


def test_keys_that_only_hybrid_has_say_it_and_a_cluster_is_then_asked_for() -> None:
    for configuration in (OLD, {"name": "x", "executor": "KUBERNETES", "default_worker_type": "e2-standard-4"}):
        with pytest.raises(PlanError) as caught:
            plan_create(file(QUEUES if configuration is OLD else None, **configuration), LOOKUPS)
        # Nothing is said of worker types: without a cluster, nobody knows them.
        (problem,) = caught.value.problems
        assert problem.endswith("cluster_name (file): a HYBRID Deployment needs a cluster")


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({}, r"deployment_type: is missing; must be one of STANDARD, DEDICATED, HYBRID$"),
        (
            {"cloud_provider": "AWS", "region": "us-east-1"},
            "for a file with cloud_provider and region, set it to STANDARD",
        ),
        (
            {"region": "us-east-1", "scheduler_count": 2},
            "for a file with cloud_provider and region, set it to STANDARD",
        ),
        ({"scheduler_size": "SMALL", "scheduler_au": 0}, "is missing"),
    ],
)
def test_where_nothing_says_it_the_file_is_refused_before_any_call(configuration, words) -> None:
    with pytest.raises(DeploymentFileError, match=words):
        plan_create(file(name="x", **configuration), LOOKUPS)


def test_an_update_takes_the_deployments_own() -> None:
    assert update(file(scheduler_au=5, executor="CeleryExecutor"), hybrid()).is_empty
