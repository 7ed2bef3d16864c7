"""Taking roles: one place, or everywhere; the last Owner stays, and so does everything that was not named."""

from __future__ import annotations

import json

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.client.users import Users
from astro_provider.lookup.subjects import Directory
from astro_provider.operators.access import RevokeAccessOperator

ANNA, BEN = "anna@example.com", "ben@example.com"


def revoke(runner, **arguments):
    return runner.run(RevokeAccessOperator, **arguments)


@pytest.fixture
def workspace_owner(company):
    """Ben, the only Owner that the Workspace Development has of its own."""
    role = {"workspaceId": company.workspace, "role": "WORKSPACE_OWNER"}
    company.astro.store.put("user", {**company.astro.store.get("user", company.ben), "workspaceRoles": [role]})
    return BEN


def add_owner(company, email, **fields):
    role = {"workspaceId": company.workspace, "role": "WORKSPACE_OWNER"}
    return company.astro.add_user(email, workspaceRoles=[role], **fields)


def test_one_role_is_taken_and_every_other_stays(company, runner):
    company.astro.store.put(
        "user",
        {
            **company.astro.store.get("user", company.ben),
            "workspaceRoles": [
                {"workspaceId": company.workspace, "role": "WORKSPACE_AUTHOR"},
                {"workspaceId": company.production, "role": "WORKSPACE_MEMBER"},
            ],
        },
    )
    changes = revoke(runner, users=["BEN@example.com"], workspace="Development")
    assert company.roles(BEN) == {"organization": "ORGANIZATION_MEMBER", company.production: "WORKSPACE_MEMBER"}
    assert [(c["action"], c["role_before"], c["role_after"]) for c in changes] == [("revoke", "WORKSPACE_AUTHOR", None)]
    assert json.loads(json.dumps(changes)) == changes
    company.astro.clear_requests()
    assert revoke(runner, users=["BEN@example.com"], workspace="Development") == []
    assert company.writes() == []


def test_a_role_on_which_others_depend_is_refused_and_they_are_named(company, runner):
    named = rf"DAG_AUTHOR in DAG etl, DEPLOYMENT_ADMIN in Deployment {company.other}\. Revoke them first"
    with pytest.raises(AirflowFailException, match=named):
        revoke(runner, users=[ANNA, BEN], workspace="Production")
    with pytest.raises(AirflowFailException, match=r"DAG_AUTHOR in DAG etl\. Revoke them first"):
        revoke(runner, users=[ANNA], deployment_id=company.other)
    assert company.writes() == []


def test_the_last_own_owner_of_a_workspace_stays(company, runner, workspace_owner):
    with pytest.raises(AirflowFailException, match=f"Workspace {company.workspace} would have no Owner left"):
        revoke(runner, users=[workspace_owner], workspace="Development")
    assert company.writes() == []
    add_owner(company, "cleo@example.com")
    revoke(runner, users=[workspace_owner], workspace="Development")
    assert company.workspace not in company.roles(BEN)


@pytest.mark.parametrize("status", ["PENDING", "INACTIVE", "BANNED"])
def test_only_active_owners_count(company, runner, workspace_owner, status):
    add_owner(company, "cleo@example.com", status=status)
    with pytest.raises(AirflowFailException, match="would have no Owner left"):
        revoke(runner, users=[workspace_owner], workspace="Development")


def test_an_owner_through_a_team_counts_and_a_token_does_not(company, runner, workspace_owner):
    company.add_token("ci", "WORKSPACE_OWNER")
    role = {"workspaceId": company.workspace, "role": "WORKSPACE_OWNER"}
    team = company.astro.add_team("Empty", workspaceRoles=[role])
    with pytest.raises(AirflowFailException, match="would have no Owner left"):
        revoke(runner, users=[workspace_owner], workspace="Development")
    company.astro.store.put("team", {**company.astro.store.get("team", team), "_members": [company.anna]})
    revoke(runner, users=[workspace_owner], workspace="Development")
    with pytest.raises(AirflowFailException, match="would have no Owner left"):
        revoke(runner, teams=["Empty"], workspace="Development")


def test_all_owners_at_once_are_refused(company, runner, workspace_owner):
    add_owner(company, "cleo@example.com")
    with pytest.raises(AirflowFailException, match="would have no Owner left"):
        revoke(runner, users=[workspace_owner, "cleo@example.com"], workspace="Development")
    assert company.writes() == []


