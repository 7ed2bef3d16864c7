"""Copying connections and variables that hold secrets: given, kept or left out, and never shown or masked."""

from __future__ import annotations

import json
import logging
import re

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException, BaseOperator

from astro_provider.operators.airflow_objects import CopyAirflowObjectsOperator as Copy

from .copying import PASSWORD, TOKEN, VALUES


def test_a_redacted_value_fails_the_task_before_anything_is_written(sides, astro):
    with pytest.raises(AirflowFailException) as caught:
        sides.copy()
    said = str(caught.value)
    assert "connection 'warehouse'" in said
    assert "connection 'lake'" in said
    assert ("variable 'api_token'" in said) == (sides.majors[0] == 3)
    assert "secrets={'warehouse': {...}}" in said
    assert sides.writes() == []


def test_objects_with_redacted_values_can_be_left_out(sides, astro):
    sides.copy(if_redacted="ignore")
    assert astro.airflow_connection(sides.target, "warehouse") is None
    assert sides.results()["warehouse"] == "left out"
    assert astro.airflow_variable(sides.target, "region") == "eu"


def test_keep_leaves_the_targets_own_secret_and_copies_the_rest(sides, astro):
    own = {"conn_type": "postgres", "host": "old", "password": "of-the-target", "extra": '{"token": "of-the-target"}'}
    astro.add_airflow_connection(sides.target, "warehouse", **own)
    astro.add_airflow_connection(sides.target, "lake", **own)
    astro.add_airflow_variable(sides.target, "api_token", "of-the-target")
    sides.copy(if_redacted="keep", exclude=["open"])
    warehouse, lake = (astro.airflow_connection(sides.target, name) for name in ("warehouse", "lake"))
    assert (warehouse["host"], warehouse["password"]) == ("db", "of-the-target")
    assert json.loads(lake["extra"]) == {"token": "of-the-target"}
    assert lake["conn_type"] == "aws"
    kept = "of-the-target" if sides.majors[0] == 3 else VALUES["api_token"]  # Airflow 2 shows it
    assert astro.airflow_variable(sides.target, "api_token") == kept


def test_keep_without_anything_to_keep_fails(sides):
    with pytest.raises(AirflowFailException, match="the target has no value of its own to keep") as refused:
        sides.copy(if_redacted="keep")
    for line in str(refused.value).splitlines()[1:]:
        pronoun = "them" if "extra, password" in line else "it"
        assert f"Pass {pronoun} in " in line
    assert sides.writes() == []


def test_no_mask_is_ever_written_whatever_is_asked_for(sides, astro):
    astro.add_airflow_connection(sides.source, "dsn", conn_type="http", host=f"user:{PASSWORD}@db", password=PASSWORD)
    for if_redacted in ("ignore", "keep", "fail"):
        try:
            sides.copy(if_redacted=if_redacted)
        except AirflowFailException:
            continue
    for sent in sides.writes():
        assert "***" not in json.dumps(sent.body)


