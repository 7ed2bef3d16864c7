"""Updating from a file and deleting: the plan first, nothing without need, nothing twice."""

from __future__ import annotations

import json
import logging
import os

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from astro_provider.operators.deployment import DeleteDeploymentOperator, UpdateDeploymentFromFileOperator
from tests.builders.deployments import listing
from tests.unit.running import TaskInstance, calls

FILE = """\
deployment:
    configuration:
        name: staging
        description: new words
    environment_variables:
        - {key: PASSWORD, is_secret: true}
        - {key: GREETING, value: hello}
"""


@pytest.fixture
def deployment_id(astro):
    secret = {"key": "PASSWORD", "value": "stored-secret", "isSecret": True}
    plain = {"key": "OLD", "value": "old-value", "isSecret": False}
    made = astro.add_deployment("staging", description="old words", environmentVariables=[secret, plain])
    astro.clear_requests()
    return made


def update(runner, **arguments):
    return runner.run(UpdateDeploymentFromFileOperator, **{"deployment_file": FILE, **arguments})


def delete(runner, **arguments):
    return runner.run(DeleteDeploymentOperator, **arguments)


def test_an_update_changes_what_the_file_says_and_keeps_the_rest(astro, runner, deployment_id, deferrable):
    before = astro.deployments[0]
    assert update(runner, deferrable=deferrable) == deployment_id
    after = astro.deployments[0]
    assert after["description"] == "new words"
    assert after["schedulerSize"] == before["schedulerSize"]
    assert [q["id"] for q in after["workerQueues"]] == [q["id"] for q in before["workerQueues"]]
    assert {v["key"] for v in after["environmentVariables"]} == {"PASSWORD", "GREETING"}
    assert astro.stored_secret(deployment_id, "PASSWORD") == "stored-secret"
    assert after["status"] == "HEALTHY"
    assert len(calls(astro, "POST")) == 1


def test_the_plan_is_logged_before_anything_is_sent_and_is_the_xcom_changes(astro, runner, deployment_id, caplog):
    caplog.set_level(logging.INFO)
    update(runner, dry_run=True, environment_variables={"PASSWORD": "a-new-secret"})
    assert calls(astro, "POST") == []
    assert "new words" in caplog.text
    assert "OLD" in caplog.text
    assert "a-new-secret" not in caplog.text
    changes = runner.ti.xcoms["changes"]
    assert {change["action"] for change in changes} == {"added", "changed", "removed"}
    assert "a-new-secret" not in repr(changes)


def test_no_change_means_no_request(astro, runner, deployment_id, caplog):
    caplog.set_level(logging.INFO)
    update(runner)
    astro.clear_requests()
    assert update(runner) == deployment_id
    assert calls(astro, "POST") == []
    assert runner.ti.xcoms["changes"] == []
    assert "already matches the file" in caplog.text


@pytest.mark.parametrize("by", ["id", "name", "file"])
def test_the_target_is_the_id_else_the_name_else_the_files(astro, runner, deployment_id, by):
    target = {"id": {"deployment_id": deployment_id}, "name": {"deployment_name": "staging"}, "file": {}}[by]
    assert update(runner, **target) == deployment_id


def test_an_id_and_a_name_that_disagree_change_nothing(astro, runner, deployment_id):
    arguments = {"deployment_id": deployment_id, "deployment_name": "production"}
    words = r"The id belongs to Deployment 'staging' .* also names Deployment 'production'\. Nothing"
    for act in (lambda: update(runner, deployment_file=FILE, **arguments), lambda: delete(runner, **arguments)):
        with pytest.raises(AirflowFailException, match=words):
            act()
    assert {call.method for call in astro.requests} == {"GET"}


def test_a_retry_finds_the_deployment_that_an_earlier_try_renamed(astro, runner, deployment_id):
    arguments = {"deployment_id": deployment_id, "deployment_name": "staging", "wait": False}
    renaming = FILE.replace("staging", "renamed")
    update(runner, deployment_file=renaming, **arguments)
    runner.ti.try_number = 2
    assert update(runner, deployment_file=renaming, **arguments) == deployment_id


