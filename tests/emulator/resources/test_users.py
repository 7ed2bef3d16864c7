"""Users, Teams and invitations: roles are replaced as a whole, and who may change which."""

from __future__ import annotations

import pytest

AUTHOR, MEMBER = "WORKSPACE_AUTHOR", "ORGANIZATION_MEMBER"


@pytest.fixture
def kim(astro):
    roles = [{"workspaceId": astro.workspace_id, "role": AUTHOR}]
    return astro.add_user("kim@example.com", workspaceRoles=roles)


def roles_of(call, user):
    shown = call("GET", f"/users/{user}").json()
    return {name: shown[name] for name in shown if name.endswith(("Role", "Roles"))}


def test_roles_that_are_left_out_are_removed(call, kim):
    assert call("POST", f"/users/{kim}/roles", {"organizationRole": MEMBER}).json() == {"organizationRole": MEMBER}
    assert roles_of(call, kim) == {"organizationRole": MEMBER}


def test_a_role_needs_the_organization_role_beside_it(call, astro, kim):
    body = {"workspaceRoles": [{"workspaceId": astro.workspace_id, "role": "WORKSPACE_OWNER"}]}
    refused = call("POST", f"/users/{kim}/roles", body)
    assert (refused.status_code, "organizationRole" in refused.json()["message"]) == (400, True)
    assert roles_of(call, kim)["workspaceRoles"][0]["role"] == AUTHOR


def test_case_does_not_matter_and_the_answer_has_the_apis_spelling(call, astro, kim):
    astro.add_role("Deployer")
    deployment = astro.add_deployment("one")
    body = {
        "organizationRole": "organization_member",
        "deploymentRoles": [{"deploymentId": deployment, "role": "deployer"}],
    }
    answer = call("POST", f"/users/{kim}/roles", body).json()
    assert answer["deploymentRoles"] == [{"deploymentId": deployment, "role": "Deployer"}]
    accessor = {"workspaceId": astro.workspace_id, "role": "WORKSPACE_ACCESSOR"}
    assert answer["workspaceRoles"] == [accessor]


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"organizationRole": "KING"}, "organizationRole"),
        ({"workspaceRoles": [{"workspaceId": "clnone", "role": AUTHOR}]}, "workspaceRoles[0].workspaceId"),
        ({"deploymentRoles": [{"deploymentId": "clnone", "role": "X"}]}, "deploymentRoles[0].deploymentId"),
    ],
)
def test_places_and_roles_have_to_be_there(call, kim, part, field):
    refused = call("POST", f"/users/{kim}/roles", {"organizationRole": MEMBER, **part})
    assert (refused.status_code, refused.json()["fieldErrors"][0]["field"]) == (400, field)


def test_two_roles_for_one_place_are_refused(call, astro, kim):
    both = [{"workspaceId": astro.workspace_id, "role": role} for role in (AUTHOR, "WORKSPACE_OWNER")]
    assert call("POST", f"/users/{kim}/roles", {"organizationRole": MEMBER, "workspaceRoles": both}).status_code == 400


def test_the_last_owner_stays_one(call, astro):
    (owner,) = astro.users
    refused = call("POST", f"/users/{owner['id']}/roles", {"organizationRole": MEMBER})
    assert (refused.status_code, "at least 1" in refused.json()["message"]) == (400, True)
    astro.add_user("second@example.com", role="ORGANIZATION_OWNER")
    assert call("POST", f"/users/{owner['id']}/roles", {"organizationRole": MEMBER}).status_code == 200


def test_a_workspace_owner_changes_roles_in_its_workspace_only(call, astro, kim):
    token = astro.issue_token("WORKSPACE_OWNER")
    here = [{"workspaceId": astro.workspace_id, "role": "WORKSPACE_OPERATOR"}]
    body = {"organizationRole": MEMBER, "workspaceRoles": here}
    assert call("POST", f"/users/{kim}/roles", body, token=token).status_code == 200
    there = [*here, {"workspaceId": astro.add_workspace("Other"), "role": AUTHOR}]
    assert call("POST", f"/users/{kim}/roles", {**body, "workspaceRoles": there}, token=token).status_code == 403
    raised = call("POST", f"/users/{kim}/roles", {**body, "organizationRole": "ORGANIZATION_OWNER"}, token=token)
    assert "Not authorized to edit user roles" in raised.json()["message"]


def test_filters_choose_users_by_their_own_roles(call, astro, kim):
    astro.add_user("lee@example.com")
    found = call("GET", f"/users?workspaceId={astro.workspace_id}").json()["users"]
    assert [user["id"] for user in found] == [kim]
    assert call("GET", "/users?sorts=id:asc").json()["totalCount"] == 3
    assert call("GET", "/users?sorts=age:asc").status_code == 400


def test_a_workspace_token_sees_who_has_a_role_there(call, astro, kim):
    other = astro.issue_token("WORKSPACE_OWNER", astro.add_workspace("Other"))
    assert call("GET", "/users", token=other).json()["users"] == []
    assert len(call("GET", "/users", token=astro.issue_token(MEMBER)).json()["users"]) == 2


def test_an_invited_user_is_there_at_once_and_gone_with_the_invitation(call, astro):
    invite = call("POST", "/invites", {"inviteeEmail": "New@Example.com", "role": MEMBER}).json()
    assert (astro.users[-1]["username"], astro.users[-1]["status"]) == ("new@example.com", "PENDING")
    again = call("POST", "/invites", {"inviteeEmail": "new@example.com", "role": MEMBER}).json()
    assert again["userId"] == invite["userId"]
    assert call("DELETE", f"/invites/{invite['inviteId']}").status_code == 204
    assert [user["status"] for user in astro.users] == ["ACTIVE"]


def test_a_member_is_not_invited_again(call, kim):
    refused = call("POST", "/invites", {"inviteeEmail": "KIM@example.com", "role": MEMBER})
    assert "Invitee has existing role" in refused.json()["message"]
