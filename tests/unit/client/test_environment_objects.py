"""Environment objects: made once, found by key, and no value in an error."""

from __future__ import annotations

import pytest

from astro_provider.errors import ApiError, ConflictError
from tests.builders.addresses import path


@pytest.fixture
def body(astro):
    return {
        "objectKey": "WAREHOUSE",
        "objectType": "CONNECTION",
        "scope": "WORKSPACE",
        "scopeEntityId": astro.workspace_id,
        "connection": {"type": "postgres", "host": "db", "password": "s3cret"},
    }


def test_a_lost_create_is_found_by_its_key(astro, emulated, sent, body):
    astro.fault("POST", "/organizations/*/environment-objects", drop="after")
    object_id = emulated.environment_objects.create(body)
    (found,) = emulated.environment_objects.list(workspace_id=astro.workspace_id, names=["WAREHOUSE"])
    assert (found.id, found.part, found.set_fields) == (
        object_id,
        {"type": "postgres", "host": "db"},
        ("host", "password", "type"),
    )
    assert sent() == ["POST /environment-objects"]


def test_a_key_that_is_taken_is_a_conflict(emulated, body):
    emulated.environment_objects.create(body)
    with pytest.raises(ConflictError, match="already exists"):
        emulated.environment_objects.create(body)


def test_objects_that_are_only_linked_are_left_out(astro, emulated, body):
    one = astro.add_deployment("one")
    emulated.environment_objects.create({**body, "autoLinkDeployments": True})
    assert emulated.environment_objects.list(deployment_id=one) == []


def test_an_object_lives(astro, emulated, body):
    one = astro.add_deployment("one")
    object_id = emulated.environment_objects.create({**body, "autoLinkDeployments": True})
    emulated.environment_objects.exclude(object_id, one)
    read = emulated.environment_objects.get(object_id)
    assert [each.scope_entity_id for each in read.exclude_links] == [one]
    updated = emulated.environment_objects.update(object_id, {"connection": {"type": "mysql"}})
    assert (updated.part, updated.exclude_links) == ({"type": "mysql"}, ())
    emulated.environment_objects.delete(object_id)
    assert emulated.environment_objects.list(workspace_id=astro.workspace_id) == []


def test_an_error_repeats_no_value(client, requests_mock):
    part = {"type": "postgres", "password": "pa55word", "extra": {"deep": ["t0ken-value"]}}
    message = "bad postgres value pa55word or t0ken-value"
    requests_mock.post(path("/environment-objects/cl1"), status_code=400, json={"message": message})
    with pytest.raises(ApiError, match="bad postgres") as caught:
        client.environment_objects.update("cl1", {"connection": part})
    assert not {"pa55word", "t0ken-value"} & set(str(caught.value).replace(",", " ").split())
