"""Links show what a task stored, and nothing where it stored nothing."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider import links
from astro_provider.operators.deployment import InspectDeploymentOperator, WakeUpDeploymentOperator
from astro_provider.sensors.deployment import DeploymentStatusSensor

LINKS = (links.OpenInAstroLink(), links.OpenAirflowLink())


@pytest.fixture
def asked(monkeypatch):
    """The keys of the XComs that links asked for."""
    asked = []
    monkeypatch.setattr(links.XCom, "get_value", lambda *, ti_key, key: asked.append(key))
    return asked


@pytest.mark.parametrize("link", [links.OpenInAstroLink(), links.OpenAirflowLink()], ids=lambda link: link.name)
@pytest.mark.parametrize(("stored", "shown"), [("https://x", "https://x"), (None, "")])
def test_a_link_is_what_the_task_stored(monkeypatch, link, stored, shown):
    monkeypatch.setattr(links.XCom, "get_value", lambda *, ti_key, key: stored if key == link.xcom_key else "other")
    # Airflow 3 stores this very text when the task ends: "None" would become a button.
    assert link.get_link(None, ti_key=None) == shown


@pytest.mark.parametrize("task", [InspectDeploymentOperator, DeploymentStatusSensor])
def test_a_task_that_stored_nothing_asks_for_nothing(astro, runner, asked, task):
    with pytest.raises(AirflowFailException):
        runner.run(task, deployment_name="nothing", workspace="Development")
    assert [link.get_link(runner.operator, ti_key=None) for link in LINKS] == ["", ""]
    assert asked == []  # Airflow 3 would log an error for each


@pytest.mark.parametrize("task", [InspectDeploymentOperator, DeploymentStatusSensor])
def test_a_task_knows_what_it_stored(astro, runner, asked, task):
    astro.add_deployment("staging")
    runner.run(task, deployment_name="staging", workspace="Development")
    xcoms = runner.ti.xcoms
    addresses = [link.get_link(runner.operator, ti_key=None) for link in LINKS]
    assert addresses == [xcoms["astro_url"], xcoms["webserver_url"]]
    assert asked == []


def test_after_a_wait_in_the_triggerer_the_links_are_what_was_stored_before(astro, runner, asked):
    made = astro.add_deployment("standby", isDevelopmentMode=True, status="HIBERNATING")
    runner.run(WakeUpDeploymentOperator, deployment_id=made, wait=True, deferrable=True)
    assert len(runner.triggers) == 1
    assert [link.get_link(runner.operator, ti_key=None) for link in LINKS] == ["", ""]
    assert asked == ["astro_url", "webserver_url"]


@pytest.mark.skipif(
    version("apache-airflow").startswith("2."), reason="Airflow 2.11 asks its database for the first look"
)
def test_a_rescheduled_sensor_asks_for_what_an_earlier_look_stored(astro, runner, asked):
    runner.ti.get_first_reschedule_date = lambda context: None
    with pytest.raises(AirflowFailException):
        runner.run(DeploymentStatusSensor, deployment_name="nothing", workspace="Development", mode="reschedule")
    assert [link.get_link(runner.operator, ti_key=None) for link in LINKS] == ["", ""]
    assert asked == ["astro_url", "webserver_url"]
