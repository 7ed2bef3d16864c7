"""``dry_run`` under its own name, which is also a method of every Airflow operator."""

from __future__ import annotations

import json
import logging

import pytest
from airflow.serialization import serialized_objects

from astro_provider.operators.deployment import UpdateDeploymentFromFileOperator
from tests.public_classes import TASKS
from tests.unit.running import calls

FILE = {"deployment": {"configuration": {"name": "staging", "description": "new"}}}

try:  # as the worker of each line makes the page "Rendered Templates"
    from airflow.sdk.execution_time.task_runner import _serialize_rendered_fields as rendered_fields
except ImportError:
    from airflow.models.renderedtifields import get_serialized_template_fields as rendered_fields


@pytest.fixture
def update(astro, runner):
    def run(dry_run):
        astro.add_deployment("staging")
        runner.more_context["params"] = {"only_look": True}
        runner.run(UpdateDeploymentFromFileOperator, deployment_file=FILE, dry_run=dry_run, wait=False)
        return runner.operator

    return run


@pytest.mark.parametrize(
    ("given", "text"), [(False, "False"), (True, "True"), ("{{ params.only_look }}", "True")], ids=str
)
def test_the_rendered_template_shows_the_argument_by_its_own_name(astro, update, given, text):
    fields = rendered_fields(update(given))
    assert fields["dry_run"] == text
    assert "only_plan" not in fields
    assert len(calls(astro, "POST")) == (0 if given else 1)


def test_airflows_method_of_that_name_still_shows_what_was_rendered(update, caplog):
    task = update("{{ params.only_look }}")
    caplog.clear()
    with caplog.at_level(logging.INFO):
        task.dry_run()
    assert "Rendering template for dry_run" in caplog.text


def test_a_task_may_be_rendered_twice(astro, update, runner):
    task = update("{{ params.only_look }}")
    task.render_template_fields(runner.context(params={"only_look": False}))
    assert task.is_dry_run()
    assert rendered_fields(task)["dry_run"] == "True"


@pytest.mark.parametrize("cls", TASKS, ids=lambda cls: cls.__name__)
def test_no_template_field_has_another_name_than_its_argument(cls):
    assert "only_plan" not in cls.template_fields


@pytest.mark.parametrize("given", [False, True, "{{ params.only_look }}"])
def test_the_dag_is_stored_with_it(runner, given):
    with runner.dag() as dag:
        UpdateDeploymentFromFileOperator(task_id="task", deployment_file=FILE, dry_run=given)
        mapped = UpdateDeploymentFromFileOperator.partial(task_id="mapped", dry_run=given)
        mapped.expand_kwargs([{"deployment_file": FILE}])
    dag_class = getattr(serialized_objects, "DagSerialization", None) or serialized_objects.SerializedDAG
    stored = json.loads(json.dumps(dag_class.to_dict(dag)))
    assert dag_class.from_dict(stored).get_task("task").dry_run == given
