"""Giving roles: the plan first, what differs alone, and nobody loses anything by it."""

from __future__ import annotations

import json

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.client.users import Users
from astro_provider.errors import LostUpdateError
from astro_provider.operators.access import GrantAccessOperator

ANNA, BEN, NEW = "anna@example.com", "ben@example.com", "new@example.com"


def grant(runner, **arguments):
    return runner.run(GrantAccessOperator, **arguments)


def author(runner, **arguments):
    return grant(runner, **{"role": "WORKSPACE_AUTHOR", "workspace": "Development", **arguments})


def test_one_role_is_added_and_every_other_stays(company, runner):
    before = company.roles(ANNA)
    changes = author(runner, users=["Anna@Example.com"])
    assert company.roles(ANNA) == {**before, company.workspace: "WORKSPACE_AUTHOR"}
    assert changes == [
        {
            "action": "grant",
            "subject_type": "user",
            "subject_id": company.anna,
            "subject": ANNA,
            "place_type": "WORKSPACE",
            "place_id": company.workspace,
            "role_before": None,
            "role_after": "WORKSPACE_AUTHOR",
        }
    ]
    assert json.loads(json.dumps(changes)) == changes


def test_what_is_as_it_should_be_is_not_sent(company, runner):
    author(runner, users=[BEN], teams=["analysts"], api_tokens=["nightly"])
    company.astro.clear_requests()
    assert author(runner, users=[company.ben], teams=[company.team], api_tokens=[company.token]) == []
    assert author(runner, role="workspace_author", users=[BEN]) == []
    assert company.writes() == []


def test_users_teams_and_tokens_in_one_task(company, runner):
    changes = author(runner, users=[BEN, company.ben], teams=["Analysts"], api_tokens=["nightly"])
    assert [change["subject_type"] for change in changes] == ["user", "team", "api_token"]
    assert company.roles(BEN)[company.workspace] == "WORKSPACE_AUTHOR"
    assert company.team_roles()[company.workspace] == "WORKSPACE_AUTHOR"
    assert company.token_roles()[company.workspace] == "WORKSPACE_AUTHOR"


@pytest.mark.parametrize(
    ("present", "wanted", "if_other_role", "left"),
    [
        ("WORKSPACE_MEMBER", "WORKSPACE_AUTHOR", "replace", "WORKSPACE_AUTHOR"),
        ("WORKSPACE_OPERATOR", "WORKSPACE_AUTHOR", "replace", "WORKSPACE_AUTHOR"),
        ("WORKSPACE_OPERATOR", "WORKSPACE_AUTHOR", "keep_higher", "WORKSPACE_OPERATOR"),
        ("WORKSPACE_MEMBER", "WORKSPACE_AUTHOR", "keep_higher", "WORKSPACE_AUTHOR"),
    ],
)
def test_another_role_is_replaced_or_kept(company, runner, present, wanted, if_other_role, left):
    author(runner, role=present, users=[BEN])
    changes = author(runner, role=wanted, users=[BEN], if_other_role=if_other_role)
    assert company.roles(BEN)[company.workspace] == left
    assert [change["action"] for change in changes] == (["replace"] if left != present else [])


def test_another_role_may_fail_the_task_before_anything_is_sent(company, runner):
    author(runner, role="WORKSPACE_MEMBER", users=[ANNA])
    company.astro.clear_requests()
    with pytest.raises(AirflowFailException, match=r"user anna@example.com already has the role WORKSPACE_MEMBER, not"):
        author(runner, users=[BEN, ANNA], if_other_role="fail")
    assert company.writes() == []


def test_of_two_custom_roles_neither_is_the_higher_one(company, runner):
    for name in ("Deployer", "Debugger"):
        company.astro.add_role(name)
    grant(runner, role="deployer", deployment_name="staging", users=[BEN])
    with pytest.raises(AirflowFailException, match=r"Neither it nor Debugger is the higher one"):
        grant(runner, role="Debugger", deployment_name="staging", users=[BEN], if_other_role="keep_higher")
    grant(runner, role="DEPLOYMENT_ADMIN", deployment_name="staging", users=[BEN], if_other_role="keep_higher")
    assert company.roles(BEN)[company.deployment] == "DEPLOYMENT_ADMIN"


