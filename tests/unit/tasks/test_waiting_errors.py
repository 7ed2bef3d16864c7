"""An error that no later poll can mend says the same, whether the task waits in the worker or in the triggerer."""

from __future__ import annotations

import json
import time

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.operators.deployment import WakeUpDeploymentOperator
from astro_provider.sensors.deployment import DeploymentStatusSensor

#: Each with the number of its reads before the first poll.
WAITS = {"wake up": (WakeUpDeploymentOperator, {"wait": True}, 1), "sensor": (DeploymentStatusSensor, {}, 1)}


@pytest.fixture
def dev(astro):
    deployment_id = astro.add_deployment("dev", isDevelopmentMode=True)
    astro.set_status(deployment_id, "HIBERNATING")
    return deployment_id


@pytest.fixture
def connect(astro, monkeypatch):
    """Use another token of the emulator; returns it."""

    def connect(**token):
        value = astro.issue_token("WORKSPACE_OWNER", **token)
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps({**astro.connection(), "password": value}))
        return value

    return connect


def refused(astro, runner, kind, **arguments):
    """Run a task whose polls are refused; returns its error."""
    operator_class, more, before = WAITS[kind]
    astro.fault("GET", "/organizations/*/deployments*", status=401, times=99, skip=before)
    with pytest.raises(AirflowFailException) as caught:
        runner.run(operator_class, **arguments, **more)
    return str(caught.value)


@pytest.mark.parametrize("kind", WAITS)
def test_a_token_that_expires_during_a_wait(astro, runner, dev, connect, deferrable, kind):
    astro.clock = lambda: time.time() - 3600  # so the emulator takes what the client knows has expired
    token = connect(expires_in=1800)
    error = refused(astro, runner, kind, deployment_id=dev, deferrable=deferrable)
    first, second, *rest = error.splitlines()
    assert first.startswith("Connection 'astro_default': The API token expired on ")
    assert first.endswith("Create a new one in Astro, and put it in the connection.")
    assert second.startswith(f"GET /organizations/{astro.organization_id}/deployments")
    assert token not in error
    assert len(runner.triggers) == deferrable
    if kind == "wake up" or deferrable:
        assert rest[-1].startswith(f"The task was waiting for Deployment 'dev' ({dev}). See http")
        assert rest[-1].endswith(f"/deployments/{dev}")


def test_a_token_that_is_revoked_during_a_wait(astro, runner, dev, connect, deferrable):
    connect()
    error = refused(astro, runner, "wake up", deployment_id=dev, deferrable=deferrable)
    assert error.startswith(
        "Connection 'astro_default': Astro refused the token; it may have been revoked or rotated. Put a valid token "
        "in the connection.\nGET "
    )
    assert f"The task was waiting for Deployment 'dev' ({dev})." in error
