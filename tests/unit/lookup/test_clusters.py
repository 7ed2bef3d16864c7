"""A cluster by its name, by its id, and by a name that looks like an id."""

from __future__ import annotations

import pytest

from astro_provider.errors import NameLookupError
from astro_provider.lookup.clusters import resolve_cluster

LIKE_AN_ID = "clcluster0000000000000001"


def test_a_name_and_an_id_cost_one_call_each(astro, client) -> None:
    found = resolve_cluster(client, "GCP Cluster")
    assert [pool.node_instance_type for pool in found.node_pools or ()]
    assert resolve_cluster(client, found.id) == found
    assert len(astro.requests) == 2


def test_a_name_that_looks_like_an_id_is_found_as_a_name(astro, client) -> None:
    made = astro.add_cluster(LIKE_AN_ID, "DEDICATED", "AWS", "us-east-1")
    assert resolve_cluster(client, LIKE_AN_ID).id == made


def test_a_name_that_finds_nothing_is_an_error_with_the_nearest_and_all_known_ones(client) -> None:
    with pytest.raises(
        NameLookupError,
        match=r"no cluster 'GCP Clutser' that this token can see\. Did you mean 'GCP Cluster'\? Known: '",
    ):
        resolve_cluster(client, "GCP Clutser")


def test_a_name_that_two_have_is_an_error_with_their_ids(astro, client) -> None:
    ids = [astro.add_cluster("twin", "DEDICATED", "AWS", "us-east-1") for _ in range(2)]
    with pytest.raises(NameLookupError, match="2 clusters are named 'twin'") as caught:
        resolve_cluster(client, "twin")
    assert all(known in str(caught.value) for known in ids)
