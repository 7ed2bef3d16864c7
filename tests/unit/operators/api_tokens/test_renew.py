"""Renewing a token as a task does: created, proven, retired, deleted."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.client import AstroClient
from astro_provider.errors import AstroError, HandOverError
from astro_provider.operators.api_tokens import RenewApiTokenOperator
from tests.unit.operators.api_tokens.organization import ago
from tests.unit.running import calls

from .renewal import renew


class TestRenewal:
    def test_without_a_token_the_first_one_is_created(self, runner, store, tokens):
        made = renew(runner, store, description="for the nightly load", expires_in=timedelta(days=30))
        shown = tokens.shown(made)
        assert (shown["name"], shown["scope"], shown["expiryPeriodInDays"]) == ("ci", "WORKSPACE", 30)
        assert shown["description"].startswith("for the nightly load [renewal ")
        assert shown["description"].endswith(": in use]")
        assert tokens.works(store.values[0])
        assert (store.tokens[0].id, store.tokens[0].token) == (made, None)

    def test_a_token_with_time_left_is_kept_and_nothing_is_sent(self, astro, runner, store, tokens):
        token_id = tokens.issue(days=15)
        assert renew(runner, store) == token_id
        assert calls(astro, "POST") == []
        assert store.values == []

    def test_one_that_never_expires_is_kept(self, astro, runner, store, tokens):
        assert renew(runner, store) != (made := tokens.issue("other", days=None))
        assert renew(runner, store, token_name="other") == made

    def test_a_whole_life(self, runner, store, tokens):
        first = renew(runner, store)
        tokens.age(80)
        second = renew(runner, store)
        assert second != first
        assert tokens.works(store.values[0])
        assert tokens.works(store.values[1])
        assert tokens.all[second] == "ci"
        assert tokens.all[first].startswith("ci (retired 20")
        tokens.age(7)
        assert renew(runner, store) == second
        assert first in tokens.all
        tokens.age(2)
        assert renew(runner, store) == second
        assert list(tokens.all) == [second]
        assert len(store.values) == 2

    def test_a_retired_token_that_is_still_used_stays(self, runner, store, tokens, caplog):
        first = renew(runner, store)
        tokens.age(80)
        renew(runner, store)
        tokens.age(9)
        assert tokens.works(store.values[0])
        renew(runner, store)
        assert first in tokens.all
        assert "something still has its old value" in caplog.text

    def test_the_new_one_gets_every_role_of_the_old_one(self, astro, runner, store, tokens):
        deployment = astro.add_deployment("one")
        roles = [
            {"entityType": "WORKSPACE", "entityId": astro.workspace_id, "role": "WORKSPACE_AUTHOR"},
            {"entityType": "DEPLOYMENT", "entityId": deployment, "role": "DEPLOYMENT_ADMIN"},
            {"entityType": "DAG", "entityId": "etl", "role": "DAG_AUTHOR", "deploymentId": deployment},
        ]
        old = tokens.issue(days=3, roles=roles, description="theirs")
        made = renew(runner, store)
        assert sorted(tokens.shown(made)["roles"], key=str) == sorted(roles, key=str)
        assert tokens.shown(made)["description"].startswith("theirs [renewal")
        assert tokens.shown(old)["name"] == "ci"  # somebody else's is left as it is

    def test_one_of_a_deployment(self, astro, runner, store, tokens):
        deployment = astro.add_deployment("one")
        made = renew(runner, store, role="deployment_admin", deployment_name="one")
        role = {"entityType": "DEPLOYMENT", "entityId": deployment, "role": "DEPLOYMENT_ADMIN"}
        assert tokens.shown(made)["roles"] == [role]

    def test_one_of_the_organization(self, astro, runner, store, tokens):
        made = renew(runner, store, role="ORGANIZATION_OWNER", workspace=None)
        assert tokens.shown(made)["scope"] == "ORGANIZATION"
        assert renew(runner, store, role="ORGANIZATION_OWNER", workspace=None) == made

    def test_a_dry_run_says_what_it_would_do(self, astro, runner, store, tokens, caplog):
        caplog.set_level(logging.INFO)
        token_id = tokens.issue(days=3)
        assert renew(runner, store, dry_run=True) == token_id
        assert renew(runner, store, token_name="new", dry_run="{{ true }}") is None
        assert calls(astro, "POST") == []
        assert "To create: API token 'ci' with the roles of the old one, valid for 90 days." in caplog.text
        assert "There is no API token 'new' yet." in caplog.text

    def test_another_task_s_tokens_are_left_alone(self, runner, store, tokens):
        first = renew(runner, store)
        tokens.age(80)
        runner.ti.task_id = "other"
        second = renew(runner, store)
        assert tokens.all == {first: "ci", second: "ci"}


class TestProof:
    def test_a_value_that_is_not_accepted_yet_is_tried_again(self, astro, runner, store, tokens, pauses):
        astro.fault("GET", "/organizations/*/tokens/*", status=401, times=2)
        made = renew(runner, store)
        assert len(pauses) == 2
        assert tokens.shown(made)["description"].endswith(": in use]")

    def test_a_value_that_is_never_accepted_is_not_handed_over(self, astro, runner, store, tokens):
        astro.fault("GET", "/organizations/*/tokens/*", status=401, times=99)
        with pytest.raises(HandOverError, match="Astro does not accept the new value of API token 'ci'") as caught:
            renew(runner, store)
        assert caught.value.retryable
        assert store.values == []
        assert tokens.all == {}

    @pytest.mark.parametrize("status", [403, 404])
    def test_a_token_that_may_not_read_itself_is_proven_all_the_same(self, astro, runner, store, tokens, status):
        astro.fault(
            "GET", "/organizations/*/tokens/*", status=status, times=2, body='{"message": "no", "statusCode": 403}'
        )
        made = renew(runner, store)
        assert tokens.shown(made)["description"].endswith(": in use]")

    def test_a_proxy_s_refusal_proves_nothing(self, astro, runner, store, tokens):
        astro.fault("GET", "/organizations/*/tokens/*", status=403, times=99, body="<html>Blocked</html>")
        with pytest.raises(AirflowFailException, match="403"):
            renew(runner, store)
        assert store.values == []
        assert tokens.all == {}


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"role": "WORKSPACE_OWNER"}, "has the role WORKSPACE_AUTHOR, but the task has role='WORKSPACE_OWNER'"),
            ({"role": "ORGANIZATION_OWNER"}, "role='ORGANIZATION_OWNER' is not a role for Workspace Development"),
            ({"role": "Deployer"}, "is not a role for Workspace Development"),
            ({"role": "ORGANIZATION_OWNER"}, "or leave out the Workspace and the Deployment."),
            ({"role": "DEPLOYMENT_ADMIN", "workspace": None}, "is not a role for the Organization"),
            ({"role": "DEPLOYMENT_ADMIN", "workspace": None}, "or name the Deployment that the token is for."),
            ({"role": "WORKSPACE_AUTHOR", "deployment_name": "one"}, "is not a role for Deployment 'one'"),
            ({"token_name": "x" * 257}, "token_name has 257 characters; allowed: at most 256."),
            ({"description": "x" * 500}, "description has 500 characters; allowed: at most "),
        ],
    )
    def test_are_clear_and_come_before_anything_is_sent(self, astro, runner, store, tokens, arguments, sentence):
        astro.add_deployment("one")
        tokens.issue(days=3)
        with pytest.raises(AirflowFailException) as caught:
            renew(runner, store, **arguments)
        assert sentence in str(caught.value)
        assert calls(astro, "POST") == []

    @pytest.mark.parametrize(
        "arguments",
        [
            {"expires_in": timedelta(hours=36)},
            {"expires_in": timedelta(days=3651)},
            {"expires_in": 90},
            {"expires_in": None},
            {"renew_before": timedelta(days=90)},
            {"renew_before": 0},
            {"retire_after": timedelta(0)},
            {"dry_run": "yes"},
        ],
    )
    def test_of_times_that_make_no_sense_show_while_the_dag_is_parsed(self, store, arguments):
        with pytest.raises(ValueError, match="is not"):
            RenewApiTokenOperator(task_id="t", token_name="ci", role="WORKSPACE_AUTHOR", store=store, **arguments)

    def test_two_runs_at_once_are_not_possible(self, store):
        task = RenewApiTokenOperator(task_id="t", token_name="ci", role="WORKSPACE_AUTHOR", store=store)
        assert task.max_active_tis_per_dag == 1


class TestOthers:
    def test_the_connection_s_own_token_is_renewed_but_not_deleted_while_it_is_in_use(
        self, astro, runner, store, tokens, monkeypatch, caplog
    ):
        def connect(value):
            connection = {**astro.connection(), "password": value}
            monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))

        own = {"token_name": "own", "role": "WORKSPACE_OWNER"}
        first = renew(runner, store, **own)
        connect(store.values[0])
        tokens.age(80)
        second = renew(runner, store, **own)
        tokens.age(9)
        assert renew(runner, store, **own) == second  # the connection still has the first one
        assert first in tokens.all
        assert "this task's own connection still uses it" in caplog.text
        connect(store.values[1])
        tokens.age(9)
        renew(runner, store, **own)
        assert list(tokens.all) == [second]

    def test_a_token_that_changes_while_the_task_runs_is_not_deleted(self, astro, runner, store, tokens, caplog):
        first = renew(runner, store)
        tokens.age(80)
        renew(runner, store)
        tokens.age(9)
        astro.fault("GET", f"/organizations/*/tokens/{first}", status=503)
        tokens.change(first, lastUsedAt=ago(8.5))
        original = AstroClient.server_time

        def used_meanwhile(client):
            tokens.change(first, lastUsedAt=ago(0))
            return original(client)

        AstroClient.server_time = used_meanwhile
        try:
            renew(runner, store)
        finally:
            AstroClient.server_time = original
        assert first in tokens.all
        assert "was not deleted: it has been changed or used in the meantime" in caplog.text

    def test_one_that_is_gone_by_then_is_no_error(self, astro, runner, store, tokens):
        first = renew(runner, store)
        tokens.age(80)

        def deleting(value, token):
            astro.store.delete("api_token", first)

        made = renew(runner, deleting)
        assert list(tokens.all) == [made]

    def test_a_role_that_is_not_granted_fails_and_leaves_no_token(self, astro, runner, store, tokens):
        deployment = astro.add_deployment("one")
        roles = [
            {"entityType": "WORKSPACE", "entityId": astro.workspace_id, "role": "WORKSPACE_AUTHOR"},
            {"entityType": "DEPLOYMENT", "entityId": deployment, "role": "DEPLOYMENT_ADMIN"},
        ]
        old = tokens.issue(days=3, roles=roles)
        astro.fault("POST", "/organizations/*/tokens/*/roles", status=403)
        with pytest.raises((AirflowFailException, AstroError)):
            renew(runner, store)
        assert list(tokens.all) == [old]
        assert store.values == []
