"""The guard that every operator and sensor has: a template that gives nothing, or not text, is never a default."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException

from astro_provider.operators.access import (
    ExportAccessReportOperator,
    GrantAccessOperator,
    RevokeAccessOperator,
)
from astro_provider.operators.api_tokens import RenewApiTokenOperator, RotateApiTokenOperator
from astro_provider.operators.assets import CreateAssetEventOperator
from astro_provider.operators.audit_logs import ExportAuditLogsOperator
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.operators.dags import PauseDagsOperator, UnpauseDagsOperator
from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    DeleteDeploymentOperator,
    HibernateDeploymentOperator,
    InspectDeploymentOperator,
    ListDeploymentsOperator,
    UpdateDeploymentFromFileOperator,
    WakeUpDeploymentOperator,
)
from astro_provider.operators.deploys import (
    DeleteDbtProjectOperator,
    DeployCodeOperator,
    DeployDbtProjectOperator,
    RollbackDeployOperator,
)
from astro_provider.operators.environment_objects import SetEnvironmentObjectOperator
from astro_provider.operators.teams import SyncTeamMembersOperator
from astro_provider.operators.workspaces import CreateWorkspaceOperator, DeleteWorkspaceOperator
from astro_provider.sensors.dag_runs import DeploymentDagRunSensor, DeploymentTaskSensor
from astro_provider.sensors.deployment import DeploymentStatusSensor
from tests.public_classes import TASKS
from tests.unit.running import TEMPLATE, Returned, calls

FILE = {"deployment": {"configuration": {"description": "new"}}}
WINDOW = {"start": "2026-11-23T00:00:00Z", "end": "2026-11-24T00:00:00Z"}
#: What a task needs besides the argument that is lost: enough to do its work on another Deployment, or to more of them.
ENOUGH = {
    CreateDeploymentFromTemplateOperator: {
        "template": TEMPLATE,
        "deployment_name": "new",
        "environment_variables": {"PASSWORD": "x"},
        "overrides": {"configuration": {"description": "x"}},
    },
    UpdateDeploymentFromFileOperator: {"deployment_file": FILE, "deployment_name": "staging"},
    ListDeploymentsOperator: {},
    ExportAccessReportOperator: {"output_path": "access/"},
    ExportAuditLogsOperator: {"output_path": "audit/", **WINDOW},
    PauseDagsOperator: {"deployment_name": "staging", "dag_id_pattern": "*"},
    UnpauseDagsOperator: {"deployment_name": "staging", "dag_id_pattern": "*"},
    RenewApiTokenOperator: {"deployment_name": "staging", "token_name": "ci", "role": "DEPLOYMENT_ADMIN", "store": "k"},
    RotateApiTokenOperator: {"deployment_name": "staging", "token_name": "ci", "store": "k"},
    SetEnvironmentObjectOperator: {
        "deployment_name": "staging",
        "key": "token",
        "object_type": "AIRFLOW_VARIABLE",
        "value": "x",
    },
    CreateAssetEventOperator: {"deployment_name": "staging", "asset_uri": "s3://lake"},
    DeployCodeOperator: {"deployment_name": "staging", "dags_folder": "dags", "image": "ghcr.io/acme/astro:1"},
    DeployDbtProjectOperator: {"deployment_name": "staging", "project_folder": "dbt"},
    DeleteDbtProjectOperator: {"deployment_name": "staging", "mount_path": "/usr/local/airflow/dbt/shop"},
    TriggerDeploymentDagRunOperator: {"deployment_name": "staging", "trigger_dag_id": "etl"},
    CreateWorkspaceOperator: {"workspace_name": "new"},
    DeleteWorkspaceOperator: {"workspace": "Development"},
    GrantAccessOperator: {"users": ["owner@example.com"], "role": "DEPLOYMENT_ADMIN", "deployment_name": "staging"},
    SyncTeamMembersOperator: {"team": "Analysts", "members": ["owner@example.com"]},
    RevokeAccessOperator: {"users": ["owner@example.com"], "deployment_name": "staging"},
    DeploymentDagRunSensor: {"deployment_name": "staging", "external_dag_id": "etl", "external_run_id": "r1"},
    DeploymentTaskSensor: {
        "deployment_name": "staging",
        "external_dag_id": "etl",
        "external_run_id": "r1",
        "external_task_id": "load",
    },
}
#: Arguments of which a task takes only one.
ONE_OF = (
    {"external_run_id", "logical_date", "newest_after"},
    {"external_task_id", "external_task_ids", "external_task_group_id"},
)
FIELDS = [(cls, field) for cls in TASKS for field in cls.template_fields]
FIRST = {(cls, cls.template_fields[0]) for cls in TASKS}
#: Template fields of which blank text is a value of its own: a template may say so with ``{{ … or '' }}``.
BLANK_IS_SAID = {
    (CreateDeploymentFromTemplateOperator, "description"),
    (CreateDeploymentFromTemplateOperator, "workspace"),
    (CreateDeploymentFromTemplateOperator, "cluster"),
}
#: The same for deploys and Workspaces, whose own tests show what they do then.
BLANK_IS_SAID_OF_DEPLOYS = {
    (CreateWorkspaceOperator, "description"),
    (DeployCodeOperator, "archive_prefix"),
    (DeployCodeOperator, "description"),
    (DeployDbtProjectOperator, "description"),
    (DeleteDbtProjectOperator, "description"),
    (RollbackDeployOperator, "description"),
}


NOTHING = {
    "None": "{{ none }}",
    "XCom": Returned(None),
    "blank": "{{ params.x }}",
    "spaces": " {{ params.x }} ",
    "blank XCom": Returned(""),
}
#: One field of each class is enough for ``make unit``.
LOST = [
    pytest.param(cls, field, id=f"{cls.__name__}-{field}", marks=() if (cls, field) in FIRST else pytest.mark.slow)
    for cls, field in FIELDS
]


@pytest.fixture
def staging(astro):
    made = astro.add_deployment("staging", isDevelopmentMode=True)
    astro.clear_requests()
    return made


@pytest.fixture
def native(runner, tmp_path):
    """A DAG that renders native objects, and a task in it."""

    def dag():
        dag = DAG(dag_id="dag", schedule=None, render_template_as_native_obj=True)
        dag.fileloc = str(tmp_path / "dag.py")
        return dag

    runner.dag = dag
    return runner


def arguments_of(cls, field, value):
    enough = ENOUGH.get(cls, {"deployment_name": "staging"})
    others = {name for group in ONE_OF if field in group for name in group}
    return {**{name: said for name, said in enough.items() if name not in others}, field: value}


@pytest.mark.parametrize(("cls", "field"), LOST)
def test_a_template_that_gives_nothing_stops_the_task(
    astro, runner, staging, tmp_path, monkeypatch, subtests, cls, field
):
    monkeypatch.chdir(tmp_path)
    runner.more_context = {"params": {"x": "", "who": "tester"}}
    blank_is_said = (cls, field) in BLANK_IS_SAID | BLANK_IS_SAID_OF_DEPLOYS
    for name, nothing in NOTHING.items():
        if blank_is_said and name not in {"None", "XCom"}:
            continue
        with subtests.test(name):
            with pytest.raises(AirflowFailException, match=f"^{field}"):
                runner.run(cls, **arguments_of(cls, field, nothing))
            assert astro.requests == []
            assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("cls", "field"), sorted(BLANK_IS_SAID, key=str), ids=str)
def test_blank_may_be_said_where_it_is_a_value_of_its_own(astro, runner, cls, field):
    arguments = arguments_of(cls, field, "{{ none or '' }}")
    assert runner.run(cls, wait=False, **arguments)


def test_a_lost_organization_is_not_the_connections(astro, runner, tmp_path):
    arguments = {"output_path": f"{tmp_path}/out/", "organization_id": "{{ none }}", **WINDOW}
    with pytest.raises(AirflowFailException, match="organization_id rendered to 'None'"):
        runner.run(ExportAuditLogsOperator, **arguments)
    assert list(tmp_path.iterdir()) == []


class TestNativeRendering:
    """``render_template_as_native_obj=True``: text that looks like a Python value comes as that value."""

    @pytest.fixture(autouse=True)
    def _numbers(self, astro, native):
        self.made = astro.add_deployment("4711", isDevelopmentMode=True)
        self.workspace = astro.add_workspace("2026")
        native.more_context = {"params": {"x": 4711, "text": "4711", "version": "1.10", "year": 2026, "who": "me"}}

    @pytest.mark.parametrize("value", ["{{ params.x }}", "{{ params.text }}", 4711, Returned(4711)])
    @pytest.mark.parametrize(
        "cls",
        [
            InspectDeploymentOperator,
            UpdateDeploymentFromFileOperator,
            HibernateDeploymentOperator,
            WakeUpDeploymentOperator,
            DeploymentStatusSensor,
            DeleteDeploymentOperator,
        ],
    )
    def test_a_number_names_a_deployment(self, astro, native, cls, value):
        more = {"deployment_file": FILE, "wait": False} if cls is UpdateDeploymentFromFileOperator else {}
        native.run(cls, deployment_name=value, workspace="Development", **more)
        assert any(("names", "4711") in request.query for request in calls(astro, "GET"))
        assert (astro.deployments == []) == (cls is DeleteDeploymentOperator)

    def test_a_number_names_a_workspace_and_a_new_deployment(self, astro, native):
        arguments = {"template": TEMPLATE, "environment_variables": {"PASSWORD": "{{ params.x }}"}, "wait": False}
        native.run(
            CreateDeploymentFromTemplateOperator,
            deployment_name="{{ params.x }}",
            workspace="{{ params.year }}",
            description="{{ params.x }}",
            **arguments,
        )
        (post,) = calls(astro, "POST")
        assert (post.body["name"], post.body["workspaceId"], post.body["description"]) == (
            "4711",
            self.workspace,
            "4711",
        )
        assert {"key": "PASSWORD", "value": "4711", "isSecret": True} in post.body["environmentVariables"]

    def test_a_number_is_a_pattern_a_guard_and_an_entry_of_a_list(self, astro, native):
        arguments = {"name_pattern": "{{ params.x }}", "statuses": "{{ ['HEALTHY'] }}"}
        assert native.run(ListDeploymentsOperator, **arguments) == [self.made]
        assert native.run(ListDeploymentsOperator, **arguments, exclude=["{{ params.x }}", "production"]) == []
        assert native.run(ListDeploymentsOperator, **arguments, exclude="{{ [params.x] }}") == []
        assert native.run(ListDeploymentsOperator, **arguments, exclude="{{ params.x }}") == []
        guard = {"deployment_id": self.made, "require_name_pattern": "{{ params.x }}"}
        assert native.run(DeleteDeploymentOperator, **guard) == self.made

    def test_a_number_names_a_file_and_an_organization(self, astro, native, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        native.run(InspectDeploymentOperator, deployment_id=self.made, output_path="{{ params.x }}")
        assert (tmp_path / "4711").is_file()
        with pytest.raises(AirflowFailException, match="organizations/4711/"):
            native.run(ExportAuditLogsOperator, output_path="a", organization_id="{{ params.x }}", **WINDOW)

    TEXT_FIELDS = [
        pytest.param(cls, field, id=f"{cls.__name__}-{field}", marks=() if (cls, field) in FIRST else pytest.mark.slow)
        for cls, field in FIELDS
        if field not in {*cls.not_text, "template", "deployment_file", "overrides", "environment_variables"}
    ]
    CHANGED = ("1.10", "True", "{'a': 1}", "[1.10]", "1e3")

    @pytest.mark.parametrize(("cls", "field"), TEXT_FIELDS)
    def test_text_that_was_changed_already_is_an_error_that_says_how_to_write_it(
        self, astro, native, tmp_path, monkeypatch, subtests, cls, field
    ):
        monkeypatch.chdir(tmp_path)
        # Each value with the fields of one class; one value with those of the others.
        for value in self.CHANGED if cls is DeleteDeploymentOperator else self.CHANGED[:1]:
            native.more_context = {"params": {"x": value, "who": "me"}}
            with subtests.test(value):
                with pytest.raises(AirflowFailException, match=rf"^{field} rendered to .*native rendering.*tojson"):
                    native.run(cls, **arguments_of(cls, field, "{{ params.x }}"))
                assert astro.requests == []
                assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("value", ["0x10", "1_000", "000", "0b1", "..."])
    def test_text_that_became_another_whole_number_is_an_error_too(self, astro, native, value):
        astro.add_deployment("16")
        native.more_context = {"params": {"x": value}}
        with pytest.raises(AirflowFailException, match=r"^deployment_name rendered to .*native rendering.*tojson"):
            native.run(DeleteDeploymentOperator, deployment_name="{{ params.x }}")
        assert calls(astro, "DELETE") == []

    @pytest.mark.parametrize("value", ["0x10", "1_000", "0000", "True", "1.50"])
    def test_a_variable_keeps_its_text_or_is_an_error(self, astro, native, value):
        native.more_context = {"params": {"x": value}}
        arguments = {"deployment_file": FILE, "deployment_name": "4711"}
        with pytest.raises(AirflowFailException, match=r"^environment_variables, PIN rendered to an? \w+, .*native"):
            native.run(UpdateDeploymentFromFileOperator, environment_variables={"PIN": "{{ params.x }}"}, **arguments)
        assert astro.requests == []

    @pytest.mark.parametrize("value", ["1.10", "0x10", "True"])
    def test_an_entry_of_a_list_that_was_changed_says_so_too(self, astro, native, value):
        native.more_context = {"params": {"x": value}}
        with pytest.raises(AirflowFailException, match=r"^exclude rendered to .*native rendering.*tojson"):
            native.run(ListDeploymentsOperator, exclude=["staging", "{{ params.x }}"])
        assert astro.requests == []

    def test_what_the_error_says_helps(self, astro, native):
        made = astro.add_deployment("1.10")
        found = native.run(DeploymentStatusSensor, deployment_name="{{ params.version | string | tojson }}")
        assert found == made

    def test_a_date_is_not_a_name(self, native):
        native.more_context = {"params": {"x": datetime(2026, 11, 25, tzinfo=timezone.utc)}}
        with pytest.raises(AirflowFailException, match=r"^deployment_name rendered to .*datetime.*native rendering"):
            native.run(DeleteDeploymentOperator, deployment_name="{{ params.x }}")

    def test_a_variable_that_was_changed_is_not_quoted(self, astro, native):
        arguments = {
            "deployment_file": FILE,
            "deployment_name": "4711",
            "environment_variables": {"KEY": "{{ params.x }}"},
        }
        native.more_context = {"params": {"x": "12345.670"}}
        with pytest.raises(AirflowFailException, match=r"^environment_variables, KEY rendered to a float") as caught:
            native.run(UpdateDeploymentFromFileOperator, **arguments)
        assert "12345" not in str(caught.value)
        assert astro.requests == []

    def test_a_moment_is_no_crash(self, astro, native):
        native.more_context = {"params": {"x": 7}}
        with pytest.raises(AirflowFailException, match="start=7 is not a date and time"):
            native.run(ExportAuditLogsOperator, output_path="a", start="{{ params.x }}", end=WINDOW["end"])

    def test_what_a_task_returned_has_to_be_text(self, astro, native):
        with pytest.raises(AirflowFailException, match=r"^deployment_name rendered to 1.1, a float.*Pass it as text"):
            native.run(DeleteDeploymentOperator, deployment_name=Returned(1.1))


def test_an_object_within_an_argument_may_have_template_fields_of_its_own(astro, runner, staging):
    class Name:
        template_fields = ("name",)

        def __init__(self):
            self.name = "{{ params.who }}"

        def __str__(self):
            return self.name

    astro.add_deployment("tester")
    assert runner.run(DeploymentStatusSensor, deployment_name=Name())


@pytest.mark.parametrize("cls", TASKS)
def test_no_argument_is_described_twice(cls):
    described = re.findall(r":param (\w+):", cls.__doc__)
    assert len(described) == len(set(described))


@pytest.mark.parametrize("cls", TASKS)
def test_the_list_of_arguments_is_a_paragraph_of_its_own(cls):
    before, *_ = re.split(r"^ *:param", cls.__doc__, maxsplit=1, flags=re.MULTILINE)
    assert before.endswith("\n\n")
