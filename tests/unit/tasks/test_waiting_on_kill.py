"""A create task that somebody stops: what it made stays, and is named, unless it was told to delete it."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta, timezone

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.triggers.base import BaseTrigger

from astro_provider.errors import ForbiddenError
from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator
from astro_provider.triggers.deployment import DeploymentStatusTrigger
from tests.unit.running import StateStore, TaskInstance, calls


def stopped(astro, runner, template, **arguments):
    """A task that is stopped while it waits: here its wait ends by a refusal, and then Airflow stops it."""
    astro.fault("GET", "/organizations/*/deployments/*", status=403, times=1)
    with pytest.raises(AirflowFailException):
        create(runner, template, **arguments)
    runner.operator.on_kill()


def create(runner, template, **arguments):
    given = {"template": template, "deployment_name": "pr-17", "environment_variables": {"PASSWORD": "x"}}
    return runner.run(CreateDeploymentFromTemplateOperator, **given | arguments)


def test_by_default_it_stays_and_is_named_with_its_link(astro, runner, template, caplog):
    stopped(astro, runner, template)
    (made,) = astro.deployments
    assert f"Deployment 'pr-17' ({made['id']}) was not deleted. See {astro.url.removesuffix('/v1')}/" in caplog.text


def test_delete_removes_what_the_task_made(astro, runner, template, caplog):
    caplog.set_level(logging.INFO)
    stopped(astro, runner, template, on_kill="delete")
    assert astro.deployments == []
    assert "The task was stopped; deleted Deployment 'pr-17'" in caplog.text


def test_delete_removes_what_an_earlier_try_made(astro, runner, template):
    stopped(astro, runner, template)
    runner.ti = TaskInstance(try_number=2)
    stopped(astro, runner, template, on_kill="delete")
    assert astro.deployments == []


def test_what_the_task_only_uses_stays(astro, runner, template):
    astro.add_deployment("pr-17", status="CREATING")
    stopped(astro, runner, template, on_kill="delete", if_exists="reuse")
    assert len(astro.deployments) == 1


def test_killed_before_the_response_to_the_create_it_is_found_by_name_and_time(astro, runner, template):
    astro.fault("POST", "/organizations/*/deployments", drop="after")
    astro.fault("GET", "/organizations/*/deployments", status=403, times=1, skip=0)
    with pytest.raises(AirflowFailException):
        create(runner, template, workspace=astro.workspace_id, on_kill="delete")
    assert len(astro.deployments) == 1
    runner.operator.on_kill()
    assert astro.deployments == []


def test_an_older_deployment_of_the_same_name_is_never_taken_for_it(astro, runner, template):
    long_ago = (datetime.now(timezone.utc) - timedelta(minutes=1)).isoformat()
    astro.add_deployment("pr-17", createdAt=long_ago)
    astro.fault("POST", "/organizations/*/deployments", status=403)
    with pytest.raises(AirflowFailException):
        create(runner, template, workspace=astro.workspace_id, on_kill="delete")
    runner.operator.on_kill()
    assert len(astro.deployments) == 1


def test_stopped_before_anything_was_sent(astro, runner, template, caplog):
    caplog.set_level(logging.INFO)
    with pytest.raises(AirflowFailException):
        create(runner, template, workspace="Nowhere", on_kill="delete")
    runner.operator.on_kill()
    assert calls(astro, "DELETE") == []
    assert "before it created a Deployment" in caplog.text


@pytest.mark.parametrize("arguments", [{"on_kill": "delete"}, {}], ids=["delete", "keep"])
def test_the_trigger_does_the_same_while_the_task_waits_there(astro, runner, template, arguments):
    made = create(runner, template, deferrable=True, **arguments)
    (handed_over,) = runner.triggers
    asyncio.run(DeploymentStatusTrigger(**handed_over).on_kill())
    assert [d["id"] for d in astro.deployments] == ([] if arguments else [made])
    # Stopped once more, when it may be gone already: that is no error.
    asyncio.run(DeploymentStatusTrigger(**handed_over).on_kill())
    assert len(calls(astro, "DELETE")) == (2 if arguments else 0)


@pytest.mark.slow
@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "after"}], ids=["refused", "response lost"])
def test_the_trigger_tries_again(astro, runner, template, fault, caplog):
    create(runner, template, deferrable=True, on_kill="delete")
    astro.fault("DELETE", "/organizations/*/deployments/*", **fault)
    asyncio.run(DeploymentStatusTrigger(**runner.triggers[0]).on_kill())
    assert astro.deployments == []
    assert len(calls(astro, "DELETE")) == 2


@pytest.mark.parametrize("waits_in", ["worker", "triggerer"])
def test_what_cannot_be_deleted_is_named(astro, runner, template, waits_in, caplog, capsys):
    astro.fault("DELETE", "/organizations/*/deployments/*", status=403)
    if waits_in == "worker":
        stopped(astro, runner, template, on_kill="delete")
    else:
        create(runner, template, deferrable=True, on_kill="delete")
        with pytest.raises(ForbiddenError):
            asyncio.run(DeploymentStatusTrigger(**runner.triggers[0]).on_kill())
    (made,) = astro.deployments
    said = caplog.text + capsys.readouterr().out
    assert "The task was stopped, but Deployment 'pr-17'" in said
    assert made["id"] in said
    assert "403" in said


@pytest.mark.slow
@pytest.mark.parametrize("deletions", [1, 2])
def test_what_the_trigger_of_a_cleared_try_deletes_is_recreated_once(astro, runner, template, monkeypatch, deletions):
    runner.store = StateStore()
    first = create(runner, template, on_kill="delete", deferrable=True)
    astro.set_status(first, "CREATING")
    fire, left = runner._fire, [1] * deletions

    async def delete_and_fire(deferred):
        """Take the Deployment away from under a try that waits for it, as the trigger of the try before does."""
        if left:
            left.pop()
            await DeploymentStatusTrigger(**deferred.trigger.serialize()[1]).on_kill()
        return await fire(deferred)

    monkeypatch.setattr(runner, "_fire", delete_and_fire)
    runner.ti = TaskInstance(try_number=2)
    if deletions == 1:
        second = create(runner, template, on_kill="delete", deferrable=True)
        assert [d["id"] for d in astro.deployments] == [second] != [first]
    else:
        with pytest.raises(AirflowFailException, match="was deleted while"):
            create(runner, template, on_kill="delete", deferrable=True)
    assert len(calls(astro, "POST")) == 2


def test_an_airflow_that_cannot_tell_the_trigger_is_named(astro, runner, template, caplog):
    create(runner, template, deferrable=True, on_kill="delete")
    assert ("Before version 3.3, Airflow does not tell" in caplog.text) == (not hasattr(BaseTrigger, "on_kill"))


def test_a_wrong_word_is_seen_when_the_dag_is_parsed(runner, template):
    with pytest.raises(ValueError, match=r"on_kill='remove' is not valid; allowed: 'keep', 'delete'"):
        create(runner, template, on_kill="remove")