def test_secrets_are_nowhere_to_be_seen(sides, runner, caplog):
    caplog.set_level(logging.DEBUG)
    runner.more_context = {"password": PASSWORD, "token": TOKEN, "value": VALUES["api_token"]}
    sides.copy(
        secrets={
            "warehouse": {"password": "{{ password }}"},
            "lake": {"extra": {"token": "{{ token }}"}},
            "open": {},
        },
        variable_values={"api_token": "{{ value }}"},
    )
    operator = runner.operator
    shown = [getattr(operator, name) for name in operator.template_fields]
    for text in (repr(shown), json.dumps(runner.ti.xcoms), caplog.text):
        for secret in (PASSWORD, TOKEN, VALUES["api_token"]):
            assert secret not in text
    assert operator.secrets == {"warehouse": {"password": "****"}, "lake": {"extra": {"token": "****"}}, "open": {}}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"secrets": {"warehuose": {}}},
            "which has none of that name. Did you mean 'warehouse'? Correct or remove the entry.",
        ),
        (
            {"connections": ["lake"], "secrets": {"lakee": {}}},
            "because it is not in connections. Did you mean 'lake'? Remove the entry, or add the connection to "
            "connections.",
        ),
        (
            {"exclude": "ware*", "secrets": {"warehouse": {}}},
            "because exclude matches it. Remove the entry, or change exclude.",
        ),
        ({"secrets": {7: {}}}, "secrets: no connection 7 is copied from Deployment 'source'"),
        ({"secrets": {"warehouse": {"pasword": PASSWORD}}}, "no field 'pasword'. Did you mean 'password'"),
        ({"secrets": {"warehouse": {"password": 7}}}, "password of connection 'warehouse' is not text, but int"),
        ({"secrets": {"warehouse": {"password": "***"}}}, "is or contains Airflow's mask"),
        (
            {"secrets": {"warehouse": PASSWORD}},
            """secrets['warehouse'] must be a dict such as {"password": "..."}; it is text.""",
        ),
        ({"secrets": f"{PASSWORD}"}, "secrets is text; allowed: a dict"),
        ({"variable_values": {"api_tokn": "x"}}, "variable_values: no variable 'api_tokn' is copied from Deployment"),
        ({"variable_values": {"api_token": None}}, "the value of 'api_token' is None"),
        ({"connections": None, "variables": None, "pools": None}, "there is nothing to copy"),
        ({"variables": {"a": 1}}, "variables is a dict; allowed"),
        ({"variables": ["  "]}, "is not a name or a glob"),
        ({"max_deletes": "few"}, "max_deletes is text; allowed: a whole number"),
        (
            {"source_deployment_id": None, "source_workspace": "Development"},
            "source_workspace is only used with source_deployment_name",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("sides", [(3, 3)], indirect=True, ids=["3-to-3"])
def test_wrong_arguments_are_a_clear_error_without_a_secret_and_before_anything_is_written(sides, arguments, said):
    if arguments.get("source_deployment_id", "") is None:
        arguments = {**arguments}
        del arguments["source_deployment_id"]
        with pytest.raises(AirflowFailException) as caught:
            sides.runner.run(Copy, deployment_id=sides.target, **arguments)
    else:
        with pytest.raises((AirflowFailException, ValueError)) as caught:
            sides.copy(**arguments)
    assert said in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert sides.writes() == []


TEMPLATE = "{{ conn.prod.password }}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"secrets": {"warehouse": TEMPLATE}}, "secrets['warehouse'] must be a dict such as"),
        ({"secrets": {"lake": {"extra": {"token": TEMPLATE}}, "warehouse": None}}, "secrets['warehouse'] must be"),
        ({"secrets": {"warehouse": [TEMPLATE]}}, "it is of type list."),
        ({"secrets": {"warehouse": {"pasword": "x", "login": TEMPLATE}}}, "no field 'pasword'. Did you mean"),
        ({"secrets": {"warehouse": {"login": TEMPLATE, "password": "***"}}}, "is or contains Airflow's mask"),
        ({"variable_values": {"region": TEMPLATE, "api_token": None}}, "the value of 'api_token' is None"),
        ({"variable_values": {"region": TEMPLATE, "api_token": "a***"}}, "is or contains"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_template_can_put_right_is_refused_when_the_file_is_parsed(arguments, said):
    with pytest.raises(ValueError, match=re.escape(said)) as caught:
        Copy(task_id="copy", deployment_name="staging", **arguments)
    assert "conn.prod" not in str(caught.value)


def test_what_templates_and_other_tasks_give_is_judged_when_the_task_runs():
    with DAG("copies", schedule=None):
        found = BaseOperator(task_id="found").output
        Copy(task_id="whole", deployment_name="staging", secrets=found, variable_values=found)
        Copy(
            task_id="parts",
            deployment_name="staging",
            secrets={"warehouse": found, "lake": {"password": TEMPLATE, "login": found}},
            variable_values={"region": TEMPLATE, "api_token": found},
        )


@pytest.mark.parametrize("argument", ["secrets", "variable_values"])
@pytest.mark.parametrize("sides", [(3, 3)], indirect=True, ids=["3-to-3"])
def test_a_template_in_the_place_of_the_whole_dict_is_refused_when_the_task_runs(sides, argument):
    with pytest.raises(AirflowFailException, match=rf"^{argument} must be a dict such as .*; it is text\.$"):
        sides.copy(**{argument: "{{ 'some text' }}"})
    assert sides.writes() == []


@pytest.mark.parametrize("sides", [(3, 3)], indirect=True, ids=["3-to-3"])
def test_a_password_that_the_target_alone_has_stays_and_the_log_says_so(sides, astro, caplog):
    caplog.set_level(logging.INFO)
    astro.add_airflow_connection(sides.target, "open", conn_type="http", host="example.com", password="own-password")
    sides.copy(connections=["open"], variables=None, pools=None)
    assert sides.results() == {"open": "unchanged"}
    assert "the target's password stays: the API cannot remove one" in caplog.text
    assert sides.writes() == []
