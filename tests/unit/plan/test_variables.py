"""Environment variables: a secret keeps its value unless the caller says otherwise."""

from __future__ import annotations

import pytest

from astro_provider.errors import DeploymentFileError, PlanError
from astro_provider.plan import plan_create
from tests.builders.plan_inputs import LOOKUPS, SECRET, file, lines, standard, update


def variables(*items, **how):
    return update(file({"environment_variables": list(items)}), **how)


@pytest.mark.parametrize("value", [{}, {"value": None}, {"value": ""}, {"value": "  "}])
@pytest.mark.parametrize("unlisted", ["remove", "keep", "fail"])
def test_a_blank_secret_keeps_its_stored_value(value, unlisted) -> None:
    plan = variables(SECRET | value, {"key": "PLAIN", "value": "on"}, unlisted=unlisted)
    assert {"key": "TOKEN", "isSecret": True} in plan.body["environmentVariables"]
    assert plan.is_empty


def test_only_the_caller_empties_a_secret() -> None:
    given = file({"environment_variables": [SECRET, {"key": "PLAIN", "value": "on"}]})
    plan = update(given.overlay(environment_variables={"TOKEN": ""}))
    assert {"key": "TOKEN", "isSecret": True, "value": ""} in plan.body["environmentVariables"]
    assert lines(plan) == ["~ environment_variables.TOKEN **** -> (empty)"]


def test_a_blank_secret_that_does_not_exist_is_refused() -> None:
    with pytest.raises(PlanError, match=r"environment_variables\[0\].value .*'OTHER' has no value.*no such secret"):
        variables({"key": "OTHER", "is_secret": True})


def test_a_secret_stays_secret() -> None:
    with pytest.raises(PlanError, match=r"'TOKEN' is a secret, and Astro cannot.* update the Deployment once without"):
        variables({"key": "TOKEN", "value": "x", "is_secret": False})
    assert {"key": "TOKEN", "isSecret": True, "value": "x"} in variables({"key": "TOKEN", "value": "x"}).body[
        "environmentVariables"
    ]


def test_a_plain_variable_becomes_secret_out_of_sight() -> None:
    plan = variables({"key": "PLAIN", "is_secret": True}, SECRET)
    assert {"key": "PLAIN", "isSecret": True, "value": "on"} in plan.body["environmentVariables"]
    assert lines(plan) == ["~ environment_variables.PLAIN **** -> ****"]


def test_a_value_from_the_caller_is_never_shown() -> None:
    plan = update(file().overlay(environment_variables={"PLAIN": "hunter2", "NEW": "hunter2"}))
    assert lines(plan) == ["~ environment_variables.PLAIN **** -> ****", "+ environment_variables.NEW ****"]
    assert len(plan.body["environmentVariables"]) == 3
    assert update(file().overlay(environment_variables={"PLAIN": "on"})).is_empty


def test_a_secret_is_empty_only_on_purpose() -> None:
    given = standard({"environment_variables": [{"key": "S", "is_secret": True, "value": ""}]})
    with pytest.raises(DeploymentFileError, match="secret 'S' needs a value"):
        plan_create(given, LOOKUPS)
    body = plan_create(given.overlay(environment_variables={"S": ""}), LOOKUPS).body
    assert body["environmentVariables"] == [{"key": "S", "isSecret": True, "value": ""}]
