"""Rotating a token as a task does."""

from __future__ import annotations

import json
import logging

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.errors import AstroError, HandOverError
from astro_provider.operators.api_tokens import RotateApiTokenOperator
from tests.unit.operators.api_tokens.organization import id_of
from tests.unit.running import calls

ROTATE = "/organizations/*/tokens/*/rotate"


def rotate(runner, store, **arguments):
    return runner.run(RotateApiTokenOperator, **{"store": store, **arguments})


@pytest.fixture
def leaked(astro):
    return astro.issue_token("WORKSPACE_AUTHOR", name="ci", expires_in=90 * 86400)


def test_the_old_value_dies_and_the_new_one_is_stored(runner, store, tokens, leaked):
    assert rotate(runner, store, token_name="ci") == id_of(leaked)
    assert not tokens.works(leaked)
    assert tokens.works(store.values[0])
    assert (store.tokens[0].name, store.tokens[0].token) == ("ci", None)


@pytest.mark.parametrize(
    "arguments",
    [
        {"token_name": "ci", "workspace": "Development"},
        {"token_id": "{{ params.id }}"},
        {"token_id": "{{ params.id }}", "token_name": "ci"},
    ],
)
def test_it_is_found_by_id_or_by_name_and_place(runner, store, leaked, arguments):
    runner.more_context = {"params": {"id": id_of(leaked)}}
    assert rotate(runner, store, **arguments) == id_of(leaked)


def test_of_several_with_one_name_the_place_tells_or_nothing_does(astro, runner, store, leaked):
    deployment = astro.add_deployment("one")
    other = astro.issue_token("DEPLOYMENT_ADMIN", name="ci", deployment_id=deployment)
    assert rotate(runner, store, token_name="ci", deployment_name="one") == id_of(other)
    with pytest.raises(AirflowFailException, match=r"2 API tokens are named 'ci': .* \(Workspace\), .* \(Deployment\)"):
        rotate(runner, store, token_name="ci")
    assert len(store.values) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"token_name": "cii"}, "There is no API token 'cii' that this token can see. Did you mean 'ci'?"),
        ({"token_name": "ci", "workspace": "Production"}, "There is no API token 'ci'"),
        ({"token_id": "cldoesnotexist00000000001"}, "There is no API token cldoesnotexist00000000001."),
        ({"token_id": "ID", "token_name": "other"}, "token_name='other'. Nothing was changed. In the task, correct"),
        ({}, "to say which token to rotate"),
        ({"token_name": "ci", "store": "tokn"}, "There is no environment object 'tokn' in Workspace"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_sent(astro, runner, store, leaked, arguments, sentence):
    if arguments.get("token_id") == "ID":
        arguments = {**arguments, "token_id": id_of(leaked)}
    with pytest.raises((AirflowFailException, ValueError)) as caught:
        rotate(runner, **{"store": store, **arguments})
    assert sentence in str(caught.value)
    assert calls(astro, "POST") == []


def test_a_dry_run_rotates_nothing(astro, runner, store, tokens, leaked, caplog):
    caplog.set_level(logging.INFO)
    assert rotate(runner, store, token_name="ci", dry_run=True) == id_of(leaked)
    assert tokens.works(leaked)
    assert "would get a new value, and its old value would stop working at once" in caplog.text


class TestOwn:
    @pytest.fixture
    def own(self, astro, monkeypatch):
        value = astro.issue_token("WORKSPACE_OWNER", name="own")
        connection = {**astro.connection(), "password": value}
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))
        return value

    def test_the_connection_s_own_token_is_refused(self, runner, store, tokens, own):
        with pytest.raises(AirflowFailException, match="is the token of this task's own connection"):
            rotate(runner, store, token_name="own")
        assert tokens.works(own)

    def test_unless_that_is_wanted(self, runner, store, tokens, own):
        assert rotate(runner, store, token_name="own", allow_self=True) == id_of(own)
        assert tokens.works(store.values[0])

    def test_and_the_new_value_writes_itself_into_an_environment_object(self, astro, runner, tokens, own):
        connection = {"type": "astro", "password": own}
        made = astro.add_environment_object(
            "astro", "CONNECTION", "WORKSPACE", astro.workspace_id, connection=connection
        )
        rotate(runner, "astro", token_name="own", allow_self=True)
        value = astro.stored_environment_object(made)["connection"]["password"]
        assert value != own
        assert tokens.works(value)


class TestTrouble:
    @pytest.mark.parametrize("fault", [{"drop": "after"}, {"drop": "before"}, {"status": 500}, {"truncate": 40}])
    def test_a_lost_response_ends_with_a_value_that_works(self, astro, runner, store, tokens, leaked, fault):
        astro.fault("POST", ROTATE, **fault)
        rotate(runner, store, token_name="ci")
        assert not tokens.works(leaked)
        assert tokens.works(store.values[0])

    def test_a_store_that_fails_fails_the_task_and_the_next_try_rotates_again(
        self, runner, store, tokens, leaked, caplog
    ):
        def failing(value, token):
            store(value, token)
            raise OSError(f"cannot write {value}")

        with pytest.raises(HandOverError, match=r"store failed: OSError: cannot write \*\*\*\*"):
            rotate(runner, failing, token_name="ci")
        assert "its old value no longer works. The next try rotates the token again." in caplog.text
        rotate(runner, store, token_name="ci")
        assert [tokens.works(value) for value in store.values] == [False, True]
        assert not any(value in caplog.text for value in store.values)

    def test_an_object_that_cannot_be_written_is_the_api_s_own_error(self, astro, runner, leaked):
        secret = {"value": "old", "isSecret": True}
        astro.add_environment_object(
            "token", "AIRFLOW_VARIABLE", "WORKSPACE", astro.workspace_id, airflowVariable=secret
        )
        astro.fault("POST", "/organizations/*/environment-objects/*", status=403)
        with pytest.raises((AirflowFailException, AstroError), match="403"):
            rotate(runner, "token", token_name="ci")
