"""Setting environment objects as a task does."""

from __future__ import annotations

import json
import logging

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.operators.environment_objects import SetEnvironmentObjectOperator
from tests.unit.running import calls

SECRET = "s3cr3t-value"
OBJECTS = "/organizations/*/environment-objects"


def put(runner, **arguments):
    defaults = {"key": "warehouse", "object_type": "CONNECTION", "workspace": "Development"}
    return runner.run(SetEnvironmentObjectOperator, **{**defaults, **arguments})


def variable(runner, **arguments):
    return put(runner, **{"key": "token", "object_type": "AIRFLOW_VARIABLE", **arguments})


@pytest.fixture
def one(astro):
    return astro.add_deployment("one")


@pytest.fixture
def warehouse(astro, one):
    """A Workspace's connection that is linked to a Deployment, with an override."""
    connection = {"type": "snowflake", "host": "h", "login": "l", "password": "old", "schema": "s", "port": 443}
    link = {"scope": "DEPLOYMENT", "scopeEntityId": one, "overrides": {"login": "other", "password": "hidden"}}
    return astro.add_environment_object(
        "warehouse", "CONNECTION", "WORKSPACE", astro.workspace_id, connection=connection, links=[link]
    )


class TestConnection:
    def test_a_new_password_is_all_that_changes(self, astro, runner, warehouse):
        before = astro.stored_environment_object(warehouse)
        assert put(runner, connection={"password": SECRET}) == warehouse
        after = astro.stored_environment_object(warehouse)
        assert after["connection"] == {**before["connection"], "password": SECRET}
        assert (after["links"], after["excludeLinks"]) == (before["links"], before["excludeLinks"])

    def test_is_created_if_there_is_none(self, astro, runner, one, caplog):
        fields = {"conn_type": "http", "host": "h", "password": SECRET, "extra": {"a": 1}}
        caplog.set_level(logging.INFO)
        made = put(runner, connection=fields, link_to=["one"])
        assert "Creating the connection 'warehouse' in Workspace" in caplog.text
        stored = astro.stored_environment_object(made)
        assert stored["connection"] == {"type": "http", "host": "h", "password": SECRET, "extra": {"a": 1}}
        assert [link["scopeEntityId"] for link in stored["links"]] == [one]
        assert (stored["scope"], stored["scopeEntityId"]) == ("WORKSPACE", astro.workspace_id)

    def test_what_is_as_it_should_be_is_not_sent(self, astro, runner, warehouse, caplog):
        caplog.set_level(logging.INFO)
        assert put(runner, connection={"conn_type": "snowflake", "host": "h"}, link_to="one") == warehouse
        assert calls(astro, "POST") == []
        assert "Nothing to change in the connection 'warehouse' in Workspace" in caplog.text

    def test_another_type_is_refused_before_anything_is_sent(self, astro, runner, warehouse):
        with pytest.raises(AirflowFailException, match="Astro cannot change that to 'postgres'"):
            put(runner, connection={"conn_type": "postgres"})
        assert calls(astro, "POST") == []

    def test_one_of_a_deployment(self, astro, runner, one):
        made = put(runner, connection={"conn_type": "http"}, deployment_name="one")
        stored = astro.stored_environment_object(made)
        assert (stored["scope"], stored["scopeEntityId"]) == ("DEPLOYMENT", one)

    def test_linked_to_more_deployments(self, astro, runner, warehouse, one):
        two = astro.add_deployment("two")
        assert put(runner, link_to=[two]) == warehouse
        links = astro.stored_environment_object(warehouse)["links"]
        assert [link["scopeEntityId"] for link in links] == [one, two]
        assert links[0]["overrides"] == {"login": "other", "password": "hidden"}


class TestVariable:
    def test_a_secret_is_sent_each_time(self, astro, runner, caplog):
        caplog.set_level(logging.INFO)
        made = variable(runner, value=SECRET)
        assert variable(runner, value=SECRET) == made
        assert len(calls(astro, "POST")) == 2
        assert astro.stored_environment_object(made)["airflowVariable"] == {"isSecret": True, "value": SECRET}
        assert "value (a secret, which cannot be compared with what is stored)" in caplog.text

    def test_one_that_is_no_secret_is_compared(self, astro, runner):
        made = variable(runner, value="eu", secret=False)
        assert variable(runner, value="eu", secret=False) == made
        assert len(calls(astro, "POST")) == 1
        assert variable(runner, value="us", secret=False) == made
        assert astro.stored_environment_object(made)["airflowVariable"]["value"] == "us"

    def test_one_that_is_no_secret_is_emptied(self, astro, runner):
        made = variable(runner, value="eu", secret=False)
        assert variable(runner, value="", secret=False) == made
        assert astro.stored_environment_object(made)["airflowVariable"]["value"] == ""
        variable(runner, value="None", secret=False)
        assert astro.stored_environment_object(made)["airflowVariable"]["value"] == "None"

    def test_an_environment_variable(self, astro, runner):
        made = variable(runner, object_type="ENVIRONMENT_VARIABLE", value="v", auto_link=True)
        stored = astro.stored_environment_object(made)
        assert stored["environmentVariable"] == {"isSecret": True, "value": "v"}
        assert stored["autoLinkDeployments"] is True