def test_a_role_in_a_deployment_brings_the_least_one_in_its_workspace(company, runner):
    changes = grant(runner, role="DEPLOYMENT_ADMIN", deployment_id=company.deployment, users=[BEN])
    assert company.roles(BEN) == {
        "organization": "ORGANIZATION_MEMBER",
        company.workspace: "WORKSPACE_ACCESSOR",
        company.deployment: "DEPLOYMENT_ADMIN",
    }
    assert {change["role_after"] for change in changes} == {"WORKSPACE_ACCESSOR", "DEPLOYMENT_ADMIN"}
    author(runner, users=[ANNA])
    grant(runner, role="DEPLOYMENT_ADMIN", deployment_id=company.deployment, users=[ANNA])
    assert company.roles(ANNA)[company.workspace] == "WORKSPACE_AUTHOR"


def test_a_role_in_the_organization_needs_no_place(company, runner):
    grant(runner, role="organization_billing_admin", users=[BEN])
    assert company.roles(BEN) == {"organization": "ORGANIZATION_BILLING_ADMIN"}


def test_whoever_is_missing_is_invited_and_has_the_role_at_once(company, runner):
    changes = author(runner, users=["New@example.com"], invite_missing=True)
    assert [change["action"] for change in changes] == ["invite", "grant"]
    assert company.user(NEW)["status"] == "PENDING"
    assert company.roles(NEW) == {"organization": "ORGANIZATION_MEMBER", company.workspace: "WORKSPACE_AUTHOR"}
    company.astro.clear_requests()
    assert author(runner, users=[NEW], invite_missing=True) == []
    assert company.writes() == []


def test_somebody_is_invited_with_a_role_of_the_organization(company, runner):
    changes = grant(runner, role="ORGANIZATION_BILLING_ADMIN", users=[NEW], invite_missing=True)
    assert [change["role_after"] for change in changes] == ["ORGANIZATION_BILLING_ADMIN"]
    assert company.roles(NEW) == {"organization": "ORGANIZATION_BILLING_ADMIN"}


def test_a_pending_user_gets_roles(company, runner):
    company.astro.add_user(NEW, status="PENDING")
    author(runner, users=[NEW])
    assert company.roles(NEW)[company.workspace] == "WORKSPACE_AUTHOR"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"users": [BEN, "ana@example.com"]},
            r"no user 'ana@example.com' .*Did you mean 'anna@example.com'.*\n.*invite_m",
        ),
        ({"users": ["ben", BEN], "invite_missing": True}, "There is no user 'ben'"),
        ({"teams": ["Analyst"], "users": [BEN]}, "There is no Team 'Analyst' .*Did you mean 'Analysts'"),
        ({"api_tokens": ["Nightly"], "users": [BEN]}, "no API token 'Nightly'.*Did you mean 'nightly'"),
    ],
)
def test_whoever_does_not_exist_is_named_and_nobody_gets_anything(company, runner, arguments, message):
    with pytest.raises(AirflowFailException, match=f"(?s){message}"):
        author(runner, **arguments)
    assert company.writes() == []


def test_several_of_a_name_are_an_error(company, runner):
    company.add_token("nightly", "ORGANIZATION_MEMBER")
    with pytest.raises(AirflowFailException, match=r"2 API tokens are named 'nightly': .*Give the id"):
        author(runner, api_tokens=["nightly"])


def test_who_has_two_roles_at_a_place_is_not_changed(company, runner):
    two = [{"workspaceId": company.production, "role": role} for role in ("WORKSPACE_AUTHOR", "WORKSPACE_MEMBER")]
    company.astro.add_user("cleo@example.com", workspaceRoles=two)
    with pytest.raises(AirflowFailException, match=r"roles of user cleo@example.com cannot be changed here.*two roles"):
        author(runner, users=[BEN, "cleo@example.com"])
    assert company.writes() == []
    assert author(runner, role="ORGANIZATION_OWNER", workspace=None, users=[BEN])  # others are no matter


