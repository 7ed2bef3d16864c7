"""The sensor in its three ways of waiting."""

from __future__ import annotations

import json
import logging

import pytest
from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
)

from astro_provider.emulator import Emulator
from astro_provider.sensors.deployment import DeploymentStatusSensor
from tests.unit.running import calls


def sense(runner, **arguments):
    arguments = {"poke_interval": 0.01, "timeout": 60, **arguments}
    return runner.run(DeploymentStatusSensor, **arguments)


@pytest.fixture
def deployment_id(astro):
    return astro.add_deployment("staging", status="CREATING")


def test_it_waits_for_the_target_and_returns_the_id(astro, runner, deployment_id, deferrable):
    assert sense(runner, deployment_id=deployment_id, deferrable=deferrable) == deployment_id
    assert runner.ti.xcoms["astro_url"].endswith(deployment_id)


def test_it_finds_a_deployment_by_name(astro, runner, deployment_id, deferrable):
    found = sense(runner, deployment_name="staging", workspace="Development", deferrable=deferrable)
    assert found == deployment_id


def test_a_declared_failure_fails_at_once(astro, runner, deployment_id, deferrable):
    astro.set_status(deployment_id, "UNHEALTHY", reason="the scheduler restarts")
    with pytest.raises(
        AirflowFailException,
        match=rf"restarts\).*; this task counts UNHEALTHY as a failure\. See http.*{deployment_id}",
    ):
        sense(runner, deployment_id=deployment_id, failure_statuses=["UNHEALTHY"], deferrable=deferrable)


def test_a_timeout_is_airflows_own(astro, runner, deployment_id, deferrable):
    astro.set_status(deployment_id, "UNKNOWN")
    with pytest.raises(AirflowSensorTimeout):
        sense(runner, deployment_id=deployment_id, timeout=0.05, deferrable=deferrable)


def test_a_timeout_names_the_deployment_its_last_status_and_where_to_look(astro, runner, deployment_id, deferrable):
    astro.set_status(deployment_id, "UNKNOWN", reason="no heartbeat")
    said = rf"'staging' \({deployment_id}\) had not reached the status HEALTHY.*UNKNOWN \(no heartbeat\).* See https?://.*{deployment_id}"
    for soft_fail, kind in ((False, AirflowSensorTimeout), (True, AirflowSkipException)):
        with pytest.raises(kind, match=said):
            sense(runner, deployment_id=deployment_id, timeout=0.05, soft_fail=soft_fail, deferrable=deferrable)


def test_a_timeout_in_an_outage_names_the_failure(astro, runner, deployment_id):
    astro.fault("GET", "/organizations/*/deployments*", status=503, times=1000)
    with pytest.raises(AirflowSensorTimeout, match=r"Polling Astro failed: GET .*503.*\.\nSensor has timed out"):
        sense(runner, deployment_id=deployment_id, timeout=0.05)


def test_a_name_is_looked_up_once(astro, runner, deployment_id):
    target = {"deployment_name": "staging", "workspace": "Development"}
    assert sense(runner, **target) == deployment_id
    reads = [request.path.rsplit("/", 1)[1] for request in calls(astro, "GET")]
    assert reads[:2] == ["workspaces", "deployments"]
    assert set(reads[2:]) == {deployment_id}


def test_soft_fail_skips(astro, runner, deployment_id, deferrable):
    astro.set_status(deployment_id, "UNKNOWN")
    with pytest.raises(AirflowSkipException):
        sense(runner, deployment_id=deployment_id, timeout=0.05, soft_fail=True, deferrable=deferrable)


def test_an_outage_in_between_does_not_end_it(astro, runner, deployment_id, deferrable):
    astro.fault("GET", "/organizations/*/deployments*", status=503, times=3, skip=1)
    assert sense(runner, deployment_id=deployment_id, deferrable=deferrable) == deployment_id


def test_a_status_that_does_not_exist_is_refused(astro, runner, deployment_id, deferrable):
    with pytest.raises(AirflowFailException, match="'READY'"):
        sense(runner, deployment_id=deployment_id, target_statuses=["{{ 'READY' }}"], deferrable=deferrable)


def test_a_missing_deployment_is_said_so(astro, runner, deferrable):
    with pytest.raises(AirflowFailException, match="'nothing' does not exist"):
        sense(runner, deployment_name="nothing", deferrable=deferrable)


def test_a_misspelt_name_gets_the_nearest_ones(astro, runner, deployment_id):
    with pytest.raises(
        AirflowFailException, match=r"'stagging' does not exist, or this token .*\. Did you mean 'staging'\?"
    ):
        sense(runner, deployment_name="stagging")


@pytest.mark.parametrize("lenient", ["soft_fail", "never_fail"])
@pytest.mark.parametrize(
    "wrong",
    [
        {"deployment_id": None, "deployment_name": "nothing"},
        {"target_statuses": ["{{ 'READY' }}"]},
        {"failure_statuses": ["CREATING"]},  # seen at once
        {"failure_statuses": ["UNHEALTHY"]},  # seen while it waits
    ],
    ids=str,
)
def test_what_would_fail_it_skips_it_where_airflow_sensors_skip(
    astro, runner, deployment_id, deferrable, wrong, lenient
):
    with pytest.raises(AirflowSkipException):
        sense(runner, deferrable=deferrable, **{"deployment_id": deployment_id, lenient: True, **wrong})


def test_never_fail_does_not_hide_a_timeout(astro, runner, deployment_id, deferrable):
    astro.set_status(deployment_id, "UNKNOWN")
    with pytest.raises(AirflowSensorTimeout):
        sense(runner, deployment_id=deployment_id, timeout=0.05, never_fail=True, deferrable=deferrable)


@pytest.mark.parametrize("why", ["Trigger timeout", "Trigger failure"])
def test_a_trigger_that_failed_is_left_to_airflow(why):
    with pytest.raises(AirflowException, match=why):
        DeploymentStatusSensor(task_id="sense", deployment_id="cl1").resume_execution("__fail__", {"error": why}, {})
    lenient = DeploymentStatusSensor(task_id="sense", deployment_id="cl1", soft_fail=True)
    with pytest.raises(AirflowSkipException):
        lenient.resume_execution("__fail__", {"error": why}, {})


def test_without_time_it_polls_once(astro, runner, deployment_id, deferrable):
    astro.set_status(deployment_id, "UNKNOWN")
    with pytest.raises(AirflowSensorTimeout, match="the last status was UNKNOWN"):
        sense(runner, deployment_id=deployment_id, timeout=0, deferrable=deferrable)


def test_a_poke_does_not_say_how_long_it_took_to_poke(astro, runner, deployment_id, caplog):
    caplog.set_level(logging.INFO)
    sense(runner, deployment_id=deployment_id, deferrable=False)
    assert "CREATING (Resources are being provisioned), waiting for HEALTHY" in caplog.text
    assert "0:00:00" not in caplog.text


def test_pokes_that_see_the_same_log_one_line(runner, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    with Emulator(progress="reads:3") as astro:
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(astro.connection()))
        sense(runner, deployment_id=astro.add_deployment("staging", status="CREATING"), deferrable=False)
        assert len(calls(astro, "GET")) == 7
    for status in ("CREATING", "UNHEALTHY"):  # each seen three times
        assert sum(f": {status}" in message for message in caplog.messages) == 1