def test_a_token_keeps_the_role_in_what_it_belongs_to(company, runner):
    company.add_token("ci", "WORKSPACE_AUTHOR")
    with pytest.raises(AirflowFailException, match=r"'ci' .* belongs to this Workspace\. Delete the token instead"):
        revoke(runner, api_tokens=["ci"], workspace="Development")
    with pytest.raises(AirflowFailException, match="is the connection's own token"):
        revoke(runner, api_tokens=["emulator"], workspace="Development")
    assert company.writes() == []


class TestEverywhere:
    """An offboarding: all roles, and the Teams."""

    def test_all_roles_go_and_the_one_in_the_organization_is_the_least(self, company, runner, caplog):
        company.astro.add_user("cleo@example.com", role="ORGANIZATION_OWNER")
        changes = revoke(runner, users=[ANNA, "cleo@example.com"], everywhere=True)
        assert company.roles(ANNA) == company.roles("cleo@example.com") == {"organization": "ORGANIZATION_MEMBER"}
        assert [change["role_before"] for change in changes] == [
            "DAG_AUTHOR",
            "DEPLOYMENT_ADMIN",
            "WORKSPACE_AUTHOR",
            "ORGANIZATION_OWNER",
        ]
        assert "The account of user anna@example.com remains" in caplog.text
        assert "User anna@example.com stays in Team 'Analysts' (ORGANIZATION_MEMBER), since leave_teams is not set" in (
            caplog.text
        )
        assert company.members() == {ANNA}

    def test_teams_are_left_but_not_those_of_an_identity_provider(self, company, runner, caplog):
        company.astro.add_team("Everybody", [company.anna, company.ben], isIdpManaged=True)
        changes = revoke(runner, users=[ANNA], everywhere=True, leave_teams=True)
        assert (company.members(), company.members("Everybody")) == (set(), {ANNA, BEN})
        assert [change["place_id"] for change in changes if change["action"] == "leave"] == [company.team]
        assert "stays in Team 'Everybody' (ORGANIZATION_MEMBER), which an identity provider manages" in caplog.text
        company.astro.clear_requests()
        assert revoke(runner, users=[ANNA], everywhere=True, leave_teams=True) == []
        assert company.writes() == []

    def test_who_owns_through_a_team_alone_does_not_leave_as_the_last(self, company, runner):
        role = {"workspaceId": company.workspace, "role": "WORKSPACE_OWNER"}
        company.astro.add_team("Owners", [company.ben], workspaceRoles=[role])
        with pytest.raises(AirflowFailException, match="would have no Owner left"):
            revoke(runner, users=[BEN], everywhere=True, leave_teams=True)
        assert company.writes() == []

    def test_tokens_and_teams(self, company, runner, caplog):
        company.add_token("ci", "WORKSPACE_AUTHOR")
        company.add_token("boss", "ORGANIZATION_OWNER")
        company.astro.store.put(
            "team",
            {**company.astro.store.get("team", company.team), "organizationRole": "ORGANIZATION_BILLING_ADMIN"},
        )
        revoke(runner, teams=["Analysts"], api_tokens=["ci", "boss"], everywhere=True)
        assert company.team_roles() == {"organization": "ORGANIZATION_MEMBER"}
        assert company.token_roles("ci") == {company.workspace: "WORKSPACE_AUTHOR"}
        assert list(company.token_roles("boss").values()) == ["ORGANIZATION_MEMBER"]
        assert "keeps WORKSPACE_AUTHOR: a token cannot be without a role. Delete the token" in caplog.text

    def test_a_pending_user_keeps_the_invitation(self, company, runner, caplog):
        company.astro.add_user("cleo@example.com", role="ORGANIZATION_BILLING_ADMIN", status="PENDING")
        revoke(runner, users=["cleo@example.com"], everywhere=True)
        assert company.roles("cleo@example.com") == {"organization": "ORGANIZATION_MEMBER"}
        assert "The invitation of user cleo@example.com remains" in caplog.text


@pytest.mark.parametrize(("limit", "possible"), [(3, False), ("3", False), (4, True), ("{{ 4 }}", True)])
def test_max_removals_counts_roles_and_memberships_before_the_first_write(company, runner, limit, possible):
    arguments = {"users": [ANNA], "everywhere": True, "leave_teams": True, "max_removals": limit}
    if possible:
        assert len(revoke(runner, **arguments)) == 4
        return
    with pytest.raises(
        AirflowFailException,
        match=r"(?s)There would be 4 removals, more than max_removals=3 allows.*- user anna.*leaves",
    ):
        revoke(runner, **arguments)
    assert company.writes() == []


