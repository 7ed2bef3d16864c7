"""What the UI shows of mapped tasks: rendered by Airflow's own code, from the context that the task leaves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from astro_provider.operators.access import RevokeAccessOperator
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.operators.deployment import DeleteDeploymentOperator, InspectDeploymentOperator
from astro_provider.sensors.deployment import DeploymentStatusSensor


@pytest.fixture
def staging(astro):
    return astro.add_deployment("staging")


def prepare(runner, mapped, index=0):
    """Render one of the tasks as a worker does; returns its context."""
    runner.ti.map_index = index
    dag_run = SimpleNamespace(conf={}, start_date=runner.run_started)
    # Airflow reads the template before it makes the one task out of the mapped one.
    context = runner.context(params={}, dag=mapped.dag, dag_run=dag_run, map_index_template=mapped.map_index_template)
    mapped.render_template_fields(context)
    return context


def shown(context) -> str | None:
    template = context["map_index_template"]
    return template if template is None else context["dag"].get_template_env().from_string(template).render(context)


def test_the_name_takes_the_place_of_the_id_once_it_is_known(runner, staging):
    with runner.dag():
        mapped = InspectDeploymentOperator.partial(task_id="task").expand_kwargs([{"deployment_id": staging}])
    context = prepare(runner, mapped)
    assert shown(context) == staging  # what Airflow 3 shows while the task runs
    context["task"].execute(context)
    assert shown(context) == "staging"


def test_a_deleted_deployment_is_shown_by_its_name(runner, staging):
    with runner.dag():
        mapped = DeleteDeploymentOperator.partial(task_id="task").expand_kwargs([{"deployment_id": staging}])
    context = prepare(runner, mapped)
    context["task"].execute(context)
    assert shown(context) == "staging"


def test_the_name_is_known_after_the_triggerer_too(runner, staging):
    with runner.dag():
        mapped = DeploymentStatusSensor.partial(task_id="task").expand_kwargs([{"deployment_id": staging}])
    context = prepare(runner, mapped)
    event = {"outcome": "done", "message": "It is HEALTHY.", "facts": {"deployment_name": "staging"}}
    context["task"].execute_complete(context, event)
    assert shown(context) == "staging"


@pytest.mark.parametrize("name", ["staging", "17", "1.10", "None of them", "it's {{ 1 }}"])
@pytest.mark.parametrize("native", [False, True])
def test_a_name_stays_the_text_that_it_is(astro, runner, name, native):
    made = astro.add_deployment(name)
    dag = runner.dag()
    dag.render_template_as_native_obj = native
    with dag:
        mapped = InspectDeploymentOperator.partial(task_id="task").expand_kwargs([{"deployment_id": made}])
    context = prepare(runner, mapped)
    context["task"].execute(context)
    assert shown(context) == name


def test_what_else_is_mapped_over_is_shown_if_it_is_no_deployment(runner):
    with runner.dag():
        mapped = TriggerDeploymentDagRunOperator.partial(
            task_id="task", deployment_name="staging", allowed_states=["success"]
        ).expand_kwargs([{"trigger_dag_id": "load", "note": "from here", "conf": {"secret": "x"}}])
    assert shown(prepare(runner, mapped)) == "load"


def test_a_list_is_shown_too(runner, astro):
    with runner.dag():
        mapped = RevokeAccessOperator.partial(task_id="task", everywhere=True).expand_kwargs(
            [{"users": ["ann@example.com", "ben@example.com"]}]
        )
    assert shown(prepare(runner, mapped)) == "ann@example.com, ben@example.com"


def test_a_template_of_the_dag_authors_own_takes_precedence(runner, staging):
    with runner.dag():
        mapped = InspectDeploymentOperator.partial(
            task_id="task", map_index_template="number {{ ti.map_index }}"
        ).expand_kwargs([{"deployment_id": staging}])
    assert shown(prepare(runner, mapped)) == "number 0"


@pytest.mark.parametrize("mapped_over", [{"template": True}, {"output_format": "yaml"}])
def test_numbers_stay_where_no_argument_tells_the_tasks_apart(runner, staging, mapped_over):
    with runner.dag():
        mapped = InspectDeploymentOperator.partial(task_id="task", deployment_id=staging).expand_kwargs([mapped_over])
    assert shown(prepare(runner, mapped)) is None


def test_a_task_that_is_not_mapped_has_no_name_for_its_index(runner, staging):
    with runner.dag():
        task = InspectDeploymentOperator(task_id="task", deployment_id=staging)
    context = runner.context(dag=task.dag, task=task, map_index_template=None, params={})
    task.render_template_fields(context)
    assert context["map_index_template"] is None