def test_an_empty_list_is_nobody(company, runner):
    assert author(runner, users=[]) == []
    assert company.writes() == []


@pytest.mark.parametrize(
    "users", [None, [None], [""], ["None"], ["  "], [BEN, "{{ none }}"], "{{ none }}", "{{ '' }}", {"a": 1}]
)
def test_a_list_that_says_nothing_is_an_error(company, runner, users):
    with pytest.raises((AirflowFailException, ValueError), match=r"^users"):
        author(runner, users=users)
    assert company.astro.requests == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"role": "WORKSPACE_AUTOR", "workspace": "Development"}, "Did you mean 'WORKSPACE_AUTHOR'"),
        ({"role": "DEPLOYMENT_ADMINS", "deployment_name": "staging"}, "Did you mean 'DEPLOYMENT_ADMIN'"),
        ({"role": "Deployer"}, "or, for a Deployment, the name of a custom role"),
        ({"role": "DEPLOYMENT_ADMIN"}, "set deployment_id or deployment_name"),
        ({"role": "WORKSPACE_AUTHOR", "deployment_name": "staging"}, "is for a Workspace, but a Deployment is named"),
        ({"role": "ORGANIZATION_OWNER", "workspace": "Development"}, "for the Organization, but a Workspace is named"),
        ({"role": "DAG_AUTHOR", "deployment_name": "staging"}, "is for single DAGs"),
    ],
)
def test_a_role_that_does_not_fit_is_refused_before_anything_is_read(company, runner, arguments, message):
    with pytest.raises(AirflowFailException, match=message):
        grant(runner, users=[BEN], **arguments)
    assert company.astro.requests == []


def test_a_custom_role_that_does_not_exist_is_refused_before_anything_is_sent(company, runner):
    company.astro.add_role("Deployer")
    with pytest.raises(AirflowFailException, match=r"no role 'Deployr' for Deployments.*Did you mean 'Deployer'"):
        grant(runner, role="Deployr", deployment_name="staging", users=[BEN])
    assert company.writes() == []


def test_the_connections_own_token_is_refused(company, runner):
    with pytest.raises(AirflowFailException, match=r"API token 'emulator' .* is the connection's own token"):
        author(runner, users=[BEN], api_tokens=["emulator"])
    assert company.writes() == []


def test_a_token_stays_within_its_scope(company, runner):
    company.add_token("ci", "WORKSPACE_AUTHOR")
    company.add_token("deploys", "DEPLOYMENT_ADMIN", deployment_id=company.deployment)
    with pytest.raises(AirflowFailException, match=r"'ci' .* belongs to another Workspace"):
        author(runner, workspace="Production", api_tokens=["ci"], users=[BEN])
    with pytest.raises(AirflowFailException, match=r"(?s)Not possible:.*'ci' .*ORGANIZATION_OWNER.*'deploys' .*cannot"):
        grant(runner, role="ORGANIZATION_OWNER", api_tokens=["ci", "deploys"])
    assert company.writes() == []
    author(runner, role="WORKSPACE_OPERATOR", api_tokens=["ci"])
    assert company.token_roles("ci") == {company.workspace: "WORKSPACE_OPERATOR"}


def test_a_role_for_a_deployments_own_token_brings_no_role_in_the_workspace(company, runner):
    company.add_token("deploys", "DEPLOYMENT_ACCESSOR", deployment_id=company.deployment)
    grant(runner, role="DEPLOYMENT_ADMIN", deployment_id=company.deployment, api_tokens=["deploys"])
    assert company.token_roles("deploys") == {company.deployment: "DEPLOYMENT_ADMIN"}


