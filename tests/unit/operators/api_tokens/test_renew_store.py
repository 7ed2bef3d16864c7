"""Renewing a token as a task does: how its value is handed over, and what becomes of a failure to do so."""

from __future__ import annotations

import logging

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException, task

from astro_provider.errors import HandOverError
from astro_provider.operators.api_tokens import RenewApiTokenOperator
from tests.unit.operators.api_tokens.organization import id_of
from tests.unit.running import calls

from .renewal import renew


class TestStore:
    def test_an_environment_object_takes_the_value(self, astro, runner, tokens):
        deployment = astro.add_deployment("one")
        connection = {"type": "astro", "host": "h", "login": "l", "password": "old"}
        links = [{"scope": "DEPLOYMENT", "scopeEntityId": deployment, "overrides": {"host": "other"}}]
        place = ("WORKSPACE", astro.workspace_id)
        made = astro.add_environment_object("astro", "CONNECTION", *place, connection=connection, links=links)
        secret = {"value": "old", "isSecret": True}
        other = astro.add_environment_object("token", "AIRFLOW_VARIABLE", *place, airflowVariable=secret)
        renew(runner, "astro")
        stored = astro.stored_environment_object(made)
        assert tokens.works(stored["connection"]["password"])
        assert {**stored["connection"], "password": "old"} == connection
        assert stored["links"] == links
        token_id = renew(runner, "{{ 'token' }}", token_name="second")
        assert id_of(astro.stored_environment_object(other)["airflowVariable"]["value"]) == token_id

    @pytest.mark.parametrize(
        ("key", "arguments", "sentence"),
        [
            ("tokn", {}, "There is no environment object 'tokn' in Workspace"),
            ("shown", {}, "'shown' in Workspace"),
            ("both", {}, "have the same key"),
            ("token", {"role": "ORGANIZATION_MEMBER", "workspace": None}, "the token is for the Organization"),
        ],
    )
    def test_an_object_that_cannot_take_it_is_refused_before_a_token_is_made(
        self, astro, runner, tokens, key, arguments, sentence
    ):
        place = ("WORKSPACE", astro.workspace_id)
        shown, secret = {"value": "v", "isSecret": False}, {"value": "v", "isSecret": True}
        astro.add_environment_object("shown", "AIRFLOW_VARIABLE", *place, airflowVariable=shown)
        astro.add_environment_object("both", "AIRFLOW_VARIABLE", *place, airflowVariable=secret)
        astro.add_environment_object("both", "ENVIRONMENT_VARIABLE", *place, environmentVariable=secret)
        with pytest.raises(AirflowFailException) as caught:
            renew(runner, key, **arguments)
        assert sentence in str(caught.value)
        assert calls(astro, "POST") == []

    @pytest.mark.parametrize("form", ["{}", "'{}'", "url?token={}&x", '{{"password": "{}"}}'])
    def test_an_error_that_repeats_the_value_is_shown_without_it(self, runner, tokens, caplog, form):
        caplog.set_level(logging.DEBUG)
        seen = []

        def store(value, token):
            seen.append(value)
            try:
                raise KeyError(form.format(value))
            except KeyError as error:
                raise ValueError("could not store " + form.format(value)) from error

        with pytest.raises(HandOverError) as caught:
            renew(runner, store)
        assert "store failed: ValueError: could not store" in str(caught.value)
        assert caught.value.__cause__ is caught.value.__context__ is None
        assert seen[0] not in str(caught.value) + caplog.text
        assert seen[0].rpartition(".")[2] not in str(caught.value) + caplog.text

    def test_another_error_is_kept_as_the_cause(self, astro, runner, caplog):
        def store(value, token):
            raise OSError("vault is sealed")

        with pytest.raises(HandOverError, match="store failed: OSError: vault is sealed") as caught:
            renew(runner, store)
        assert isinstance(caught.value.__cause__, OSError)
        assert caught.value.retryable
        assert (
            "may or may not have been stored. The next try creates another token and, once that token is in use, "
            "retires " in caplog.text
        )

    @pytest.mark.parametrize("error", [AirflowSkipException("not today"), AirflowFailException("never")])
    def test_what_airflow_understands_is_raised_as_it_is(self, astro, runner, error):
        def store(value, token):
            raise error

        with pytest.raises(type(error), match=str(error)):
            renew(runner, store)

    def test_after_a_failure_the_old_token_is_in_use_and_the_next_try_mends_it(self, runner, store, tokens):
        first = renew(runner, store)
        tokens.age(80)

        def failing(value, token):
            store(value, token)
            raise OSError("no response")

        with pytest.raises(HandOverError):
            renew(runner, failing)
        doubtful = id_of(store.values[-1])
        assert tokens.all[first] == tokens.all[doubtful] == "ci"
        assert all(tokens.works(value) for value in store.values)
        runner.ti.try_number = 2
        made = renew(runner, store)
        assert {t: n.startswith("ci (retired") for t, n in tokens.all.items()} == {
            first: True,
            doubtful: True,
            made: False,
        }
        tokens.age(9)
        renew(runner, store)
        assert list(tokens.all) == [made]

    @pytest.mark.parametrize(
        ("store", "sentence"),
        [
            (None, "store=None is not valid"),
            ("", "store='' is not valid"),
            (7, "store=7 is not valid"),
            (lambda value: None, r"store cannot be called as store\(value, token\)"),
        ],
    )
    def test_what_cannot_be_one_shows_while_the_dag_is_parsed(self, store, sentence):
        with pytest.raises(ValueError, match=sentence):
            RenewApiTokenOperator(task_id="t", token_name="ci", role="WORKSPACE_AUTHOR", store=store)

    def test_a_function_that_nobody_would_wait_for_is_refused(self):
        async def store(value, token):
            pass

        with pytest.raises(ValueError, match="store is an async function"):
            RenewApiTokenOperator(task_id="t", token_name="ci", role="WORKSPACE_AUTHOR", store=store)

    def test_a_task_is_no_function(self):
        @task
        def store(value, token):
            pass

        with pytest.raises(ValueError, match="store is a task"):
            RenewApiTokenOperator(task_id="t", token_name="ci", role="WORKSPACE_AUTHOR", store=store)
