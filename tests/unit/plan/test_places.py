"""Provider and region place a STANDARD Deployment; in a cluster they say nothing, and the plan says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from astro_provider.errors import PlanError
from astro_provider.plan import plan_create
from tests.api_document import assert_fits
from tests.builders.plan_inputs import CLUSTER, HYBRID_FILE, LOOKUPS, deployment, file, hybrid, update

STANDARD = {"deployment_type": "STANDARD", "cloud_provider": "AWS", "region": "us-east-1"}
ELSEWHERE = {"cloud_provider": "AWS", "region": "eu-west-1"}


@pytest.mark.parametrize("deployment_type", ["DEDICATED", "HYBRID"])
def test_a_template_of_another_region_creates_in_the_cluster_with_a_warning(deployment_type) -> None:
    lookups = replace(LOOKUPS, cluster=CLUSTER.model_copy(update={"type": deployment_type}))
    template = file(**HYBRID_FILE | {"deployment_type": deployment_type} | ELSEWHERE)
    plan = plan_create(template.overlay(cluster="GCP Cluster"), lookups)
    assert_fits(plan.body, "Create")
    assert plan.body["clusterId"] == "cluster-1"
    assert not {"cloudProvider", "region"} & plan.body.keys()
    assert list(plan.notes) == [
        "deployment.configuration.cloud_provider (file): AWS is not used, because cluster 'GCP Cluster' is in GCP",
        "deployment.configuration.region (file): eu-west-1 is not used, "
        "because cluster 'GCP Cluster' is in us-central1",
    ]


@pytest.mark.parametrize("current", [hybrid(), hybrid(type="DEDICATED", schedulerSize="SMALL", workerQueues=[])])
def test_an_update_in_a_cluster_ignores_them_with_a_warning(current) -> None:
    plan = update(file(**ELSEWHERE), current) if current.type == "HYBRID" else None
    plan = plan or update(file({"worker_queues": [{"name": "default", "worker_type": "A5"}]}, **ELSEWHERE), current)
    assert ["is not used, because the Deployment is in" in note for note in plan.notes] == [True, True]
    assert not [change for change in plan.changes if change.path.startswith("configuration")]


@pytest.mark.parametrize("stated", [{}, {"cloud_provider": "gcp", "region": "US-CENTRAL1"}])
def test_what_agrees_with_the_cluster_needs_no_warning(stated) -> None:
    lookups = replace(LOOKUPS, cluster=CLUSTER)
    assert plan_create(file(**HYBRID_FILE | stated), lookups).notes == ()
    assert update(file(**stated), hybrid()).notes == ()


def test_a_standard_deployment_stays_where_it_is() -> None:
    with pytest.raises(PlanError) as caught:
        update(file(**ELSEWHERE), deployment())
    assert ["cannot be changed" in problem for problem in caught.value.problems] == [True, True]


def test_a_cluster_of_another_type_is_refused() -> None:
    given = file(**HYBRID_FILE | {"deployment_type": "DEDICATED"})
    with pytest.raises(PlanError, match="cluster 'GCP Cluster' is HYBRID, and the Deployment is DEDICATED"):
        plan_create(given, replace(LOOKUPS, cluster=CLUSTER))


@pytest.mark.parametrize("named", ["production", "clkcbz5d01458926ewbjzubt3", "Acme US", "gcp-cluster", "us", "east"])
def test_a_cluster_of_ones_own_in_a_standard_file_gives_a_warning(named) -> None:
    stated = {**STANDARD, "cluster_name": named}
    for notes in (
        plan_create(file(name="x", **stated), LOOKUPS).notes,
        update(file(cluster_name=named), deployment()).notes,
    ):
        (note,) = [note for note in notes if "cluster_name" in note]
        assert note.startswith(
            f"deployment.configuration.cluster_name (file): {named!r} is not used, because the file is"
        )


@pytest.mark.parametrize(
    "region",
    [
        *("us-east-1", "us-gov-west-1", "ap-southeast-2", "us-central1", "europe-west4", "northamerica-northeast1"),
        *("eastus2", "westeurope", "uksouth", "francecentral", "southcentralus", "southafricanorth", "canadacentral"),
    ],
)
def test_a_region_in_its_place_gives_none(region) -> None:
    stated = {**STANDARD, "cluster_name": region}
    assert not [note for note in plan_create(file(name="x", **stated), LOOKUPS).notes if "cluster_name" in note]
    assert not [note for note in update(file(cluster_name=region), deployment()).notes if "cluster_name" in note]


def test_whatever_the_file_calls_its_region_gives_none() -> None:
    stated = {**STANDARD, "cluster_name": "Moon-Base", "region": "moon-base"}
    assert not [note for note in plan_create(file(name="x", **stated), LOOKUPS).notes if "cluster_name" in note]
