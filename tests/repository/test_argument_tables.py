"""The tables of arguments on the docs pages come from the code, whole or not at all."""

from __future__ import annotations

import inspect
from typing import get_args

import pytest

from astro_provider.common.choices import IfHibernating
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.operators.deployment import DeleteDeploymentOperator
from tests.public_classes import TASKS

tables = pytest.importorskip("dev.argument_tables", reason="Sphinx is installed beside the newest Airflow only")


@pytest.mark.parametrize("cls", TASKS, ids=lambda cls: cls.__name__)
def test_a_table_has_each_argument_with_its_meaning(cls):
    listed = tables.arguments(cls)
    written = inspect.signature(inspect.unwrap(cls.__init__)).parameters.keys() - {"self", "kwargs"}
    assert {each.name for each in listed} == written
    assert all(each.meaning and "\n" not in each.meaning for each in listed)
    assert {each.name for each in listed if each.is_template} == set(cls.template_fields)


def test_a_default_is_shown_as_it_is_written():
    shown = {each.name: each.default for each in tables.arguments(TriggerDeploymentDagRunOperator)}
    assert shown["trigger_dag_id"] is None
    assert shown["allowed_states"] == '("success",)'
    assert shown["deferrable"] in tables.CONFIGURED


def test_the_reference_shows_the_words_of_a_choice():
    words = ", ".join(map(repr, get_args(IfHibernating)))
    assert f'if_hibernating: Literal[{words}] = "fail"' in tables.signature(TriggerDeploymentDagRunOperator)


def test_an_argument_without_a_meaning_is_an_error():
    class Silent(DeleteDeploymentOperator):
        """Deletes a Deployment."""

        def __init__(self, *, undocumented: bool = False, **kwargs):
            super().__init__(**kwargs)

    with pytest.raises(ValueError, match="Silent: its docstring does not say what undocumented means"):
        tables.arguments(Silent)
