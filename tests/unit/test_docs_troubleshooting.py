"""Every message on the troubleshooting page is one that a person can meet."""

from __future__ import annotations

import json
import logging
import re
import sys
from pathlib import Path

import pytest
from airflow.providers.common.compat.sdk import DAG, AirflowException

from astro_provider.errors import AstroError
from astro_provider.hooks.astro import AstroHook
from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator as Create
from astro_provider.operators.deployment import DeleteDeploymentOperator as Delete
from astro_provider.operators.deployment import InspectDeploymentOperator as Inspect
from astro_provider.operators.deployment import UpdateDeploymentFromFileOperator as Update
from astro_provider.sensors.deployment import DeploymentStatusSensor as Sensor
from dev.airflow import free_port

from .running import TEMPLATE

PAGE = Path(__file__).parent.parent.parent / "docs" / "troubleshooting.md"
MESSAGES = re.findall(r"^\*\*`(.+)`\*\*$", PAGE.read_text(), re.MULTILINE)
GOOD = {"template": TEMPLATE, "deployment_name": "new", "environment_variables": {"PASSWORD": "x"}}
NO_WORKSPACE = TEMPLATE.replace("        workspace_name: Development\n", "")


class Person:
    """Somebody who does something wrong, and reads what comes of it."""

    def __init__(self, astro, runner, monkeypatch):
        self.astro, self.runner, self.monkeypatch = astro, runner, monkeypatch

    def connects(self, **fields):
        connection = {**self.astro.connection(), **fields}
        self.monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))

    def tests(self, **fields):
        self.connects(**fields)
        return AstroHook().test_connection()[1]

    def runs(self, operator=Create, **arguments):
        with pytest.raises((AirflowException, AstroError)) as caught:
            self.runner.run(operator, **arguments)
        return str(caught.value)

    def has_a_deployment(self, name="staging"):
        return self.astro.add_deployment(name)

    def loses_a_deployment(self):
        deployment_id = self.has_a_deployment()
        self.astro.set_status(deployment_id, "CREATING")
        waits = self.runner._fire

        def somebody_deletes_it(deferred):
            AstroHook().client.deployments.delete(deployment_id)
            return waits(deferred)

        self.runner._fire = somebody_deletes_it
        return self.runs(Sensor, deployment_id=deployment_id, deferrable=True)

    def waits_in_vain(self):
        deployment_id = self.has_a_deployment()
        self.astro.set_status(deployment_id, "CREATING")
        return self.runs(Sensor, deployment_id=deployment_id, timeout=0.1, deferrable=True)

    def creates_with_a_weak_token(self):
        self.connects(password=self.astro.issue_token("WORKSPACE_MEMBER"))
        return self.runs(**GOOD)

    def creates_twice(self):
        self.has_a_deployment("new")
        return self.runs(**GOOD)

    def renders_native_objects(self):
        dag = DAG("dag", schedule=None, render_template_as_native_obj=True)
        self.monkeypatch.setattr(self.runner, "dag", lambda: dag)
        return self.runs(Delete, deployment_name="{{ '1.10' }}")

    def is_warned(self, operator, **arguments):
        logged = []
        handler = logging.Handler(logging.WARNING)
        handler.emit = lambda record: logged.append(record.getMessage())
        logs = [logging.getLogger(name) for name in ("task", "astro_provider")]
        for log in logs:
            log.addHandler(handler)
        try:
            self.runner.run(operator, **arguments)
        finally:
            for log in logs:
                log.removeHandler(handler)
        return "\n".join(logged)

    def copies_a_file(self, *, source_is_gone=False):
        metadata = {"deployment_id": "clgone0000000000000000001" if source_is_gone else self.has_a_deployment("dev")}
        self.has_a_deployment("prod")
        return {"deployment": {"configuration": {"name": "prod"}, "metadata": metadata}}

    def lacks_the_emulator(self):
        self.monkeypatch.setitem(sys.modules, "uvicorn", None)
        self.monkeypatch.delitem(sys.modules, "astro_provider.emulator.http.server")
        from astro_provider.emulator import Emulator

        with pytest.raises(RuntimeError) as caught, Emulator():
            pass
        return str(caught.value)


WAYS = {
    "There is no Airflow connection": lambda p: p.runs(Inspect, deployment_id="x", astro_conn_id="none"),
    "The connection '…' has no API token": lambda p: p.tests(password=None),
    "The connection '…' has an unknown": lambda p: p.tests(extra={"max_retrys": 3}),
    "The connection '…' has workspace_id": lambda p: p.tests(extra={"workspace_id": "Development"}),
    "This is not an Astro API token": lambda p: p.tests(
        password="hunter2", extra={"organization_id": p.astro.organization_id}
    ),
    "The API token expired": lambda p: p.tests(password=p.astro.issue_token(expires_in=-60)),
    "Astro refused the token": lambda p: p.tests(password=f"{p.astro.token}x"),
    "… would send": lambda p: p.tests(host="http://api.example.com"),
    "The host's path": lambda p: p.tests(host="https://api.astronomer.io/platform/v1beta1"),
    "… could not be reached": lambda p: p.tests(host=f"http://127.0.0.1:{free_port()}"),
    "The connection names": lambda p: p.tests(extra={"organization_id": "clother"}),
    "Deployment '…' in Workspace": lambda p: (
        p.has_a_deployment() and p.runs(Inspect, deployment_name="stagging", workspace="Development")
    ),
    "There is no Workspace": lambda p: p.runs(**GOOD, workspace="Developement"),
    "The Workspace is not known": lambda p: p.runs(**{**GOOD, "template": NO_WORKSPACE}),
    "… was answered 403": Person.creates_with_a_weak_token,
    "… exists already": Person.creates_twice,
    "… is not HEALTHY": Person.waits_in_vain,
    "… vanished": Person.loses_a_deployment,
    "target_statuses": lambda p: p.runs(Sensor, deployment_id=p.has_a_deployment(), target_statuses=["READY"]),
    "…: unknown key": lambda p: p.runs(**{**GOOD, "template": TEMPLATE.replace("executor:", "exekutor:")}),
    "the secret": lambda p: p.runs(template=TEMPLATE, deployment_name="new"),
    "… came out as 'None'": lambda p: p.runs(Delete, deployment_id="{{ none }}", deployment_name="staging"),
    "… came out blank": lambda p: p.runs(Delete, deployment_id="{{ '' }}", deployment_name="staging"),
    "… came out as …, where": Person.renders_native_objects,
    "Neither an id nor a name": lambda p: p.is_warned(Delete, deployment_id="None", if_missing="ignore"),
    "The file's id and name": lambda p: p.runs(Update, deployment_file=p.copies_a_file()),
    "Deployment …, which": lambda p: p.is_warned(Update, deployment_file=p.copies_a_file(source_is_gone=True)),
    "Nothing says which": lambda p: p.runs(Update, deployment_file={"deployment": {"configuration": {}}}),
    "The emulator needs": Person.lacks_the_emulator,
}


@pytest.mark.parametrize("message", MESSAGES)
def test_the_message_is_real(astro, runner, monkeypatch, message):
    for name in ("ASTRO_API_TOKEN", "ASTRO_ORGANIZATION_ID"):
        monkeypatch.delenv(name, raising=False)
    (way,) = [way for words, way in WAYS.items() if message.startswith(words)]
    produced = way(Person(astro, runner, monkeypatch))
    assert re.search(".*".join(map(re.escape, message.split("…"))), produced, re.DOTALL), produced


def test_every_way_is_on_the_page():
    unused = [words for words in WAYS if not any(message.startswith(words) for message in MESSAGES)]
    assert unused == []
