"""Environment objects: masked, linked, and what an update drops."""

from __future__ import annotations

import pytest

from astro_provider.emulator import Emulator
from tests.emulator.calls import Caller

CONNECTION = {"type": "postgres", "host": "db", "login": "me", "password": "s3cret", "extra": {"token": "t", "a": "b"}}


@pytest.fixture
def one(astro):
    return astro.add_deployment("one")


def made(call, **changes):
    body = {
        "objectKey": "WAREHOUSE",
        "objectType": "CONNECTION",
        "scope": "WORKSPACE",
        "scopeEntityId": call.astro.workspace_id,
        "connection": CONNECTION,
    }
    answer = call("POST", "/environment-objects", {**body, **changes})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_only_the_id_comes_back_and_secrets_are_never_shown(call):
    answer = made(call)
    assert answer.keys() == {"id"}
    shown = call("GET", f"/environment-objects/{answer['id']}").json()
    assert shown["connection"] == {"type": "postgres", "host": "db", "login": "me", "extra": {"a": "b"}}
    assert shown["setFields"] == ["extra.a", "extra.token", "host", "login", "password", "type"]


def test_a_key_is_there_once_for_each_scope_and_type(call, one):
    made(call)
    body = {"objectKey": "WAREHOUSE", "objectType": "CONNECTION", "connection": CONNECTION}
    for scope, place, status in (("WORKSPACE", call.astro.workspace_id, 409), ("DEPLOYMENT", one, 200)):
        answer = call("POST", "/environment-objects", {**body, "scope": scope, "scopeEntityId": place})
        assert answer.status_code == status


def test_links_that_an_update_leaves_out_are_gone(call, astro, one):
    link = {"scope": "DEPLOYMENT", "scopeEntityId": one}
    rest = f"/environment-objects/{made(call, links=[link], autoLinkDeployments=True)['id']}"
    assert call("GET", rest).json()["links"] == [{**link, "setFields": []}]
    after = call("POST", rest, {"connection": {"type": "postgres"}}).json()
    assert (after["links"], after["excludeLinks"], after["autoLinkDeployments"]) == ([], [], False)


def test_an_update_keeps_password_and_extra_and_clears_the_rest(call, astro):
    object_id = made(call)["id"]
    call("POST", f"/environment-objects/{object_id}", {"connection": {"type": "postgres", "port": 5432}})
    stored = astro.stored_environment_object(object_id)["connection"]
    assert stored == {"type": "postgres", "port": 5432, "password": "s3cret", "extra": {"token": "t", "a": "b"}}


def test_an_update_needs_the_typed_part(call):
    rest = f"/environment-objects/{made(call)['id']}"
    for body in ({"links": []}, {"environmentVariable": {"value": "x"}}):
        assert call("POST", rest, body).json()["fieldErrors"][0]["field"] == "connection"


def test_a_secret_variable_cannot_be_emptied(call, astro):
    for is_secret, kept in ((True, "s3cret"), (False, "")):
        part = {"environmentVariable": {"value": "s3cret", "isSecret": is_secret}, "connection": None}
        object_id = made(call, objectKey=f"V{is_secret}", objectType="ENVIRONMENT_VARIABLE", **part)["id"]
        call("POST", f"/environment-objects/{object_id}", {"environmentVariable": {"value": ""}})
        assert astro.stored_environment_object(object_id)["environmentVariable"]["value"] == kept


def test_an_override_that_an_update_leaves_out_keeps_only_its_secrets(call, astro, one):
    overrides = {"connection": {"host": "other", "password": "theirs"}}
    link = {"scope": "DEPLOYMENT", "scopeEntityId": one}
    object_id = made(call, links=[{**link, "overrides": overrides}])["id"]
    rest = f"/environment-objects/{object_id}"
    assert call("GET", rest).json()["links"][0]["connectionOverrides"] == {"host": "other"}
    call("POST", rest, {"connection": CONNECTION, "links": [link]})
    assert astro.stored_environment_object(object_id)["links"][0]["overrides"] == {"password": "theirs"}
    call("POST", rest, {"connection": CONNECTION, "links": [{**link, "overrides": {"unsetFields": ["password"]}}]})
    assert "overrides" not in astro.stored_environment_object(object_id)["links"][0]


def test_a_deployment_has_its_own_and_what_is_linked(call, astro, one):
    made(call, links=[{"scope": "DEPLOYMENT", "scopeEntityId": one}])
    made(call, objectKey="UNLINKED")
    made(call, objectKey="ALL", autoLinkDeployments=True)

    def listed(rest):
        found = call("GET", f"/environment-objects?deploymentId={one}{rest}").json()["environmentObjects"]
        return {each["objectKey"] for each in found}

    assert listed("") == {"WAREHOUSE", "ALL"}
    assert listed("&resolveLinked=false") == set()
    assert listed("&objectKey=ALL") == {"ALL"}


def test_an_exclusion_takes_the_automatic_link_away(call, one):
    object_id = made(call, autoLinkDeployments=True)["id"]
    exclusion = {"scope": "DEPLOYMENT", "scopeEntityId": one}
    assert call("POST", f"/environment-objects/{object_id}/exclude-linking", exclusion).status_code == 200
    assert call("GET", f"/environment-objects?deploymentId={one}").json()["totalCount"] == 0


def test_a_link_by_name_has_to_go_before_an_exclusion(call, one):
    link = {"scope": "DEPLOYMENT", "scopeEntityId": one}
    object_id = made(call, links=[link])["id"]
    assert call("POST", f"/environment-objects/{object_id}/exclude-linking", link).status_code == 409


def test_secrets_are_shown_only_if_the_organization_allows_it(call, astro):
    made(call)
    rest = f"/environment-objects?workspaceId={astro.workspace_id}&showSecrets=true"
    assert "is not allowed" in call("GET", rest).json()["message"]
    with Emulator(variants=["environment-secrets"]) as open_:
        there = Caller(open_, open_.token)
        made(there)
        (found,) = there("GET", rest).json()["environmentObjects"]
        assert found["connection"]["password"] == "s3cret"


def test_authors_may_look_and_operators_may_change(call, astro):
    object_id = made(call)["id"]
    for role, statuses in (("WORKSPACE_AUTHOR", [200, 403]), ("WORKSPACE_OPERATOR", [200, 200])):
        token, rest = astro.issue_token(role), f"/environment-objects/{object_id}"
        body = {"connection": CONNECTION}
        assert [
            call("GET", rest, token=token).status_code,
            call("POST", rest, body, token=token).status_code,
        ] == statuses


def test_the_journal_hides_values(call, astro):
    made(call)
    assert "s3cret" not in str([request.public() for request in astro.requests])