def test_an_id_and_another_name_in_the_file_rename(astro, runner, deployment_id):
    update(runner, deployment_id=deployment_id, deployment_file=FILE.replace("staging", "renamed"), wait=False)
    assert astro.deployments[0]["name"] == "renamed"


def test_a_missing_target_is_said_so(astro, runner):
    with pytest.raises(AirflowFailException, match="'staging' does not exist"):
        update(runner)


@pytest.mark.parametrize(("unlisted", "keys"), [("remove", {"PASSWORD", "GREETING"}), ("keep", None)])
def test_unlisted_variables_go_or_stay(astro, runner, deployment_id, unlisted, keys):
    update(runner, unlisted=unlisted, wait=False)
    found = {v["key"] for v in astro.deployments[0]["environmentVariables"]}
    assert found == (keys or {"PASSWORD", "GREETING", "OLD"})


def test_unlisted_fail_names_them_and_sends_nothing(astro, runner, deployment_id):
    with pytest.raises(AirflowFailException, match="OLD"):
        update(runner, unlisted="fail")
    assert calls(astro, "POST") == []


def test_a_stale_healthy_after_the_update_is_not_the_end(astro, runner, deployment_id, deferrable, monkeypatch):
    astro.stale_healthy_reads = 2
    update(runner, deferrable=deferrable)
    statuses = [r for r in astro.requests if r.method == "GET"]
    assert astro.deployments[0]["status"] == "HEALTHY"
    assert len(statuses) > 3


def test_a_delete_says_what_it_deleted(astro, runner, deployment_id, caplog):
    caplog.set_level(logging.INFO)
    assert delete(runner, deployment_id=deployment_id) == deployment_id
    assert astro.deployments == []
    for part in ("staging", deployment_id, "Workspace Development", "created by emulator 0 min ago"):
        assert part in caplog.text


def test_a_delete_may_wait_until_it_is_gone(astro, runner, deployment_id, deferrable, caplog):
    caplog.set_level(logging.INFO)
    delete(runner, deployment_name="staging", workspace="Development", wait=True, deferrable=deferrable)
    assert astro.deployments == []
    assert "Astro has accepted the deletion of Deployment 'staging'" in caplog.text
    assert "Deleted" not in caplog.text  # while the next line says that it is still HEALTHY


def shown(astro, deployment_id):
    """What a read of a Deployment answers now."""
    (document,) = [d for d in astro.deployments if d["id"] == deployment_id]
    return document


def test_a_delete_is_over_when_a_read_says_so_and_not_before(astro, runner, deployment_id, deferrable):
    one, several = shown(astro, deployment_id), "/organizations/*/deployments"
    astro.fault("GET", f"{several}/*", status=200, body=one, skip=1, times=2)  # the task itself reads it first
    # A list that leaves it out already is not enough.
    delete(runner, deployment_id=deployment_id, wait=True, deferrable=deferrable)
    reads = [r.status for r in calls(astro, "GET") if r.path.endswith(deployment_id)]
    assert reads == [200, 200, 200, 404]
    assert astro.deployments == []


@pytest.mark.slow
def test_a_list_that_lags_behind_keeps_a_delete_waiting(astro, runner, deployment_id):
    late = listing(shown(astro, deployment_id))
    astro.fault("GET", "/organizations/*/deployments", status=200, body=late, times=2)
    delete(runner, deployment_id=deployment_id, wait=True, deferrable=True)
    lists = [r for r in calls(astro, "GET") if r.path.endswith("/deployments")]
    assert len(lists) == 3


def test_a_name_needs_a_workspace_where_a_namesake_may_be_meant(astro, runner, deployment_id):
    production = next(w["id"] for w in astro.store.all("workspace") if w["name"] == "Production")
    twin = astro.add_deployment("pr-17", workspace_id=production)
    with pytest.raises(AirflowFailException, match=rf"{twin}.* in Workspace Production.*Set one of these: "):
        delete(runner, deployment_name="pr-17")
    assert calls(astro, "DELETE") == []
    delete(runner, deployment_name="pr-17", workspace="Development", if_missing="ignore")
    assert len(astro.deployments) == 2
    delete(runner, deployment_name="pr-17", workspace="Production")
    assert [d["id"] for d in astro.deployments] == [deployment_id]


