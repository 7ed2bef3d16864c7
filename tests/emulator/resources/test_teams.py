"""Teams: members, roles, and an identity provider that manages them."""

from __future__ import annotations

import pytest

MEMBER = "ORGANIZATION_MEMBER"


@pytest.fixture
def team(astro):
    return astro.add_team("data", [astro.add_user("kim@example.com")])


def members(call, team):
    return [each["username"] for each in call("GET", f"/teams/{team}/members").json()["teamMembers"]]


def test_members_are_added_once_and_removed_one_by_one(call, astro, team):
    lee = astro.add_user("lee@example.com")
    for _ in range(2):
        assert call("POST", f"/teams/{team}/members", {"memberIds": [lee]}).status_code == 204
    assert members(call, team) == ["kim@example.com", "lee@example.com"]
    assert [call("DELETE", f"/teams/{team}/members/{lee}").status_code for _ in range(2)] == [204, 404]
    assert call("POST", f"/teams/{team}/members", {"memberIds": ["clnobody"]}).status_code == 400


def test_a_user_shows_in_which_teams_it_is_with_their_roles(call, astro, team):
    body = {
        "organizationRole": MEMBER,
        "workspaceRoles": [{"workspaceId": astro.workspace_id, "role": "WORKSPACE_OWNER"}],
    }
    assert call("POST", f"/teams/{team}/roles", body).status_code == 200
    kim = next(user["id"] for user in astro.users if user["username"] == "kim@example.com")
    (found,) = call("GET", f"/users/{kim}/teams").json()["teams"]
    assert (found["name"], found["workspaceRoles"], found["rolesCount"]) == ("data", body["workspaceRoles"], 2)
    assert "workspaceRoles" not in call("GET", f"/users/{kim}").json()


def test_names_are_unique_whatever_their_case(call, team):
    assert call("POST", "/teams", {"name": "DATA"}).status_code == 400
    assert call("POST", f"/teams/{team}", {"name": "Data"}).json()["name"] == "Data"


def test_with_scim_there_are_no_new_teams_and_no_new_members(call, astro, team):
    organization = astro.store.get("organization", astro.organization_id)
    astro.store.put("organization", {**organization, "isScimEnabled": True})
    lee = astro.add_user("lee@example.com")
    for rest, body in (("/teams", {"name": "new"}), (f"/teams/{team}/members", {"memberIds": [lee]})):
        refused = call("POST", rest, body)
        assert (refused.status_code, "SCIM" in refused.json()["message"]) == (400, True)
    assert call("POST", f"/teams/{team}/roles", {"organizationRole": MEMBER}).status_code == 200
    assert call("DELETE", f"/teams/{team}").status_code == 204


def test_a_team_can_be_the_last_owner(call, astro):
    owner = astro.add_team("owners", role="ORGANIZATION_OWNER")
    assert call("POST", f"/users/{astro.users[0]['id']}/roles", {"organizationRole": MEMBER}).status_code == 200
    assert call("DELETE", f"/teams/{owner}").status_code == 400


def test_only_an_organization_owner_changes_teams(call, astro, team):
    token = astro.issue_token("WORKSPACE_OWNER")
    for rest, body in (("/teams", {"name": "x"}), (f"/teams/{team}", {"name": "x"})):
        assert call("POST", rest, body, token=token).status_code == 403
