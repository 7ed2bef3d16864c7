"""API tokens: made, used, rotated, limited, deleted."""

from __future__ import annotations

import pytest

from astro_provider.emulator import Emulator
from tests.emulator.calls import Caller


def made(call, **changes):
    body = {"name": "ci", "role": "WORKSPACE_OPERATOR", "scope": "WORKSPACE", "entityId": call.astro.workspace_id}
    answer = call("POST", "/tokens", {**body, **changes})
    assert answer.status_code == 200, answer.text
    return answer.json()


def works(call, token):
    return call("GET", "/workspaces", token=token).status_code == 200


def test_a_value_is_shown_once_and_works(call):
    token = made(call)
    assert works(call, token["token"])
    shown = call("GET", f"/tokens/{token['id']}").json()
    assert "token" not in shown
    assert shown["lastUsedAt"] >= shown["createdAt"][:19]
    assert token["token"] not in call("GET", "/tokens").text


def test_a_rotation_ends_the_old_value_at_once(call):
    token = made(call)
    rotated = call("POST", f"/tokens/{token['id']}/rotate").json()
    assert (works(call, token["token"]), works(call, rotated["token"])) == (False, True)
    assert (rotated["id"], rotated["roles"]) == (token["id"], token["roles"])
    assert "lastRotatedAt" in rotated


def test_a_deleted_token_no_longer_works(call):
    token = made(call)
    assert call("DELETE", f"/tokens/{token['id']}").status_code == 204
    assert not works(call, token["token"])


def test_a_token_ends_with_its_period_and_a_rotation_begins_it_anew():
    now = [1_800_000_000.0]
    with Emulator(clock=lambda: now[0]) as astro:
        call = Caller(astro, astro.token)
        token = made(call, tokenExpiryPeriodInDays=1)
        now[0] += 90_000
        assert not works(call, token["token"])
        rotated = call("POST", f"/tokens/{token['id']}/rotate").json()
        assert works(call, rotated["token"])
        assert rotated["endAt"] > token["endAt"]


def test_the_owners_token_can_be_rotated_too(call, astro):
    owners = next(token["id"] for token in astro.api_tokens if token["name"] == "emulator")
    rotated = call("POST", f"/tokens/{owners}/rotate").json()
    assert (works(call, astro.token), works(call, rotated["token"])) == (False, True)


def test_several_tokens_may_have_one_name(call, astro):
    assert made(call)["id"] != made(call)["id"]
    assert [token["name"] for token in astro.api_tokens].count("ci") == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"entityId": None}, "entityId"),
        ({"entityId": "clnone"}, "entityId"),
        ({"role": "ORGANIZATION_OWNER"}, "role"),
        ({"scope": "DEPLOYMENT", "role": "DEPLOYMENT_ADMIN"}, "entityId"),
        ({"tokenExpiryPeriodInDays": 0}, "tokenExpiryPeriodInDays"),
        ({"name": " "}, "name"),
    ],
)
def test_what_does_not_fit_is_refused(call, changes, field):
    body = {"name": "ci", "role": "WORKSPACE_OPERATOR", "scope": "WORKSPACE", "entityId": call.astro.workspace_id}
    refused = call("POST", "/tokens", {**body, **changes})
    assert (refused.status_code, refused.json()["fieldErrors"][0]["field"]) == (400, field)


def test_roles_are_replaced_and_that_of_the_own_scope_stays(call, astro):
    token = made(call, scope="ORGANIZATION", role="ORGANIZATION_MEMBER")
    own = {"entityType": "ORGANIZATION", "entityId": astro.organization_id, "role": "ORGANIZATION_MEMBER"}
    there = {"entityType": "WORKSPACE", "entityId": astro.workspace_id, "role": "WORKSPACE_AUTHOR"}
    rest = f"/tokens/{token['id']}/roles"
    assert call("GET", "/workspaces", token=token["token"]).json()["workspaces"] == []
    assert call("POST", rest, {"roles": [own, there]}).json() == {
        "organizationRole": "ORGANIZATION_MEMBER",
        "workspaceRoles": [{"workspaceId": astro.workspace_id, "role": "WORKSPACE_AUTHOR"}],
    }
    assert [w["id"] for w in call("GET", "/workspaces", token=token["token"]).json()["workspaces"]] == [
        astro.workspace_id
    ]
    assert call("POST", rest, {"roles": [there]}).status_code == 400
    assert call("POST", rest, {"roles": []}).status_code == 400


