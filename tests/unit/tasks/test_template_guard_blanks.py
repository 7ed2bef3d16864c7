"""Templates that give nothing: a guard, a filter or a target that is lost on the way is an error, before any call."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from jinja2 import Undefined

from astro_provider.operators.audit_logs import ExportAuditLogsOperator
from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    DeleteDeploymentOperator,
    HibernateDeploymentOperator,
    InspectDeploymentOperator,
    ListDeploymentsOperator,
    RestoreHibernationOverrideOperator,
    UpdateDeploymentFromFileOperator,
    WakeUpDeploymentOperator,
)
from astro_provider.sensors.deployment import DeploymentStatusSensor
from tests.slow import mostly_slow
from tests.unit.running import TEMPLATE, Returned, calls

FILE = {"deployment": {"configuration": {"name": "staging", "description": "new"}}}
TARGETED = (
    DeleteDeploymentOperator,
    HibernateDeploymentOperator,
    WakeUpDeploymentOperator,
    InspectDeploymentOperator,
    UpdateDeploymentFromFileOperator,
)


BLANK = pytest.mark.parametrize(
    "blank", mostly_slow(["{{ params.x }}", "{{ none }}", Returned(None)]), ids=["blank", "None", "XCom"]
)


@pytest.fixture
def staging(astro, runner):
    runner.more_context = {"params": {"x": "", "who": "tester"}}
    made = astro.add_deployment("staging", isDevelopmentMode=True)
    astro.clear_requests()
    return made


def refused(astro, runner, operator, argument, **arguments):
    """Run a task that has to fail before any call, with an error that names the argument; returns the error."""
    if operator is UpdateDeploymentFromFileOperator:
        arguments = {"deployment_file": FILE, **arguments}
    with pytest.raises(AirflowFailException, match=f"^{argument} rendered to ") as caught:
        runner.run(operator, **arguments)
    assert astro.requests == []
    return str(caught.value)


@BLANK
@pytest.mark.parametrize("operator", TARGETED)
def test_a_target_that_is_lost_is_not_looked_for_by_another(astro, runner, staging, operator, blank):
    refused(astro, runner, operator, "deployment_id", deployment_id=blank, deployment_name="staging")
    refused(astro, runner, operator, "deployment_name", deployment_name=blank)
    refused(astro, runner, operator, "workspace", deployment_name="staging", workspace=blank)


@BLANK
def test_an_id_that_is_lost_is_not_the_files(astro, runner, staging, blank):
    file = {"deployment": {**FILE["deployment"], "metadata": {"deployment_id": staging}}}
    update = UpdateDeploymentFromFileOperator
    refused(astro, runner, update, "deployment_id", deployment_id=blank, deployment_file=file)


@BLANK
def test_a_pattern_that_is_lost_is_no_permission(astro, runner, staging, blank):
    target = {"deployment_name": "staging", "workspace": "Development", "if_missing": "ignore"}
    refused(astro, runner, DeleteDeploymentOperator, "require_name_pattern", require_name_pattern=blank, **target)


@pytest.mark.parametrize("if_missing", ["ignore", "fail"])
@BLANK
def test_only_a_teardown_that_may_find_nothing_may_lack_its_target(astro, runner, staging, blank, if_missing):
    arguments = {"deployment_id": blank, "workspace": blank, "if_missing": if_missing}
    if if_missing == "fail":
        refused(astro, runner, DeleteDeploymentOperator, "deployment_id", **arguments)
    else:
        runner.run(DeleteDeploymentOperator, **arguments)
    assert len(astro.deployments) == 1


@BLANK
@pytest.mark.parametrize(
    "argument",
    ["workspace", "name_pattern", "older_than", "newer_than", "statuses", "development_only", "exclude", "max_results"],
)
def test_a_filter_that_is_lost_does_not_match_everything(astro, runner, staging, argument, blank):
    refused(astro, runner, ListDeploymentsOperator, argument, **{argument: blank})


def test_an_entry_of_the_exclusions_is_not_lost(astro, runner, staging):
    with pytest.raises(AirflowFailException, match="exclude='None' is not a valid name pattern"):
        runner.run(ListDeploymentsOperator, exclude=[Returned(None), "production"])


@pytest.mark.parametrize("statuses", [[], "", Returned([])])
def test_no_status_does_not_mean_every_status(astro, runner, staging, statuses):
    with pytest.raises(AirflowFailException, match=r"statuses=.* is empty"):
        runner.run(ListDeploymentsOperator, statuses=statuses)


@BLANK
@pytest.mark.parametrize("operator", [HibernateDeploymentOperator, WakeUpDeploymentOperator])
def test_an_end_that_is_lost_is_no_order_without_end(astro, runner, staging, operator, blank):
    refused(astro, runner, operator, "until", deployment_name="staging", until=blank)


@pytest.mark.parametrize("until", ["", " ", "None"])
def test_a_blank_end_is_refused_without_a_template_too(astro, runner, staging, until):
    with pytest.raises(AirflowFailException, match=f"until={until!r} is not a date and time"):
        runner.run(HibernateDeploymentOperator, deployment_name="staging", until=until)
    assert astro.requests == []


def test_what_was_there_before_is_not_lost(astro, runner, staging):
    arguments = {"deployment_name": "staging", "previous_override": Returned(None)}
    refused(astro, runner, RestoreHibernationOverrideOperator, "previous_override", **arguments)


@pytest.mark.parametrize("if_exists", ["fail", "update"])
def test_a_create_whose_name_is_lost(astro, runner, staging, if_exists):
    more = {"template": TEMPLATE, "environment_variables": {"PASSWORD": "x"}, "if_exists": if_exists}
    create = CreateDeploymentFromTemplateOperator
    refused(astro, runner, create, "deployment_name", deployment_name="{{ params.x }}", **more)
    with pytest.raises(ValueError, match=r"^deployment_name is blank"):
        runner.run(create, deployment_name="", **more)
    assert astro.requests == []


@pytest.mark.parametrize("blank", ["{{ params.x }}", Returned(None), Returned("")])
def test_a_file_that_is_lost(astro, runner, staging, blank):
    create = CreateDeploymentFromTemplateOperator
    refused(astro, runner, create, "template", deployment_name="x", template=blank)
    refused(astro, runner, UpdateDeploymentFromFileOperator, "deployment_file", deployment_file=blank)


@pytest.mark.parametrize("targets", [Returned([]), Returned(None)])
def test_a_sensor_whose_targets_are_lost(astro, runner, staging, deferrable, targets):
    target = {"deployment_id": staging, "target_statuses": targets, "deferrable": deferrable}
    refused(astro, runner, DeploymentStatusSensor, "target_statuses", **target)


class TestDryRun:
    def update(self, runner, value):
        return runner.run(UpdateDeploymentFromFileOperator, deployment_file=FILE, dry_run=value, wait=False)

    @pytest.mark.parametrize(("value", "sends"), [(True, 0), (False, 1), ("true", 0), ("False", 1)])
    def test_may_be_a_template(self, astro, runner, staging, value, sends):
        runner.more_context = {"params": {"x": value}}
        self.update(runner, "{{ params.x }}")
        assert len(calls(astro, "POST")) == sends

    @pytest.mark.parametrize(("value", "sends"), [(True, 0), (False, 1)])
    def test_may_be_what_a_task_returned(self, astro, runner, staging, value, sends):
        self.update(runner, Returned(value))
        assert len(calls(astro, "POST")) == sends

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("{{ params.x }}", "dry_run rendered to blank text"),
            ("perhaps{{ params.x }}", "dry_run='perhaps' is neither true nor false"),
            ("{{ none }}", "dry_run rendered to 'None': .* leave out"),
            (Returned(None), "dry_run rendered to 'None'"),
        ],
    )
    def test_that_says_neither_is_an_error(self, astro, runner, staging, value, message):
        with pytest.raises(AirflowFailException, match=message):
            self.update(runner, value)
        assert astro.requests == []

    @pytest.mark.parametrize("value", [None, "", "true", 1])
    def test_that_is_neither_shows_when_the_dag_is_read(self, value):
        with pytest.raises(ValueError, match="allowed: True, False, or a template"):
            UpdateDeploymentFromFileOperator(task_id="task", deployment_file=FILE, dry_run=value)


@pytest.mark.parametrize("operator", TARGETED)
@pytest.mark.parametrize("if_missing", ["fail", "ignore", "skip"])
def test_a_name_in_the_place_of_an_id_is_not_passed_over(astro, runner, staging, operator, if_missing):
    arguments = {"deployment_id": "staging"}
    if operator is UpdateDeploymentFromFileOperator:
        arguments["deployment_file"] = FILE
    elif operator is not InspectDeploymentOperator:
        arguments["if_missing"] = if_missing
    with pytest.raises(AirflowFailException, match="does not look like an id; did you mean deployment_name='staging'"):
        runner.run(operator, **arguments)
    assert {request.method for request in astro.requests} == {"GET"}


class TestMapping:
    """What an upstream task gave to ``expand_kwargs`` comes without its template: Airflow puts it in first."""

    def run(self, runner, mapped):
        runner.ti.map_index = 0
        dag_run = SimpleNamespace(conf={}, start_date=runner.run_started)
        context = runner.context(params={}, dag=mapped.dag, dag_run=dag_run)
        mapped.render_template_fields(context)
        return context["task"].execute(context)

    @pytest.mark.parametrize("lost", [None, "", "None", " "])
    @pytest.mark.parametrize(
        ("operator", "argument", "partial"),
        [
            (InspectDeploymentOperator, "deployment_id", {"deployment_name": "staging"}),
            (DeploymentStatusSensor, "deployment_id", {"deployment_name": "staging"}),
            (DeleteDeploymentOperator, "require_name_pattern", {"deployment_name": "staging"}),
            (ListDeploymentsOperator, "name_pattern", {}),
            (ListDeploymentsOperator, "older_than", {}),
            (HibernateDeploymentOperator, "until", {"deployment_name": "staging"}),
            (UpdateDeploymentFromFileOperator, "deployment_id", {"deployment_file": FILE}),
            (UpdateDeploymentFromFileOperator, "overrides", {"deployment_file": FILE}),
            (UpdateDeploymentFromFileOperator, "environment_variables", {"deployment_file": FILE}),
        ],
    )
    def test_a_value_that_is_lost_is_not_left_out(self, astro, runner, staging, operator, argument, partial, lost):
        with runner.dag():
            mapped = operator.partial(task_id="task", **partial).expand_kwargs(Returned([{argument: lost}]))
        with pytest.raises(AirflowFailException, match=f"^{argument}(:| rendered to )"):
            self.run(runner, mapped)
        assert astro.requests == []

    def test_what_another_mapped_argument_lost_does_not_concern_those_left_out(self, astro, runner, staging):
        with runner.dag():
            mapped = DeleteDeploymentOperator.partial(
                task_id="task", if_missing="ignore", workspace=None
            ).expand_kwargs(Returned([{"deployment_id": None}]))
        assert self.run(runner, mapped) is None


@pytest.mark.parametrize(
    ("operator", "argument", "template"),
    [
        (DeleteDeploymentOperator, "deployment_name", "pr-{{ none }}"),
        (DeleteDeploymentOperator, "require_name_pattern", "{{ none }}*"),
        (InspectDeploymentOperator, "output_path", "{{ none }}/staging.yaml"),
        (ListDeploymentsOperator, "exclude", ["prod-{{ none }}"]),
        (ListDeploymentsOperator, "name_pattern", "pr-{{ params.lost }}-*"),
    ],
)
@pytest.mark.parametrize("native", [False, True])
def test_a_part_that_is_lost_is_an_error_too(astro, runner, tmp_path, staging, operator, argument, template, native):
    runner.more_context = {"params": {"lost": None}}
    enough = {} if operator is ListDeploymentsOperator or argument == "deployment_name" else {"deployment_id": staging}
    dag = runner.dag()
    dag.render_template_as_native_obj = native
    runner.dag = lambda: dag
    with pytest.raises(AirflowFailException, match=rf"^{argument}: Jinja: an expression gave None; write .* or ''"):
        runner.run(operator, **{**enough, argument: template})
    assert astro.requests == []


def test_a_name_may_contain_the_word(astro, runner, staging):
    runner.more_context = {"params": {"name": "NoneSuch"}}
    made = astro.add_deployment("NoneSuch")
    assert runner.run(DeploymentStatusSensor, deployment_name="{{ params.name }}") == made


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize(
    ("operator", "argument", "template"),
    [
        (DeleteDeploymentOperator, "deployment_id", "{{ nowhere }}"),
        (ListDeploymentsOperator, "name_pattern", "{{ nowhere }}"),
        (ListDeploymentsOperator, "statuses", "{{ nowhere }}"),
        (HibernateDeploymentOperator, "until", "{{ params.nowhere }}"),
        (UpdateDeploymentFromFileOperator, "dry_run", "{{ nowhere }}"),
    ],
)
def test_a_name_that_means_nothing_is_nothing_where_the_dag_allows_it(
    astro, runner, staging, operator, argument, template, native
):
    dag = runner.dag()
    dag.template_undefined, dag.render_template_as_native_obj = Undefined, native
    runner.dag = lambda: dag
    enough = {} if operator is ListDeploymentsOperator else {"deployment_name": "staging"}
    refused(astro, runner, operator, argument, **{**enough, argument: template})


@pytest.mark.parametrize("protected", [["staging"], ("staging",), {"staging"}, []])
def test_a_list_that_became_text_protects_nothing_and_is_an_error(astro, runner, staging, protected):
    runner.more_context = {"params": {"x": protected}}
    with pytest.raises(AirflowFailException, match=r"^exclude rendered to .*looks like a list.*task\.output") as caught:
        runner.run(ListDeploymentsOperator, exclude="{{ params.x }}")
    assert "set()" not in str(caught.value)
    assert astro.requests == []
    assert runner.run(ListDeploymentsOperator, exclude="[st]*") == []  # a glob


@pytest.mark.parametrize("path", ["", " ", "None"])
def test_a_path_that_says_nothing_is_no_file(astro, runner, staging, tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((AirflowFailException, ValueError), match=r"^output_path(=.* does not say where| is blank)"):
        runner.run(ExportAuditLogsOperator, output_path=path)
    with pytest.raises(AirflowFailException, match=r"^output_path=.* does not say where to write"):
        runner.run(InspectDeploymentOperator, deployment_id=staging, output_path=path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("overrides", [[], False, 0, ""])
def test_overrides_that_are_none_are_told_so(astro, runner, staging, overrides):
    with pytest.raises(AirflowFailException, match=r"^overrides"):
        runner.run(UpdateDeploymentFromFileOperator, deployment_file=FILE, overrides=Returned(overrides))
    assert astro.requests == []


@pytest.mark.parametrize("conn_id", [None, ""])
def test_a_connection_without_an_id_is_told_so(astro, runner, conn_id):
    with pytest.raises(ValueError, match=r"^astro_conn_id is (None|blank)"):
        runner.run(ListDeploymentsOperator, astro_conn_id=conn_id)
