"""API tokens: values that nobody lost, and none that shows itself."""

from __future__ import annotations

import logging

import pytest

from astro_provider.client import AstroClient
from astro_provider.errors import AmbiguousNameError, AstroError
from astro_provider.models.access import Place
from tests.builders.addresses import path

NOW = "2026-01-01T00:00:00Z"
BODY = {"name": "ci", "role": "WORKSPACE_AUTHOR", "scope": "WORKSPACE"}


@pytest.fixture
def body(astro):
    return {**BODY, "entityId": astro.workspace_id}


def works(astro, token):
    with AstroClient(token.token.get_secret_value(), url=astro.url) as client:
        return len(client.workspaces.list()) == 1


@pytest.mark.parametrize("fault", [{}, {"drop": "after"}, {"status": 502}, {"truncate": 40}])
def test_a_create_leaves_one_token_and_its_value_works(astro, emulated, body, fault):
    if fault:
        astro.fault("POST", "/organizations/*/tokens", **fault)
    token = emulated.api_tokens.create(body)
    assert [each["id"] for each in astro.api_tokens if each["name"] == "ci"] == [token.id]
    assert works(astro, token)


def test_a_lost_create_does_not_delete_what_others_made(astro, emulated, body):
    astro.issue_token("WORKSPACE_AUTHOR", name="ci")
    other = next(each for each in astro.api_tokens if each["name"] == "ci")
    astro.store.put("api_token", {**astro.store.get("api_token", other["id"]), "createdAt": "2020-01-01T00:00:00.000Z"})
    astro.fault("POST", "/organizations/*/tokens", drop="after")
    token = emulated.api_tokens.create(body)
    assert {each["id"] for each in astro.api_tokens if each["name"] == "ci"} == {other["id"], token.id}


@pytest.mark.parametrize("fault", [{}, {"drop": "after"}, {"status": 500}, {"truncate": 40}])
def test_a_rotation_ends_with_a_value_that_works(astro, emulated, body, fault):
    old = emulated.api_tokens.create(body)
    if fault:
        astro.fault("POST", "/organizations/*/tokens/*/rotate", **fault)
    new = emulated.api_tokens.rotate(old.id)
    assert new.id == old.id
    assert works(astro, new)


def test_a_name_that_several_have_is_ambiguous(emulated, body):
    for _ in range(2):
        emulated.api_tokens.create(body)
    with pytest.raises(AmbiguousNameError, match="2 API tokens are named 'ci'"):
        emulated.api_tokens.find("ci")


def test_roles_are_sent_as_one_list(astro, emulated):
    token = emulated.api_tokens.create({"name": "org", "role": "ORGANIZATION_MEMBER", "scope": "ORGANIZATION"})
    roles = emulated.api_tokens.get(token.id).roles.having(Place("WORKSPACE", astro.workspace_id), "WORKSPACE_AUTHOR")
    assert emulated.api_tokens.set_roles(token.id, roles, organization_id=astro.organization_id) == roles
    assert emulated.api_tokens.get(token.id).roles == roles


def test_a_token_is_renamed_and_deleted(astro, emulated, body):
    token = emulated.api_tokens.create(body)
    assert emulated.api_tokens.update(token.id, name="old", description="d").description == "d"
    assert emulated.api_tokens.update(token.id, name="older").description == "d"
    emulated.api_tokens.delete(token.id)
    assert "older" not in [each["name"] for each in astro.api_tokens]


@pytest.mark.parametrize(
    "text",
    ['{"token": "s3cret-value", ', '{"id": 1, "token": "s3cret-value"}', '["s3cret-value"]', "token: s3cret-value"],
)
@pytest.mark.parametrize("status", [200, 302, 400, 500])
@pytest.mark.parametrize("call", ["create", "rotate", "agent"])
def test_a_value_in_a_damaged_response_is_nowhere(client, requests_mock, caplog, call, status, text):
    caplog.set_level(logging.DEBUG)
    kinds = {"create": "/tokens", "rotate": "/tokens/cl1/rotate", "agent": "/deployments/cl1/agent-tokens"}
    requests_mock.post(path(kinds[call]), text=text, status_code=status)
    for where in ("/tokens", "/deployments/cl1/agent-tokens"):
        requests_mock.get(path(where), json={"tokens": [], "totalCount": 0})
    requests_mock.get(path("/tokens/cl1"), json={"id": "cl1", "name": "ci", "scope": "WORKSPACE", "createdAt": NOW})
    calls = {
        "create": lambda: client.api_tokens.create(dict(BODY)),
        "rotate": lambda: client.api_tokens.rotate("cl1"),
        "agent": lambda: client.agent_tokens.create("cl1", {"name": "agent"}),
    }
    with pytest.raises(AstroError) as caught:
        calls[call]()
    said, error = caplog.text, caught.value
    while error is not None:
        said += f"{error!r} {error} {vars(error)} {getattr(error, 'doc', '')}"
        error = error.__cause__ or error.__context__
    assert "s3cret" not in said


def test_an_agent_token_lives(astro, emulated):
    deployment = astro.add_deployment("one")
    astro.fault("POST", "/organizations/*/deployments/*/agent-tokens", drop="after")
    token = emulated.agent_tokens.create(deployment, {"name": "agent"})
    (listed,) = emulated.agent_tokens.list(deployment)
    assert (listed.id, repr(token.token), listed.token) == (token.id, "****", None)
    emulated.agent_tokens.delete(deployment, token.id)
    assert emulated.agent_tokens.list(deployment) == []
