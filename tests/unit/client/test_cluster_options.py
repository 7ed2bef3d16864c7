"""The regions of clusters: the only response of the API that is a JSON array."""

from __future__ import annotations

import pytest

from astro_provider.errors import UnexpectedResponseError
from tests.builders.addresses import path

AWS = {"provider": "AWS", "regions": [{"name": "us-east-1"}, {"name": "eu-west-1", "limited": True}]}


def test_the_type_and_the_provider_are_asked_for(client, requests_mock):
    requests_mock.get(path("/cluster-options"), json=[AWS])
    (found,) = client.cluster_options.get(cluster_type="DEDICATED", cloud_provider="AWS")
    assert [region.name for region in found.regions] == ["us-east-1", "eu-west-1"]
    assert requests_mock.last_request.query == "type=dedicated&provider=aws"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"regions": []}, "the body is a JSON dict, not a list"),
        ([{"provider": "AWS"}], "these fields are missing or malformed: regions"),
        ("AWS", "the body is a JSON str, not a list"),
        ([1], "these fields are missing or malformed: the object"),
    ],
)
def test_another_body_is_an_unexpected_response(client, requests_mock, body, words):
    requests_mock.get(path("/cluster-options"), json=body)
    with pytest.raises(UnexpectedResponseError, match=words):
        client.cluster_options.get(cluster_type="DEDICATED")
