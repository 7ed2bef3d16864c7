"""Jinja in Deployment files: what a file holds is rendered; what Astro holds is never rewritten by it."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowFailException
from hypothesis import given

from astro_provider.deployment_file.writer import write
from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    InspectDeploymentOperator,
    UpdateDeploymentFromFileOperator,
)
from tests.builders.any_deployment import JINJA
from tests.slow import examples
from tests.unit.running import TEMPLATE, Runner, calls

LOG_NAME = "dag={{ params.who }}/{% raw %}run{# x #}={{{%"
#: What the Astro CLI writes: values as they are.
EXPORT = f"""\
deployment:
    environment_variables:
        - is_secret: false
          key: LOG_NAME
          value: "{LOG_NAME}"
"""


@pytest.fixture
def deployment_id(astro):
    made = astro.add_deployment(
        "staging",
        environmentVariables=[
            {"key": "LOG_NAME", "value": LOG_NAME, "isSecret": False},
            {"key": "LINES", "value": "first {{ a }}\nlast\n", "isSecret": False},
        ],
    )
    astro.clear_requests()
    return made


def update(runner, file, deployment_id, **arguments):
    return runner.run(UpdateDeploymentFromFileOperator, deployment_file=file, deployment_id=deployment_id, **arguments)


def stored(astro, key: str) -> str:
    (deployment,) = astro.deployments
    return next(item["value"] for item in deployment["environmentVariables"] if item["key"] == key)


class TestInspectedValues:
    @pytest.mark.parametrize("output_format", ["yaml", "json"])
    def test_stay_when_the_file_is_applied_again(self, astro, runner, deployment_id, tmp_path, output_format):
        path = runner.run(
            InspectDeploymentOperator,
            deployment_id=deployment_id,
            output_path=f"{tmp_path}/f",
            output_format=output_format,
        )
        update(runner, path, deployment_id)
        assert runner.ti.xcoms["changes"] == []
        assert calls(astro, "POST") == []

    @pytest.mark.parametrize("output_format", ["yaml", "json"])
    def test_stay_when_the_text_travels_by_xcom_or_stands_in_the_dag(self, astro, runner, deployment_id, output_format):
        text = runner.run(InspectDeploymentOperator, deployment_id=deployment_id, output_format=output_format)
        runner.more_context["pulled"] = text
        for file in (text, "{{ pulled }}"):
            update(runner, file, deployment_id)
        assert calls(astro, "POST") == []

    @examples(0.6)
    @given(JINJA.map("".join))
    def test_whatever_they_are(self, value):
        tree = {"deployment": {"environment_variables": [{"key": "A", "value": value}]}}
        with tempfile.TemporaryDirectory() as folder:
            for output_format in ("yaml", "json"):
                path = Path(folder, f"f.{output_format}")
                path.write_text(write(tree, output_format))
                operator = UpdateDeploymentFromFileOperator(task_id="task", deployment_file=str(path))
                operator.render_template_fields(Runner(Path(folder)).context(params={"who": "tester"}))
                assert [v.value for v in operator.load_file().environment_variables] == [value]


class TestRenderFile:
    @pytest.mark.parametrize("form", ["path", "text", "dict"])
    def test_false_takes_it_as_it_is(self, astro, runner, deployment_id, tmp_path, form):
        tree = {"deployment": {"environment_variables": [{"key": "LOG_NAME", "value": LOG_NAME, "is_secret": False}]}}
        (tmp_path / "tester.yaml").write_text(EXPORT)
        file = {"path": "{{ params.who }}.yaml", "text": EXPORT, "dict": tree}[form]
        update(runner, file, deployment_id, render_file=False, unlisted="keep")
        assert runner.ti.xcoms["changes"] == []

    def test_true_says_in_the_log_which_lines_were_rendered(self, runner, deployment_id, tmp_path, caplog):
        (tmp_path / "f.yaml").write_text(
            "deployment:\n  configuration:\n    description: x\n    region: us-east-1 {# why #}\n"
        )
        with caplog.at_level("INFO"):
            update(runner, "f.yaml", deployment_id, dry_run=True)
        assert re.search(r"Rendered the Jinja in .*f\.yaml, line 4\.", caplog.text)

    def test_may_be_given_to_mapped_tasks_and_by_default_args(self):
        with DAG("mapped", schedule=None, default_args={"render_file": False}):
            operator = UpdateDeploymentFromFileOperator(task_id="plain", deployment_file="f.yaml")
            mapped = UpdateDeploymentFromFileOperator.partial(task_id="mapped", render_file=False)
            mapped.expand(deployment_file=["a.yaml", "b.yaml"])
        assert operator.render_file is False


@pytest.mark.parametrize("form", ["path", "text"])
def test_the_last_line_break_belongs_to_the_file(astro, runner, deployment_id, tmp_path, form):
    text = "deployment:\n  environment_variables:\n  - key: PEM\n    value: |\n      line1\n      line2\n"
    (tmp_path / "f.yaml").write_text(text)
    update(runner, text if form == "text" else "f.yaml", deployment_id, environment_variables={"ARGUMENT": "a\n"})
    assert stored(astro, "PEM") == "line1\nline2\n"
    assert stored(astro, "ARGUMENT") == "a\n"


MISTAKES = {
    "Go template": ("a: 1\nb: '{{.TaskID}}'\n", r"line 2: Jinja: .* \(in {{\.TaskID}}\); around .*raw"),
    "quotation mark": ('a: 1\nb: {{ params.who" }}\n', "line 2: Jinja: unexpected char '\"'; around .*raw"),
    "unknown name": (
        "a: 1\nb: '{{ nobody.knows }}'\n",
        r"line 2: Jinja: 'nobody' is undefined \(in {{ nobody\.knows }}\)",
    ),
    "one of several": (
        "a: {{ params.who }}\nb: {{ params.who }}/{{ params.nope }}\n",
        r"line 2: Jinja: .*no attribute 'nope' \(in {{ params\.nope }}\)",
    ),
    "over two lines": (
        "a: {{\n  params.nope\n }}\n",
        r"line \d: Jinja: .*no attribute 'nope' \(in {{ params\.nope }}\)",
    ),
    "block": ("a: 1\n{% if nobody.knows %}\n{% endif %}\n", r"line 2: Jinja: .* \(in {% if nobody\.knows %}\)"),
    "wrong kind": ("a: 1\nb: {{ 1 + params.who }}\n", r"line 2: Jinja: TypeError.* \(in {{ 1 \+ params.who }}\)"),
    "missing entry": ("a: 1\nb: {{ {}['x'].y }}\n", r"line 2: Jinja: .*no attribute 'x' \(in {{ {}\['x'\]\.y }}\)"),
    "division": ("a: 1\nb: {{ 1 / 0 }}\n", r"line 2: Jinja: ZeroDivisionError.* \(in {{ 1 / 0 }}\)"),
    "None": (
        "a: 1\nb: {{ params.get('nothing') }}\n",
        r"line 2: Jinja: an expression gave None.* \(in {{ params.get\('nothing'\) }}\)",
    ),
    "literal": (
        "a: {{ nobody['key'].knows or 'hunter2' }}\n",
        r"line 1: Jinja: .* \(in {{ nobody\['key'\]\.knows or '…' }}\)",
    ),
}


@pytest.mark.parametrize("form", ["path", "text"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_clear_error_that_no_retry_repeats(astro, runner, tmp_path, mistake, form):
    text, words = MISTAKES[mistake]
    (tmp_path / "f.yaml").write_text(text)
    with pytest.raises(AirflowFailException, match=words) as caught:
        update(runner, text if form == "text" else "f.yaml", "x")
    assert "hunter2" not in str(caught.value)
    assert astro.requests == []


def test_an_arguments_mistake_shows_its_expression(astro, runner):
    values = {"DSN": "{{ params.who }}:hunter2@{{ nobody.knows }}"}
    with pytest.raises(
        AirflowFailException, match=r"environment_variables, DSN: Jinja: .* \(in {{ nobody\.knows }}\)"
    ) as c:
        update(runner, {"deployment": {}}, "x", environment_variables=values)
    assert "hunter2" not in str(c.value)


class TestNone:
    """What a template gives when a value is missing."""

    def test_never_becomes_the_value_of_a_variable(self, astro, runner, deployment_id):
        with pytest.raises(
            AirflowFailException, match="environment_variables, LOG_NAME: Jinja: an expression gave None"
        ):
            update(runner, {"deployment": {}}, deployment_id, environment_variables={"LOG_NAME": "{{ none }}"})
        assert astro.requests == []

    def test_as_text_that_somebody_typed_is_text(self, astro, runner, deployment_id):
        update(runner, {"deployment": {}}, deployment_id, environment_variables={"LOG_NAME": "None"})
        assert stored(astro, "LOG_NAME") == "None"

    @pytest.mark.parametrize("field", ["deployment_id", "deployment_name", "workspace"])
    def test_does_not_count_as_an_argument_left_out(self, astro, runner, deployment_id, field):
        file = {"deployment": {"configuration": {"name": "staging", "description": "new"}}}
        arguments = {"deployment_id": deployment_id, field: "{{ params.get('missing') }}"}
        with pytest.raises(AirflowFailException, match=f"{field} rendered to 'None'"):
            runner.run(UpdateDeploymentFromFileOperator, deployment_file=file, **arguments)
        assert astro.requests == []

    def test_blank_does_where_nothing_else_would_be_meant(self, astro, runner, template):
        create = CreateDeploymentFromTemplateOperator
        more = {"environment_variables": {"PASSWORD": "x"}, "wait": False}
        runner.run(create, template=template, deployment_name="x", workspace="{{ none or '' }}", **more)
        assert [found["workspaceName"] for found in astro.deployments] == ["Development"]

    @pytest.mark.parametrize("field", ["output_path", "deployment_id"])
    def test_is_refused_by_inspect(self, runner, deployment_id, tmp_path, monkeypatch, field):
        monkeypatch.chdir(tmp_path)
        arguments = {"deployment_name": "staging", field: "{{ none }}"}
        with pytest.raises(AirflowFailException, match=f"{field} rendered to 'None'"):
            runner.run(InspectDeploymentOperator, **arguments)
        assert list(tmp_path.iterdir()) == []


def test_a_dag_that_renders_native_objects_reads_the_same(astro, runner, tmp_path):
    def native_dag():
        dag = DAG(dag_id="dag", schedule=None, render_template_as_native_obj=True)
        dag.fileloc = str(tmp_path / "dag.py")
        return dag

    runner.dag = native_dag
    file = json.dumps({"deployment": {"configuration": {"description": "1.10 {{ params.who }}"}}})
    made = astro.add_deployment("staging")
    update(runner, file, made, environment_variables={"A": "010"})
    assert astro.deployments[0]["description"] == "1.10 tester"
    runner.more_context["tree"] = {"deployment": {"configuration": {"description": "a dict"}}}
    update(runner, "{{ tree }}", made)
    assert astro.deployments[0]["description"] == "a dict"


def test_a_template_with_jinja_still_fills_in(astro, runner, tmp_path):
    (tmp_path / "t.yaml").write_text(TEMPLATE.replace('PASSWORD, value: ""', "PASSWORD, value: s3cret"))
    runner.run(CreateDeploymentFromTemplateOperator, template="t.yaml", deployment_name="x", wait=False)
    assert stored(astro, "GREETING") == "hello tester"