def test_the_last_owner_is_not_lowered(company, runner):
    owner = next(each["username"] for each in company.astro.users if each["organizationRole"] == "ORGANIZATION_OWNER")
    with pytest.raises(AirflowFailException, match=r"Organization would have no Owner left"):
        grant(runner, role="ORGANIZATION_MEMBER", users=[owner])
    grant(runner, role="ORGANIZATION_OWNER", users=[BEN])
    grant(runner, role="ORGANIZATION_MEMBER", users=[owner])
    assert company.roles(owner)["organization"] == "ORGANIZATION_MEMBER"


def test_dry_run_shows_the_plan_and_sends_nothing(company, runner, caplog):
    caplog.set_level("INFO")
    changes = author(runner, users=[BEN, NEW], invite_missing=True, dry_run=True)
    assert [change["action"] for change in changes] == ["invite", "grant", "grant"]
    assert company.writes() == []
    assert "+ user ben@example.com: WORKSPACE_AUTHOR in Workspace Development" in caplog.text
    assert "+ user new@example.com: invited to the Organization as ORGANIZATION_MEMBER" in caplog.text


class TestLostUpdates:
    """Others change the same roles, or what is stored is not what was sent."""

    @pytest.fixture
    def forget(self, company, monkeypatch):
        """Let the next writes of Ben's roles be lost, as if somebody else's took their place."""

        def forget(times):
            body = {"organizationRole": "ORGANIZATION_MEMBER"}
            company.astro.fault(
                "POST", f"/organizations/*/users/{company.ben}/roles", status=200, body=body, times=times
            )

        return forget

    def test_a_lost_update_is_planned_again_once(self, company, runner, forget, caplog):
        forget(1)
        author(runner, users=[BEN])
        assert company.roles(BEN)[company.workspace] == "WORKSPACE_AUTHOR"
        assert "planning again" in caplog.text

    def test_twice_in_a_row_is_an_error_that_airflow_retries(self, company, runner, forget):
        forget(2)
        with pytest.raises(LostUpdateError, match=r"Twice in a row, the roles of user ben@example.com were not those"):
            author(runner, users=[BEN])
        author(runner, users=[BEN])
        assert company.roles(BEN)[company.workspace] == "WORKSPACE_AUTHOR"

    def test_what_others_change_between_plan_and_write_stays(self, company, runner, monkeypatch):
        real = Users.set_roles

        def meddling(self, user_id, roles):
            if user_id == company.anna:
                ben = company.astro.store.get("user", company.ben)
                role = {"workspaceId": company.production, "role": "WORKSPACE_OWNER"}
                company.astro.store.put("user", {**ben, "workspaceRoles": [role]})
            return real(self, user_id, roles)

        monkeypatch.setattr(Users, "set_roles", meddling)
        author(runner, users=[ANNA, BEN])
        assert company.roles(BEN) == {
            "organization": "ORGANIZATION_MEMBER",
            company.production: "WORKSPACE_OWNER",
            company.workspace: "WORKSPACE_AUTHOR",
        }

    def test_roles_are_read_once_more_right_before_they_are_sent(self, company, runner, monkeypatch):
        role = {"workspaceId": company.production, "role": "WORKSPACE_OWNER"}

        def meddling(self, lines):
            ben = company.astro.store.get("user", company.ben)
            company.astro.store.put("user", {**ben, "workspaceRoles": [role]})

        monkeypatch.setattr(GrantAccessOperator, "log_plan", meddling)
        author(runner, users=[BEN])
        assert company.roles(BEN)[company.production] == "WORKSPACE_OWNER"
        assert company.roles(BEN)[company.workspace] == "WORKSPACE_AUTHOR"


def test_mistakes_show_when_the_dag_is_parsed():
    good = {"task_id": "grant", "role": "WORKSPACE_AUTHOR", "users": [BEN]}
    for wrong in ({"if_other_role": "keep"}, {"invite_missing": "yes"}, {"dry_run": 1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            GrantAccessOperator(**good, **wrong)
    with pytest.raises(ValueError, match=r"users, teams and api_tokens are all missing"):
        GrantAccessOperator(task_id="grant", role="WORKSPACE_AUTHOR")
