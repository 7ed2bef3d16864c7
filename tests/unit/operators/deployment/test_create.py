"""Creating from a template: what is sent, what is left behind, and what a retry does."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from astro_provider.client import AstroClient
from astro_provider.errors import WaitTimeoutError
from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator
from tests.builders.deployments import listing
from tests.unit.running import TEMPLATE, StateStore, TaskInstance, calls

SECRET = {"PASSWORD": "s3cr3t-of-the-warehouse"}


def create(runner, template, **arguments):
    arguments = {"deployment_name": "pr-17", "environment_variables": SECRET, **arguments}
    return runner.run(CreateDeploymentFromTemplateOperator, template=template, **arguments)


def test_one_post_carries_everything_and_the_task_ends_when_healthy(astro, runner, template, deferrable):
    deployment_id = create(runner, template, deferrable=deferrable)
    (made,) = astro.deployments
    assert made["id"] == deployment_id
    assert made["status"] == "HEALTHY"
    (post,) = calls(astro, "POST")
    assert post.body["name"] == "pr-17"
    assert post.body["contactEmails"] == ["team@example.com"]
    assert post.body["workspaceId"] == astro.workspace_id
    values = {entry["key"]: entry.get("value") for entry in post.body["environmentVariables"]}
    assert values == {"GREETING": "hello tester", **SECRET}
    assert astro.stored_secret(deployment_id, "PASSWORD") == SECRET["PASSWORD"]
    assert len(runner.triggers) == deferrable


def test_what_later_tasks_and_links_need_is_in_xcom(astro, runner, template, deferrable):
    deployment_id = create(runner, template, deferrable=deferrable)
    xcoms = runner.ti.xcoms
    assert xcoms["deployment_id"] == deployment_id
    assert xcoms["deployment_name"] == "pr-17"
    assert xcoms["workspace_id"] == astro.workspace_id
    assert xcoms["status"] == "HEALTHY"
    assert xcoms["webserver_url"].startswith(f"http://127.0.0.1:{astro.port}/")
    assert "/api/v" in xcoms["airflow_api_url"]
    assert xcoms["astro_url"] == f"http://{astro.address}/{astro.workspace_id}/deployments/{deployment_id}"


def test_links_and_the_id_are_there_before_the_wait_is_over(astro, runner, template):
    astro.fault("GET", "/organizations/*/deployments/*", status=403, times=99)
    with pytest.raises(AirflowFailException):
        create(runner, template)
    assert runner.ti.xcoms["astro_url"]
    assert runner.ti.xcoms["deployment_id"] == astro.deployments[0]["id"]  # what a teardown by id goes by


@pytest.mark.parametrize("form", ["absolute path", "text", "dict", "json"])
def test_a_template_may_be_a_path_text_or_dict(astro, runner, tmp_path, form):
    text = TEMPLATE
    if form == "absolute path":
        template = tmp_path / "elsewhere" / "t.yml"
        template.parent.mkdir()
        template.write_text(text)
        given = str(template)
    elif form == "text":
        given = text
    else:
        given = {
            "deployment": {
                "configuration": {
                    "name": "",
                    "executor": "CELERY",
                    "workspace_name": "Development",
                    "deployment_type": "STANDARD",
                    "cloud_provider": "AWS",
                    "region": "us-east-1",
                    "description": "for {{ params.who }}",
                }
            }
        }
        if form == "json":
            (tmp_path / "t.json").write_text(json.dumps(given))
            given = "t.json"
    create(runner, given, wait=False)
    assert [d["name"] for d in astro.deployments] == ["pr-17"]


def test_the_path_itself_may_hold_jinja(astro, runner, tmp_path):
    (tmp_path / "for-tester.yaml").write_text(TEMPLATE)
    create(runner, "for-{{ params.who }}.yaml", wait=False)
    assert len(astro.deployments) == 1


def test_rendered_fields_show_the_file_without_its_secrets(astro, runner, tmp_path):
    (tmp_path / "t.yaml").write_text(TEMPLATE.replace('PASSWORD, value: ""', "PASSWORD, value: typed-into-file"))
    create(runner, "t.yaml", environment_variables={"TOKEN_OF_MINE": "given-value"}, wait=False)
    shown = repr([getattr(runner.operator, name) for name in runner.operator.template_fields])
    assert "hello tester" in shown
    assert "typed-into-file" not in shown
    assert "given-value" not in shown
    (made,) = astro.deployments
    assert astro.stored_secret(made["id"], "PASSWORD") == "typed-into-file"


def test_secrets_in_overrides_are_hidden_too(astro, runner, template):
    entry = {"key": "PASSWORD", "value": "from-overrides", "is_secret": True}
    create(runner, template, overrides={"environment_variables": [entry]}, wait=False)
    assert "from-overrides" not in repr(runner.operator.overrides)
    assert astro.stored_secret(astro.deployments[0]["id"], "PASSWORD") == "from-overrides"


def test_overrides_come_last(astro, runner, template):
    create(runner, template, overrides={"configuration": {"scheduler_size": "LARGE"}}, wait=False)
    assert astro.deployments[0]["schedulerSize"] == "LARGE"


@pytest.mark.parametrize("name", ["", None])
def test_overrides_that_take_away_the_name_are_said_to(astro, runner, template, name):
    with pytest.raises(
        AirflowFailException, match=r"overrides removes the name 'pr-17'\. Remove the key 'name' from overrides"
    ):
        create(runner, template, overrides={"configuration": {"name": name}})
    assert calls(astro, "POST") == []


def test_a_workspace_given_as_id_costs_no_call(astro, runner, template):
    create(runner, template, workspace=astro.workspace_id, wait=False)
    assert not [r for r in astro.requests if r.path.endswith("/workspaces")]


def test_an_unknown_workspace_is_refused_with_the_known_ones(astro, runner, template):
    with pytest.raises(AirflowFailException, match=r"'Developement'.*'Development'.*'Production'"):
        create(runner, template, workspace="Developement")
    assert calls(astro, "POST") == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("PASSWORD", "PASSWORD2"), r"t\.yaml, line 4.*PASSWORD2"),
        (("executor: CELERY", "executor: CELERI"), r"t\.yaml, line 8.*executor.*CELERI.*CELERY"),
        (("scheduler_size", "sheduler_size"), r"t\.yaml, line 13.*sheduler_size.*scheduler_size"),
        (("{{ params.who }}", "{{ params.who"), r"t\.yaml.*Jinja"),
        (("{{ params.who }}", "{{ nobody.knows }}"), r"t\.yaml.*Jinja.*nobody"),
    ],
)
def test_a_mistake_in_the_file_is_one_clear_error_before_any_call(astro, runner, tmp_path, change, words):
    (tmp_path / "t.yaml").write_text(TEMPLATE.replace(*change))
    with pytest.raises(AirflowFailException, match=words):
        create(runner, "t.yaml")
    assert astro.requests == []


def test_a_missing_file_names_where_it_was_looked_for(astro, runner, template, tmp_path):
    with pytest.raises(AirflowFailException, match=rf"{tmp_path}.*template\.yaml"):
        create(runner, "templat.yaml")
    assert astro.requests == []


def test_a_wrong_word_for_if_exists_is_seen_when_the_dag_is_parsed(runner, template):
    with pytest.raises(ValueError, match=r"if_exists='resue'.*'reuse'"):
        create(runner, template, if_exists="resue")


class TestIfExists:
    @pytest.fixture(autouse=True)
    def existing(self, astro):
        long_ago = (datetime.now(timezone.utc) - timedelta(days=3)).isoformat()
        self.id = astro.add_deployment("pr-17", createdAt=long_ago, description="the old one", isDevelopmentMode=True)
        astro.clear_requests()

    def test_fail_names_the_other_words(self, astro, runner, template):
        with pytest.raises(AirflowFailException, match=rf"{self.id}.*reuse.*update.*skip"):
            create(runner, template)
        assert [d["description"] for d in astro.deployments] == ["the old one"]

    def test_fail_holds_for_a_retry_too(self, astro, runner, template):
        runner.ti.try_number = 2
        with pytest.raises(AirflowFailException, match="already exists"):
            create(runner, template)

    def test_skip_skips(self, runner, template):
        with pytest.raises(AirflowSkipException, match=self.id):
            create(runner, template, if_exists="skip")

    def test_reuse_takes_it_as_it_is(self, astro, runner, template):
        assert create(runner, template, if_exists="reuse") == self.id
        assert calls(astro, "POST") == []

    def test_update_brings_it_to_the_template(self, astro, runner, template, deferrable):
        assert create(runner, template, if_exists="update", deferrable=deferrable) == self.id
        (made,) = astro.deployments
        assert {v["key"] for v in made["environmentVariables"]} == {"GREETING", "PASSWORD"}
        assert made["description"] == "the old one"


class TestSecretsWithoutAValue:
    """The template lists PASSWORD, and nothing gives it a value."""

    @pytest.mark.parametrize("if_exists", ["fail", "reuse", "update", "skip"])
    def test_fail_by_default_before_anything_is_sent(self, astro, runner, template, if_exists):
        with pytest.raises(AirflowFailException, match=r"the secret 'PASSWORD' needs a value.*if_secret_missing"):
            create(runner, template, environment_variables=None, if_exists=if_exists)
        assert calls(astro, "POST") == []

    @pytest.mark.parametrize("misspelt", ["PASWORD", "Password"])
    def test_fail_with_the_misspelt_key_that_the_task_passes(self, runner, template, misspelt):
        with pytest.raises(
            AirflowFailException, match=f"; is '{misspelt}', which the task passes, a misspelling of it"
        ):
            create(runner, template, environment_variables={misspelt: "x", "WAREHOUSE": "y"})
        with pytest.raises(AirflowFailException, match=r"if_secret_missing='ignore'$"):
            create(runner, template, environment_variables={"WAREHOUSE": "y", "GREETING": "z"})

    @pytest.mark.parametrize("if_exists", ["fail", "reuse", "update", "skip"])
    def test_are_left_out_on_purpose(self, astro, runner, template, caplog, if_exists):
        caplog.set_level("INFO")
        create(runner, template, environment_variables=None, if_secret_missing="ignore", if_exists=if_exists)
        (post,) = calls(astro, "POST")
        assert [variable["key"] for variable in post.body["environmentVariables"]] == ["GREETING"]
        assert "Secrets that have no value and are left out: PASSWORD." in caplog.text

    def test_a_value_is_sent_all_the_same_even_an_empty_one(self, astro, runner, template):
        create(runner, template, environment_variables={"PASSWORD": ""}, if_secret_missing="ignore")
        (post,) = calls(astro, "POST")
        assert {"key": "PASSWORD", "value": "", "isSecret": True} in post.body["environmentVariables"]

    def test_a_plain_variable_still_needs_its_value(self, astro, runner):
        template = TEMPLATE.replace("value: hello {{ params.who }}, ", "")
        with pytest.raises(AirflowFailException, match="the variable 'GREETING' needs a value"):
            create(runner, template, environment_variables=None, if_secret_missing="ignore")

    @pytest.mark.parametrize("stored", ["old-secret", None])
    def test_an_update_keeps_what_is_stored_and_adds_none(self, astro, runner, template, stored):
        variables = [{"key": "PASSWORD", "value": stored, "isSecret": True}] if stored else []
        made = astro.add_deployment("pr-17", isDevelopmentMode=True, environmentVariables=variables)
        arguments = {"environment_variables": None, "if_exists": "update"}
        assert create(runner, template, if_secret_missing="ignore", **arguments) == made
        assert {v["key"] for v in astro.deployments[0]["environmentVariables"]} == {"GREETING"} | (
            {"PASSWORD"} if stored else set()
        )
        if stored:
            assert astro.stored_secret(made, "PASSWORD") == stored
            return
        with pytest.raises(
            AirflowFailException, match="'PASSWORD' has no value, and the Deployment has no such secret"
        ):
            create(runner, template, **arguments)

    def test_the_choice_is_checked_where_the_dag_is_read(self, template):
        with pytest.raises(ValueError, match=r"if_secret_missing='ignor' is not valid.*Did you mean 'ignore'"):
            CreateDeploymentFromTemplateOperator(
                task_id="create", template=template, deployment_name="x", if_secret_missing="ignor"
            )


class TestRetry:
    def lose_the_worker(self, astro, runner, template):
        """A first try that created the Deployment and died while waiting."""
        astro.fault("GET", "/organizations/*/deployments/*", status=403, times=1)
        with pytest.raises(AirflowFailException):
            create(runner, template)
        astro.clear_requests()
        runner.ti = TaskInstance(try_number=2)
        return astro.deployments[0]["id"]

    @pytest.mark.parametrize("store", [None, StateStore()], ids=["by name and time", "by the state store"])
    def test_a_retry_goes_on_with_what_the_earlier_try_made(self, astro, runner, template, store, caplog):
        runner.store = store
        made = self.lose_the_worker(astro, runner, template)
        caplog.set_level("INFO")
        assert create(runner, template) == made
        assert "An earlier try of this task created" in caplog.text
        assert calls(astro, "POST") == []

    def test_a_create_that_takes_effect_after_the_retry_looked_for_it_is_adopted_too(self, astro, runner, template):
        made = self.lose_the_worker(astro, runner, template)
        astro.fault("GET", "/organizations/*/deployments", status=200, body=listing())
        assert create(runner, template) == made
        assert [d["id"] for d in astro.deployments] == [made]

    @pytest.mark.parametrize("if_exists", ["fail", "reuse"])
    def test_a_retry_does_not_adopt_what_somebody_else_created_meanwhile(
        self, astro, runner, template, if_exists, caplog
    ):
        runner.ti.try_number = 2
        theirs = astro.add_deployment("pr-17", createdBy={"id": "clsomebodyelse00000000000"})
        caplog.set_level("INFO")
        if if_exists == "fail":
            with pytest.raises(AirflowFailException, match=f"{theirs}.* already exists"):
                create(runner, template)
        else:
            assert create(runner, template, if_exists=if_exists, on_kill="delete") == theirs
            runner.operator.on_kill()
        assert "An earlier try of this task" not in caplog.text
        assert [d["id"] for d in astro.deployments] == [theirs]

    def test_a_retry_creates_when_the_earlier_try_made_nothing(self, astro, runner, template):
        runner.ti.try_number = 2
        runner.store = StateStore()
        create(runner, template)
        assert len(calls(astro, "POST")) == 1

    def test_a_retry_creates_again_what_somebody_deleted_meanwhile(self, astro, runner, template):
        runner.store = StateStore(astro_deployment_id="cldeletedmeanwhile0000000")
        runner.ti.try_number = 2
        create(runner, template)
        assert len(calls(astro, "POST")) == 1


def test_an_answer_that_was_lost_makes_no_second_deployment(astro, runner, template, deferrable):
    astro.fault("POST", "/organizations/*/deployments", drop="after")
    create(runner, template, deferrable=deferrable)
    assert len(astro.deployments) == 1
    assert len(calls(astro, "POST")) == 1


def test_a_timeout_carries_status_and_link_and_may_be_retried(astro, runner, template, deferrable):
    astro.fault("GET", "/organizations/*/deployments*", status=503, times=999)
    with pytest.raises(WaitTimeoutError, match=rf"CREATING.*503.*http://{astro.address}/") as caught:
        create(runner, template, timeout=0.1, deferrable=deferrable)
    assert caught.value.retryable
    assert len(astro.deployments) == 1


def test_an_outage_does_not_stretch_the_timeout(astro, runner, template, deferrable, pauses, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(astro.connection()))  # as many retries as by default
    astro.fault("GET", "/organizations/*/deployments*", status=503, times=999)
    monkeypatch.setitem(AstroClient.__init__.__kwdefaults__, "sleep", pauses.append)
    with pytest.raises(WaitTimeoutError):
        create(runner, template, timeout=0.2, deferrable=deferrable)
    assert sum(pauses) < 1  # six retries would pause for half a minute at the least


def test_a_deployment_that_vanishes_during_the_wait_fails_the_task_for_good(astro, runner, template, deferrable):
    astro.fault("GET", "/organizations/*/deployments/*", status=404, times=99)
    if deferrable:
        astro.fault("GET", "/organizations/*/deployments", status=200, body=listing(), times=99, skip=1)
    with pytest.raises(AirflowFailException, match="was deleted while"):
        create(runner, template, deferrable=deferrable)


def test_the_trigger_holds_neither_token_nor_secret(astro, runner, template):
    create(runner, template, deferrable=True)
    (serialized,) = runner.triggers
    assert astro.token not in repr(serialized)
    assert SECRET["PASSWORD"] not in repr(serialized)