@pytest.mark.parametrize("known_by", ["connection", "token", "being the only one"])
def test_a_workspace_need_not_be_named_where_it_is_known(astro, runner, deployment_id, monkeypatch, known_by):
    connection = json.loads(os.environ["AIRFLOW_CONN_ASTRO_DEFAULT"])
    if known_by == "connection":
        connection["extra"]["workspace_id"] = astro.workspace_id
    elif known_by == "token":
        connection["password"] = astro.issue_token("WORKSPACE_OPERATOR", astro.workspace_id)
    else:
        (other,) = [w["id"] for w in astro.store.all("workspace") if w["id"] != astro.workspace_id]
        astro.store.delete("workspace", other)
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))
    assert delete(runner, deployment_name="staging") == deployment_id
    assert astro.deployments == []


def test_the_same_name_in_two_workspaces_is_never_confused(astro, runner, deployment_id):
    other = astro.add_workspace("Other")
    twin = astro.add_deployment("staging", workspace_id=other)
    with pytest.raises(AirflowFailException, match=rf"(?s)(?=.*{twin})(?=.*{deployment_id})"):
        delete(runner, deployment_name="staging")
    delete(runner, deployment_name="staging", workspace="Other")
    assert [d["id"] for d in astro.deployments] == [deployment_id]


class TestMissing:
    def test_fail(self, astro, runner):
        with pytest.raises(
            AirflowFailException,
            match=r"'nothing' does not exist, or this token cannot see it\. To accept that it is missing, set if_",
        ):
            delete(runner, deployment_name="nothing")

    def test_fail_names_a_similar_one_before_it_offers_to_ignore_it(self, runner, deployment_id):
        words = r"'stagin' in .* cannot see it\. Did you mean 'staging'\? To accept that it is missing, set if_missing"
        with pytest.raises(AirflowFailException, match=words):
            delete(runner, deployment_name="stagin", workspace="Development")

    def test_fail_stands_without_a_similar_name_too(self, astro, runner, deployment_id):
        astro.fault("GET", "/organizations/*/deployments", status=403, skip=1)
        with pytest.raises(AirflowFailException, match=r"see it\. To accept that it is missing"):
            delete(runner, deployment_name="stagin", workspace=astro.workspace_id)

    def test_ignore(self, astro, runner):
        delete(runner, deployment_name="nothing", if_missing="ignore")
        assert calls(astro, "DELETE") == []

    def test_skip(self, astro, runner):
        with pytest.raises(AirflowSkipException, match="'nothing' does not exist, or this token cannot see it"):
            delete(runner, deployment_name="nothing", if_missing="skip")

    def test_a_teardown_whose_create_left_no_id_is_done_and_warns(self, astro, runner, caplog):
        delete(runner, deployment_id="None", if_missing="ignore")
        warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
        assert "No id or name was given, so nothing was deleted." in warnings
        assert astro.requests == []

    def test_a_retry_takes_the_absence_for_the_earlier_trys_work(self, astro, runner, deployment_id):
        delete(runner, deployment_id=deployment_id)
        runner.ti = TaskInstance(try_number=2)
        assert delete(runner, deployment_id=deployment_id) == deployment_id


def test_a_delete_whose_answer_was_lost_is_a_success(astro, runner, deployment_id):
    astro.fault("DELETE", "/organizations/*/deployments/*", drop="after")
    delete(runner, deployment_id=deployment_id)
    assert astro.deployments == []


def test_an_update_that_was_seen_to_begin_needs_no_minute_of_doubt(astro, runner, deployment_id):
    update(runner, deferrable=True)
    (handed_over,) = runner.triggers
    assert handed_over["settle_until"] == 0
    assert handed_over["last_status"].startswith("DEPLOYING")
    assert "staging" in handed_over["known_as"]