def test_a_dry_run_sends_nothing_and_says_what_it_would_do(astro, runner, warehouse, caplog):
    caplog.set_level(logging.INFO)
    assert put(runner, connection={"host": "new"}, dry_run=True) == warehouse
    assert variable(runner, value="v", dry_run="{{ 'true' }}") is None
    assert calls(astro, "POST") == []
    assert "Would change the connection 'warehouse' in Workspace" in caplog.text
    assert "Would create the Airflow variable '" in caplog.text
    assert "- host" in caplog.text
    assert "- created" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"connection": {"hots": SECRET}}, "connection has no field 'hots'. Did you mean 'host'?"),
        ({"connection": {"host": "h"}}, "To create it, set the argument connection, with conn_type in it"),
        ({"value": "x"}, "object_type='CONNECTION' does not accept value; set connection instead."),
        (
            {"object_type": "AIRFLOW_VARIABLE", "connection": {"host": "h"}},
            "does not accept connection; set value instead.",
        ),
        (
            {"object_type": "AIRFLOW_VARIABLE"},
            "There is no Airflow variable 'warehouse' yet. To create it, set the argument value.",
        ),
        (
            {"connection": {"conn_type": "http"}, "link_to": ["onne"]},
            "no Deployment 'onne' that this token can see. Did you mean",
        ),
        (
            {"connection": {"conn_type": "http"}, "deployment_name": "one", "link_to": ["one"]},
            "are for objects of a Wor",
        ),
        ({"object_type": "AIRFLOW_VARIABLE", "value": ""}, "value is blank, but Astro cannot empty a secret: a blank"),
        ({"object_type": "AIRFLOW_VARIABLE", "value": "{{ '' }}"}, "value rendered to blank text"),
        ({"connection": {"password": "{{ none }}"}}, "connection, password rendered to 'None'"),
        ({"connection": {"extra": {"key": "{{ '' }}"}}}, "connection, extra, key rendered to blank text"),
        ({"connection": "{{ 'text' }}"}, "connection is not a dict of fields, but of type str."),
        ({"object_type": "{{ 'VARIABLE' }}", "value": "x"}, "object_type='VARIABLE' is not valid"),
    ],
)
def test_a_wrong_argument_is_named_before_anything_is_sent(astro, runner, one, arguments, sentence):
    with pytest.raises((AirflowFailException, ValueError)) as caught:
        put(runner, **arguments)
    assert sentence in str(caught.value)
    assert SECRET not in str(caught.value)
    assert calls(astro, "POST") == []


def test_a_wrong_type_shows_while_the_dag_is_parsed():
    with pytest.raises(ValueError, match="allowed: 'CONNECTION', 'AIRFLOW_VARIABLE', 'ENVIRONMENT_VARIABLE'"):
        SetEnvironmentObjectOperator(task_id="t", key="k", object_type="CONECTION")


class TestSecrets:
    def test_are_in_no_rendered_template_and_no_log_line(self, astro, runner, caplog):
        caplog.set_level(logging.DEBUG)
        runner.more_context = {"params": {"secret": SECRET}}
        fields = {"conn_type": "http", "password": "{{ params.secret }}", "extra": '{"key": "{{ params.secret }}"}'}
        made = put(runner, connection=fields)
        shown = {field: getattr(runner.operator, field) for field in runner.operator.template_fields}
        assert shown["connection"] == {"conn_type": "http", "password": "****", "extra": "****"}
        assert astro.stored_environment_object(made)["connection"]["extra"] == {"key": SECRET}
        made = variable(runner, value="{{ params.secret }}")
        shown |= {field: getattr(runner.operator, field) for field in runner.operator.template_fields}
        assert astro.stored_environment_object(made)["airflowVariable"]["value"] == SECRET
        assert SECRET not in json.dumps(shown) + caplog.text

    def test_a_refusal_that_repeats_one_is_masked(self, astro, runner, warehouse):
        astro.fault("POST", f"{OBJECTS}/*", status=400, body=f"bad value {SECRET}")
        with pytest.raises(AirflowFailException) as caught:
            put(runner, connection={"password": SECRET})
        assert SECRET not in f"{caught.value} {caught.value.__context__!r}"

    def test_a_number_instead_of_one_is_not_quoted(self, runner, one):
        with pytest.raises(ValueError, match="value is a number") as caught:
            variable(runner, value=1.25)
        assert "1.25" not in str(caught.value)


class TestTrouble:
    @pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 503}, {"truncate": 10}, {"drop": "before"}])
    @pytest.mark.parametrize("is_new", [True, False])
    def test_a_lost_response_leaves_one_object_with_the_right_value(self, astro, runner, fault, is_new):
        if not is_new:
            variable(runner, value="old")
        astro.fault("POST", f"{OBJECTS}{'' if is_new else '/*'}", **fault)
        made = variable(runner, value=SECRET)
        assert [each["id"] for each in astro.store.all("environment_object")] == [made]
        assert astro.stored_environment_object(made)["airflowVariable"]["value"] == SECRET

    def test_one_that_somebody_creates_in_the_meantime_is_updated(self, astro, runner, requests_mock_race):
        made = variable(runner, value=SECRET)
        assert astro.stored_environment_object(made)["airflowVariable"]["value"] == SECRET
        assert len(astro.store.all("environment_object")) == 1


@pytest.fixture
def requests_mock_race(astro):
    """Somebody who creates the same object just before the task's create arrives."""
    import requests_mock

    def create_first(request):
        if request.method == "POST" and not astro.store.all("environment_object"):
            variable = {"isSecret": True, "value": "theirs"}
            astro.add_environment_object(
                "token", "AIRFLOW_VARIABLE", "WORKSPACE", astro.workspace_id, airflowVariable=variable
            )

    with requests_mock.Mocker(real_http=True) as network:
        network.add_matcher(create_first)
        yield
