"""Somebody imports a class from the package above its module, or spells it wrong."""

from __future__ import annotations

import importlib
import inspect
import pickle

import pytest

from tests.public_classes import HOOKS, TASKS, TRIGGERS

ROOMS = ("operators", "sensors", "triggers", "hooks")


def take(room: str, name: str) -> None:
    exec(f"from astro_provider.{room} import {name}", {})


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("cls", [*TASKS, *TRIGGERS, *HOOKS], ids=lambda cls: cls.__name__)
def test_the_error_says_where_the_class_is(room, cls):
    with pytest.raises(ImportError) as caught:
        take(room, cls.__name__)
    found = str(caught.value)
    home = found.partition(" is in ")[2].partition(":")[0]
    assert found == f"{cls.__name__} is in {home}: from {home} import {cls.__name__}"
    assert len(home.split(".")) == 3  # a public path, not the module inside it
    assert getattr(importlib.import_module(home), cls.__name__) is cls


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CreateDeploymentFromTempateOperator", "operators.deployment import CreateDeploymentFromTemplateOperator"),
        ("CreateDeploymentOperator", "operators.deployment import CreateDeploymentFromTemplateOperator"),
        ("UpdateDeploymentOperator", "operators.deployment import UpdateDeploymentFromFileOperator"),
        ("DeletDeploymentOperator", "operators.deployment import DeleteDeploymentOperator"),
        ("TriggerDagRunOperator", "operators.dag_runs import TriggerDeploymentDagRunOperator"),
        ("DeploymentStateSensor", "sensors.deployment import DeploymentStatusSensor"),
    ],
)
@pytest.mark.parametrize(
    "room", [*ROOMS, *(f"operators.{p}" for p in ("access", "api_tokens", "deployment", "deploys"))]
)
def test_a_misspelled_class_has_a_suggestion(room, name, meant):
    with pytest.raises(
        ImportError, match=rf"^There is no {name} in .* Did you mean .*\? from astro_provider\.{meant}$"
    ):
        take(room, name)


@pytest.mark.parametrize("room", ROOMS)
def test_tools_that_ask_for_other_names_hear_that_there_are_none(room):
    package = importlib.import_module(f"astro_provider.{room}")
    for name in ("__wrapped__", "__all__", "nothing", "BashOperator", "Deployments", "MoveDeploymentOperator"):
        assert not hasattr(package, name)
    with pytest.raises(ImportError, match="cannot import name 'BashOperator'"):
        take(room, "BashOperator")
    assert inspect.getdoc(package)
    assert dict(inspect.getmembers(package))
    assert inspect.unwrap(package) is package


@pytest.mark.parametrize("cls", [*TASKS, *TRIGGERS, *HOOKS], ids=lambda cls: cls.__name__)
def test_classes_can_still_be_pickled_by_name(cls):
    assert pickle.loads(pickle.dumps(cls)) is cls


def test_a_class_of_another_module_is_found_from_a_module_with_operators():
    with pytest.raises(ImportError, match=r"^DeployCodeOperator is in astro_provider\.operators\.deploys: from "):
        take("operators.deployment", "DeployCodeOperator")