def test_max_removals_counts_what_comes_after_the_plan_too(company, runner, monkeypatch):
    real = Directory.owners
    company.astro.add_user("cleo@example.com", role="ORGANIZATION_OWNER")

    def meddling(self, place):
        more = [{"workspaceId": each, "role": "WORKSPACE_MEMBER"} for each in (company.workspace, company.production)]
        cleo = next(user for user in company.astro.store.all("user") if user["username"].startswith("cleo"))
        company.astro.store.put("user", {**cleo, "workspaceRoles": more})
        return real(self, place)

    monkeypatch.setattr(Directory, "owners", meddling)
    with pytest.raises(AirflowFailException, match="There would be 3 removals, more than max_removals=2 allows"):
        revoke(runner, users=["cleo@example.com"], everywhere=True, max_removals=2)
    assert company.writes() == []
    changes = revoke(runner, users=["cleo@example.com"], everywhere=True, max_removals=3)
    assert [change["action"] for change in changes] == ["replace", "revoke", "revoke"]


def test_changes_are_those_of_both_plans(company, runner, monkeypatch):
    real = Users.set_roles

    def meddling(self, user_id, roles):
        real(self, user_id, roles)
        monkeypatch.setattr(Users, "set_roles", real)
        role = {"workspaceId": company.workspace, "role": "WORKSPACE_MEMBER"}
        company.astro.store.put("user", {**company.astro.store.get("user", user_id), "workspaceRoles": [role]})
        return self.get(user_id).roles

    monkeypatch.setattr(Users, "set_roles", meddling)
    changes = revoke(runner, users=[ANNA], everywhere=True)
    assert company.roles(ANNA) == {"organization": "ORGANIZATION_MEMBER"}
    assert {change["role_before"] for change in changes} == {
        *("DAG_AUTHOR", "DEPLOYMENT_ADMIN", "WORKSPACE_AUTHOR", "WORKSPACE_MEMBER")
    }


def test_whoever_is_missing_is_ignored_or_fails_the_task(company, runner, caplog):
    assert revoke(runner, users=["gone@example.com", BEN], workspace="Development") == []
    assert "There is no user 'gone@example.com'" in caplog.text
    assert "user ben@example.com has no role in Workspace Development" in caplog.text
    with pytest.raises(AirflowFailException, match=r"no user 'gone@.*\nTo continue without them, set if_missing"):
        revoke(runner, users=["gone@example.com", ANNA], workspace="Development", if_missing="fail")
    with pytest.raises(AirflowFailException, match=r"ben@example.com has no role in Workspace Development"):
        revoke(runner, users=[BEN], workspace="Development", if_missing="fail")
    assert company.writes() == []


def test_who_is_not_seen_may_be_there_all_the_same(company, runner, monkeypatch):
    assert revoke(runner, users=["gone@example.com"], everywhere=True) == []
    for role in ("WORKSPACE_OWNER", "ORGANIZATION_MEMBER"):
        connection = {**company.astro.connection(), "password": company.astro.issue_token(role)}
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))
        with pytest.raises(AirflowFailException, match=r"not found needs an Organization token .* sees only a part"):
            revoke(runner, users=["gone@example.com"], everywhere=True)


def test_a_workspace_that_there_is_not_is_no_clean_result(company, runner):
    with pytest.raises(AirflowFailException, match="clnothere000000000000000x"):
        revoke(runner, users=[ANNA], workspace="clnothere000000000000000x")


def test_a_retry_assumes_that_an_earlier_try_took_the_role(company, runner):
    runner.ti.try_number = 2
    assert revoke(runner, users=[BEN], workspace="Development", if_missing="fail") == []


def test_dry_run_shows_the_plan_and_sends_nothing(company, runner, caplog):
    caplog.set_level("INFO")
    changes = revoke(runner, users=[ANNA], everywhere=True, leave_teams=True, dry_run=True)
    assert [change["action"] for change in changes] == ["revoke", "revoke", "revoke", "leave"]
    assert "- user anna@example.com: leaves Team 'Analysts'" in caplog.text
    assert company.writes() == []


def test_without_a_place_nothing_is_read(company, runner):
    with pytest.raises(AirflowFailException, match="to say where to revoke the role"):
        revoke(runner, users=[BEN])
    assert company.astro.requests == []


def test_mistakes_show_when_the_dag_is_parsed():
    good = {"task_id": "revoke", "users": [BEN]}
    for wrong, words in (
        ({"everywhere": True, "workspace": "Development"}, "everywhere=True and workspace cannot be combined"),
        ({"leave_teams": True, "workspace": "Development"}, "leave_teams=True needs everywhere=True"),
        ({"everywhere": "yes"}, "everywhere='yes'"),
        ({"if_missing": "skip", "everywhere": True}, "if_missing='skip'"),
    ):
        with pytest.raises(ValueError, match=words):
            RevokeAccessOperator(**good, **wrong)
