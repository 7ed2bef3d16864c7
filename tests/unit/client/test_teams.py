"""Teams: made once, with all their members, however many pages there are."""

from __future__ import annotations

import pytest

from astro_provider.errors import BadRequestError, NotFoundError
from astro_provider.models.access import Place


def test_a_lost_create_is_found(astro, emulated, sent):
    astro.fault("POST", "/organizations/*/teams", drop="after")
    team = emulated.teams.create({"name": "data"})
    assert [each["id"] for each in astro.teams] == [team.id]
    assert sent() == ["POST /teams"]


def test_a_name_that_somebody_else_used_is_refused(astro, emulated):
    astro.add_team("data", createdAt="2020-01-01T00:00:00Z")
    with pytest.raises(BadRequestError, match="name"):
        emulated.teams.create({"name": "data"})


def test_members_are_read_to_the_end(astro, emulated):
    users = [astro.add_user(f"u{number}@example.com") for number in range(25)]
    team = astro.add_team("data", users)
    assert sorted(member.user_id for member in emulated.teams.members(team)) == sorted(users)


def test_after_a_lost_response_only_missing_members_are_sent(astro, emulated):
    team, users = astro.add_team("data"), [astro.add_user(f"u{number}@example.com") for number in range(2)]
    astro.fault("POST", "/organizations/*/teams/*/members", drop="after")
    emulated.teams.add_members(team, users)
    assert [request.method for request in astro.requests] == ["POST", "GET"]
    astro.fault("POST", "/organizations/*/teams/*/members", status=502)
    emulated.teams.add_members(team, users)
    assert astro.teams[0]["memberIds"] == users


def test_removing_one_who_is_no_member_is_an_error_unless_a_response_was_lost(astro, emulated):
    kim = astro.add_user("kim@example.com")
    team = astro.add_team("data", [kim])
    astro.fault("DELETE", "/organizations/*/teams/*/members/*", drop="after")
    emulated.teams.remove_member(team, kim)
    with pytest.raises(NotFoundError):
        emulated.teams.remove_member(team, kim)


def test_a_team_lives(astro, emulated):
    team = emulated.teams.create({"name": "data", "organizationRole": "ORGANIZATION_MEMBER"})
    emulated.teams.update(team.id, {"name": "Data", "description": "d"})
    place = Place("WORKSPACE", astro.workspace_id)
    emulated.teams.set_roles(team.id, emulated.teams.get(team.id).roles.having(place, "WORKSPACE_OWNER"))
    (found,) = emulated.teams.list(workspace_id=astro.workspace_id)
    assert (found.name, found.roles.at(place)) == ("Data", "WORKSPACE_OWNER")
    emulated.teams.delete(team.id)
    assert astro.teams == []
