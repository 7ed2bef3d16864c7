"""What a delete refuses at the moment of deletion, and a nightly teardown that is limited, disturbed and repeated."""

from __future__ import annotations

import logging

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.operators.deployment import DeleteDeploymentOperator
from tests.unit.running import calls


def delete(runner, **arguments):
    return runner.run(DeleteDeploymentOperator, **arguments)


@pytest.fixture
def preview(astro, caplog):
    caplog.set_level(logging.INFO)
    return astro.add_deployment("pr-17", createdAt="2026-01-01T00:00:00.000Z")


def test_the_own_deployment_is_not_deleted(astro, runner, preview, monkeypatch):
    monkeypatch.setenv("ASTRO_DEPLOYMENT_ID", preview)
    for target in ({"deployment_id": preview}, {"deployment_name": "pr-17", "workspace": "Development"}):
        with pytest.raises(AirflowFailException, match=r"runs in Deployment 'pr-17'.*allow_self=True"):
            delete(runner, **target)
    assert calls(astro, "DELETE") == []
    delete(runner, deployment_id=preview, allow_self=True)
    assert astro.deployments == []


def test_runtimes_with_airflow_2_name_the_own_deployment_in_the_configuration(astro, runner, preview, monkeypatch):
    monkeypatch.setenv("AIRFLOW__ASTRONOMER__CASBIN_DEPLOYMENT", preview)
    with pytest.raises(AirflowFailException, match="allow_self=True"):
        delete(runner, deployment_id=preview)


def test_the_name_is_looked_at_once_more(astro, runner, preview):
    astro.store.put("deployment", {**astro.store.get("deployment", preview), "name": "production"})
    with pytest.raises(
        AirflowFailException,
        match=r"'production'.* was not deleted: its name does not match require_name_pattern='pr-\*'",
    ):
        delete(runner, deployment_id=preview, require_name_pattern="pr-*")
    assert calls(astro, "DELETE") == []
    delete(runner, deployment_id=preview, require_name_pattern="{{ 'prod' }}*")
    assert astro.deployments == []


@pytest.mark.parametrize("pattern", ["", "{{ none }}"])
def test_an_empty_pattern_is_no_permission(astro, runner, preview, pattern):
    with pytest.raises(AirflowFailException, match="require_name_pattern"):
        delete(runner, deployment_id=preview, require_name_pattern=pattern)
    assert astro.requests == []


def test_a_missing_one_is_ignored_before_its_name_is_asked_for(astro, runner, preview):
    delete(runner, deployment_id="clgone00000000000000000000", require_name_pattern="pr-*", if_missing="ignore")
    assert calls(astro, "DELETE") == []


def test_the_log_portrays_what_was_deleted(astro, runner, preview, caplog):
    delete(runner, deployment_id=preview)
    (line,) = [record.message for record in caplog.records if record.message.startswith("Deleting ")]
    for part in ("'pr-17'", preview, "Workspace Development", "status HEALTHY", "created by emulator", " d "):
        assert part in line
