"""Users: found by their address, and their roles replaced as a whole."""

from __future__ import annotations

import pytest

from astro_provider.errors import BadRequestError
from astro_provider.models.access import ORGANIZATION, Place


@pytest.fixture
def kim(astro):
    roles = [{"workspaceId": astro.workspace_id, "role": "WORKSPACE_AUTHOR"}]
    return astro.add_user("kim@example.com", workspaceRoles=roles)


def test_a_user_is_found_by_address_whatever_its_case(astro, emulated, kim):
    assert emulated.users.find("Kim@Example.com").id == kim
    assert emulated.users.find("kim@example.org") is None


def test_one_changed_role_sends_all_of_them(astro, emulated, kim):
    one = astro.add_deployment("one")
    before = emulated.users.get(kim).roles
    after = emulated.users.set_roles(kim, before.having(Place("DEPLOYMENT", one), "DEPLOYMENT_ADMIN"))
    assert astro.requests[-1].body == {
        "organizationRole": "ORGANIZATION_MEMBER",
        "workspaceRoles": [{"workspaceId": astro.workspace_id, "role": "WORKSPACE_AUTHOR"}],
        "deploymentRoles": [{"deploymentId": one, "role": "DEPLOYMENT_ADMIN"}],
        "dagRoles": [],
    }
    assert emulated.users.get(kim).roles == after


def test_the_teams_of_a_user_come_with_their_roles(astro, emulated, kim):
    astro.add_team("owners", [kim], "ORGANIZATION_OWNER")
    (team,) = emulated.users.teams(kim)
    assert (team.name, team.roles.at(ORGANIZATION)) == ("owners", "ORGANIZATION_OWNER")


def test_users_of_one_workspace(astro, emulated, kim):
    assert [user.id for user in emulated.users.list(workspace_id=astro.workspace_id)] == [kim]
    assert len(emulated.users.list()) == 2


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 503}, {"status": 429}])
def test_roles_are_sent_again_after_a_lost_response(astro, emulated, kim, fault):
    astro.fault("POST", "/organizations/*/users/*/roles", **fault)
    roles = emulated.users.get(kim).roles.without(Place("WORKSPACE", astro.workspace_id))
    assert emulated.users.set_roles(kim, roles) == roles


def test_a_lost_invitation_is_found_by_its_user(astro, emulated, sent):
    astro.fault("POST", "/organizations/*/invites", drop="after")
    invite = emulated.invites.create(" New@example.com ", "ORGANIZATION_MEMBER")
    assert (invite.invite_id, invite.user_id) == (None, astro.users[-1]["id"])
    assert sent() == ["POST /invites"]


def test_an_invitation_that_never_arrived_is_sent_again(astro, emulated):
    astro.fault("POST", "/organizations/*/invites", status=502)
    invite = emulated.invites.create("new@example.com", "ORGANIZATION_MEMBER")
    emulated.invites.delete(invite.invite_id)
    assert [user["status"] for user in astro.users] == ["ACTIVE"]


def test_a_member_is_not_invited(emulated, kim):
    with pytest.raises(BadRequestError, match="Invitee has existing role"):
        emulated.invites.create("kim@example.com", "ORGANIZATION_MEMBER")
