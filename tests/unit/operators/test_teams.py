"""A Team has the members of a list, and no Owner is lost by it."""

from __future__ import annotations

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.client.teams import Teams
from astro_provider.errors import LostUpdateError
from astro_provider.operators.teams import SyncTeamMembersOperator

ANNA, BEN, NEW = "anna@example.com", "ben@example.com", "new@example.com"


def sync(runner, members, **arguments):
    return runner.run(SyncTeamMembersOperator, **{"team": "analysts", "members": members, **arguments})


def test_who_is_missing_is_added_and_nobody_is_removed(company, runner):
    changes = sync(runner, ["BEN@example.com"])
    assert company.members() == {ANNA, BEN}
    assert changes == [
        {
            "action": "join",
            "subject_type": "user",
            "subject_id": company.ben,
            "subject": BEN,
            "place_type": "TEAM",
            "place_id": company.team,
            "role_before": None,
            "role_after": None,
        }
    ]


def test_what_is_as_it_should_be_is_not_sent(company, runner):
    assert sync(runner, [ANNA, company.anna], unlisted="fail") == []
    assert company.writes() == []


def test_who_is_not_listed_is_removed_or_fails_the_task(company, runner):
    with pytest.raises(AirflowFailException, match=r"Team 'Analysts' has members who are not listed: anna@"):
        sync(runner, [BEN], unlisted="fail")
    assert company.writes() == []
    changes = sync(runner, [BEN], unlisted="remove")
    assert company.members() == {BEN}
    assert [(change["action"], change["subject"]) for change in changes] == [("join", BEN), ("leave", ANNA)]


def test_an_empty_list_is_nobody_and_needs_a_limit_to_remove_everybody(company, runner):
    assert sync(runner, []) == []
    with pytest.raises(AirflowFailException, match="members is empty, which would remove everybody"):
        sync(runner, [], unlisted="remove")
    assert company.writes() == []
    sync(runner, [], unlisted="remove", max_removals=1)
    assert company.members() == set()


def test_max_removals_is_a_limit_before_the_first_write(company, runner):
    with pytest.raises(
        AirflowFailException, match=r"(?s)There would be 1 removal, more than max_removals=0 allows.*anna.*leaves"
    ):
        sync(runner, [BEN], unlisted="remove", max_removals="{{ 0 }}")
    assert company.writes() == []


@pytest.mark.parametrize("members", [None, [None], [""], "{{ none }}", "{{ ' ' }}", [BEN, "{{ none }}"]])
def test_a_list_that_says_nothing_is_an_error(company, runner, members):
    with pytest.raises((AirflowFailException, ValueError), match=r"^members"):
        sync(runner, members)
    assert company.astro.requests == []


def test_whoever_does_not_exist_is_an_error_or_is_invited(company, runner):
    with pytest.raises(AirflowFailException, match=r"(?s)no user 'new@example.com'.*invite_missing=True"):
        sync(runner, [BEN, NEW])
    assert company.writes() == []
    changes = sync(runner, [BEN, NEW], invite_missing=True)
    assert [change["action"] for change in changes] == ["invite", "join", "join"]
    assert company.members() == {ANNA, BEN, NEW}
    assert company.user(NEW)["status"] == "PENDING"


def test_a_team_that_does_not_exist_is_named(company, runner):
    with pytest.raises(AirflowFailException, match=r"no Team 'analist' .*Did you mean 'Analysts'"):
        sync(runner, [BEN], team="analist")


def test_a_team_of_an_identity_provider_is_refused(company, runner):
    company.astro.add_team("Everybody", [company.anna], isIdpManaged=True)
    assert sync(runner, [ANNA], team="Everybody") == []
    with pytest.raises(AirflowFailException, match="members of Team 'Everybody' are managed by an identity provider"):
        sync(runner, [BEN], team="Everybody")
    assert company.writes() == []


def test_with_scim_nobody_is_added_but_removed(company, runner):
    organization = company.astro.store.all("organization")[0]
    company.astro.store.put("organization", {**organization, "isScimEnabled": True})
    with pytest.raises(AirflowFailException, match="SCIM is enabled in the Organization"):
        sync(runner, [BEN], unlisted="remove")
    assert company.writes() == []
    sync(runner, [], unlisted="remove", max_removals=5)
    assert company.members() == set()


def test_the_last_owner_is_not_removed(company, runner):
    role = {"workspaceId": company.workspace, "role": "WORKSPACE_OWNER"}
    company.astro.add_team("Owners", [company.anna], workspaceRoles=[role])
    company.astro.add_user("cleo@example.com", status="BANNED")
    for members in ([], ["cleo@example.com"]):
        with pytest.raises(AirflowFailException, match=f"Workspace {company.workspace} would have no Owner left"):
            sync(runner, members, team="Owners", unlisted="remove", max_removals=5)
    assert company.writes() == []
    sync(runner, [BEN], team="Owners", unlisted="remove")
    assert company.members("Owners") == {BEN}


def test_dry_run_shows_the_plan_and_sends_nothing(company, runner, caplog):
    caplog.set_level("INFO")
    changes = sync(runner, [BEN, NEW], unlisted="remove", invite_missing=True, dry_run=True)
    assert [change["action"] for change in changes] == ["invite", "join", "join", "leave"]
    assert "+ user ben@example.com: joins Team 'Analysts'" in caplog.text
    assert company.writes() == []


class TestLostUpdates:
    """Somebody else changes the members at the same time."""

    @pytest.fixture
    def undo(self, company, monkeypatch):
        """Undo the next additions, as another program would that syncs the same Team."""
        real = Teams.add_members

        def undo(times):
            left = [None] * times

            def add(self, team_id, user_ids):
                real(self, team_id, user_ids)
                if left:
                    left.pop()
                    team = company.astro.store.get("team", team_id)
                    company.astro.store.put("team", {**team, "_members": [company.anna]})

            monkeypatch.setattr(Teams, "add_members", add)

        return undo

    def test_it_is_planned_again_once(self, company, runner, undo, caplog):
        undo(1)
        sync(runner, [BEN])
        assert company.members() == {ANNA, BEN}
        assert "planning again" in caplog.text

    def test_twice_in_a_row_is_an_error_that_airflow_retries(self, company, runner, undo):
        undo(2)
        with pytest.raises(LostUpdateError, match="Twice in a row, the members of Team 'Analysts' were not those"):
            sync(runner, [BEN])
        sync(runner, [BEN])
        assert company.members() == {ANNA, BEN}


def test_mistakes_show_when_the_dag_is_parsed():
    good = {"task_id": "sync", "team": "Analysts", "members": [BEN]}
    for wrong in ({"unlisted": "delete"}, {"invite_missing": 1}, {"dry_run": "no"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            SyncTeamMembersOperator(**good, **wrong)