def test_roles_for_dags_are_those_of_a_deployment(call, astro):
    one, other = astro.add_deployment("one"), astro.add_deployment("other", workspace_id=production(astro))
    astro.add_role("Watcher", scopeType="DAG")
    token, owner = made(call), astro.issue_token("WORKSPACE_OWNER")
    own = {"entityType": "WORKSPACE", "entityId": astro.workspace_id, "role": "WORKSPACE_MEMBER"}

    def give(role, **where):
        entry = {"entityType": "DAG", "entityId": "etl", "role": role, **where}
        return call("POST", f"/tokens/{token['id']}/roles", {"roles": [own, entry]}, token=owner)

    shown = {"deploymentId": one, "dagId": "etl", "role": "Watcher"}
    assert give("watcher", deploymentId=one).json()["dagRoles"] == [shown]
    assert give("DAG_VIEWER", deploymentId=other).status_code == 403
    refused = [give("DAG_VIEWER"), give("DAG_VIEWER", deploymentId="cl1"), give("WORKSPACE_OWNER", deploymentId=one)]
    assert [each.status_code for each in refused] == [400] * 3
    assert [field["field"] for each in refused for field in each.json()["fieldErrors"]] == [
        "roles[1].deploymentId",
        "roles[1].deploymentId",
        "roles[1].role",
    ]


def production(astro):
    return next(each["id"] for each in astro.store.all("workspace") if each["name"] == "Production")


def test_a_workspace_token_has_no_role_above_its_scope(call, astro):
    token = made(call)
    own = {"entityType": "WORKSPACE", "entityId": astro.workspace_id, "role": "WORKSPACE_MEMBER"}
    above = {"entityType": "ORGANIZATION", "entityId": astro.organization_id, "role": "ORGANIZATION_MEMBER"}
    assert call("POST", f"/tokens/{token['id']}/roles", {"roles": [own, above]}).status_code == 400


def test_a_list_has_what_the_token_may_see(call, astro):
    deployment = astro.add_deployment("one")
    made(call, name="ours")
    made(call, name="deployment's", scope="DEPLOYMENT", entityId=deployment, role="DEPLOYMENT_ADMIN")
    made(call, name="theirs", entityId=astro.add_workspace("Other"))

    def names(rest="/tokens", **more):
        return {token["name"] for token in call("GET", rest, **more).json()["tokens"]}

    assert names() == {"emulator", "ours", "deployment's", "theirs"}
    owner = astro.issue_token("WORKSPACE_OWNER", name="owner")
    assert names(token=owner) == {"ours", "deployment's", "owner"}
    assert names(token=astro.issue_token("WORKSPACE_AUTHOR", name="author")) == {"author"}
    assert names(f"/tokens?workspaceId={astro.workspace_id}") == {"ours", "owner", "author"}
    assert names("/tokens?includeOnlyOrganizationTokens=true") == {"emulator"}


def test_a_token_of_one_deployment_sees_and_changes_only_that(call, astro):
    one, other = astro.add_deployment("one", isDevelopmentMode=True), astro.add_deployment("other")
    token = astro.issue_token("DEPLOYMENT_ADMIN", deployment_id=one)
    assert [d["id"] for d in call("GET", "/deployments", token=token).json()["deployments"]] == [one]
    assert call("GET", f"/deployments/{other}", token=token).status_code == 403
    rest = f"/deployments/{one}/hibernation-override"
    assert call("POST", rest, {"isHibernating": True}, token=token).status_code == 200


def test_a_custom_role_permits_what_it_lists(call, astro):
    astro.add_role("reader", ["deployment.get"])
    one = astro.add_deployment("one")
    token = astro.issue_token("reader", deployment_id=one)
    assert call("GET", f"/deployments/{one}", token=token).status_code == 200
    assert call("DELETE", f"/deployments/{one}", token=token).status_code == 403


def test_the_tokens_of_a_deleted_deployment_are_gone(call, astro):
    one = astro.add_deployment("one")
    token = astro.issue_token("DEPLOYMENT_ADMIN", deployment_id=one)
    assert call("DELETE", f"/deployments/{one}").status_code == 204
    assert not works(call, token)


def test_whether_a_token_may_read_itself_is_a_variant(call, astro):
    with Emulator(variants=["tokens-cannot-read-themselves"]) as other:
        for each, status in ((astro, 200), (other, 403)):
            token = each.issue_token("WORKSPACE_MEMBER", name="me")
            me = next(found["id"] for found in each.api_tokens if found["name"] == "me")
            assert Caller(each, token)("GET", f"/tokens/{me}").status_code == status


def test_values_are_not_in_the_journal_nor_in_the_store(call, astro, tmp_path):
    with Emulator(database=tmp_path / "state.db") as kept:
        token = made(Caller(kept, kept.token))["token"]
        assert all(token not in str(request.public()) for request in kept.requests)
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    with Emulator(database=tmp_path / "state.db") as again:
        assert works(Caller(again, token), token)
