"""Somebody imports a class from the package above its module, or spells it wrong."""

from __future__ import annotations

import importlib
import inspect
import pickle
import pkgutil

import pytest

from tests.public_classes import HOOKS, TASKS, TRIGGERS

ROOMS = ("operators", "sensors", "triggers", "hooks")
#: Every module from which somebody may import a class: ``operators.dag_runs``.
MODULES = sorted(
    f"{room}.{module.name}"
    for room in ROOMS
    for module in pkgutil.iter_modules(importlib.import_module(f"astro_provider.{room}").__path__)
    if not module.name.startswith("_")
)


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
@pytest.mark.parametrize("room", [*ROOMS, *MODULES])
def test_a_misspelled_class_has_a_suggestion(room, name, meant):
    with pytest.raises(
        ImportError, match=rf"^There is no {name} in .* Did you mean .*\? Write: from astro_provider\.{meant}$"
    ):
        take(room, name)


def test_a_class_of_the_module_itself_comes_first():
    with pytest.raises(ImportError, match=r"Did you mean 'DeploymentStatusSensor'\?"):
        take("sensors.deployment", "DeploymentSensor")
    several = r"Similar names: DeploymentDagRunSensor, DeploymentTaskSensor in .*; DeploymentStatusSensor in "
    with pytest.raises(ImportError, match=several):
        take("sensors.dag_runs", "DeploymentSensor")


def test_the_package_itself_says_where_a_class_is():
    with pytest.raises(ImportError, match=r"^DeleteDeploymentOperator is in astro_provider\.operators\.deployment: "):
        exec("from astro_provider import DeleteDeploymentOperator", {})
    with pytest.raises(ImportError, match=r"^There is no AstroApiHook in astro_provider\. Did you mean 'AstroHook'"):
        exec("from astro_provider import AstroApiHook", {})
    with pytest.raises(ImportError, match="cannot import name 'nothing'"):
        exec("from astro_provider import nothing", {})


def test_classes_with_the_same_words_are_listed_if_none_is_similar():
    with pytest.raises(ImportError) as caught:
        take("operators.deployment", "GetDeploymentOperator")
    said = str(caught.value)
    assert said.startswith("There is no GetDeploymentOperator in astro_provider.operators.deployment. Similar names: ")
    assert "InspectDeploymentOperator, " in said
    assert " in astro_provider.operators.deployment" in said
    assert "Sensor" not in said


@pytest.mark.parametrize("room", ROOMS)
def test_tools_that_ask_for_other_names_hear_that_there_are_none(room):
    package = importlib.import_module(f"astro_provider.{room}")
    for name in ("__wrapped__", "__all__", "nothing", "BashOperator", "DAGOperator", "Deployments"):
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
