"""Somebody who does what the troubleshooting page is about."""

from __future__ import annotations

import json
import logging
import sys

import pytest
import requests
import requests_mock
from airflow.providers.common.compat.sdk import DAG, AirflowException
from jinja2 import UndefinedError

from astro_provider.client import AstroClient
from astro_provider.errors import AstroError
from astro_provider.hooks.astro import AstroHook
from astro_provider.models.deployments import DeploymentState
from astro_provider.operators.access import GrantAccessOperator as Grant
from astro_provider.operators.access import RevokeAccessOperator as Revoke
from astro_provider.operators.airflow_objects import CopyAirflowObjectsOperator as Copy
from astro_provider.operators.api_tokens import RenewApiTokenOperator as Renew
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator as Trigger
from astro_provider.operators.dags import PauseDagsOperator as Pause
from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator as Create
from astro_provider.operators.deployment import DeleteDeploymentOperator as Delete
from astro_provider.operators.deployment import ListDeploymentsOperator as List
from astro_provider.operators.deploys import DeployCodeOperator as Deploy
from astro_provider.operators.deploys import RollbackDeployOperator as Rollback
from astro_provider.operators.environment_objects import SetEnvironmentObjectOperator as SetObject
from astro_provider.operators.teams import SyncTeamMembersOperator as Sync
from astro_provider.sensors.deployment import DeploymentStatusSensor as Sensor
from tests.builders.images import image, layer
from tests.unit.images.registries import FakeRegistry
from tests.unit.running import TEMPLATE

#: Arguments of a create that succeeds.
GOOD = {"template": TEMPLATE, "deployment_name": "new", "environment_variables": {"PASSWORD": "x"}}


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

    def writes_a_uri_that_airflow_cannot_read(self):
        self.monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", "astro://:token@https://api.astronomer.io/v1")
        return AstroHook().test_connection()[1]

    def runs(self, operator=Create, **arguments):
        with pytest.raises((AirflowException, AstroError)) as caught:
            self.runner.run(operator, **arguments)
        return str(caught.value)

    def file(self, *, worker_queues=None, **configuration):
        """Arguments of a create whose file says this."""
        configuration = {"deployment_type": "STANDARD", "workspace_name": "Development"} | configuration
        template = {"configuration": configuration, "worker_queues": worker_queues}
        return {"template": {"deployment": template}, "deployment_name": "new", "wait": False}

    def change(self, present=None, **configuration):
        """Arguments of an update whose file says this."""
        made = self.astro.add_deployment("old", **present or {})
        file = {"deployment": {"configuration": configuration}}
        return {"deployment_file": file, "deployment_id": made, "wait": False}

    def imports(self, module, cls):
        with pytest.raises(ImportError) as caught:
            exec(f"from {module} import {cls.__name__}", {})
        return str(caught.value)

    def finds_no_way_to_astro(self, does, why=requests.exceptions.ConnectTimeout):
        with requests_mock.Mocker() as network:
            network.get(requests_mock.ANY, exc=why)
            return does(host="https://api.example.com")

    def lists(self, host=None, **fault):
        self.connects(extra={"max_retries": 0}, **({"host": host} if host else {}))
        if fault:
            self.astro.fault("GET", "/organizations/*/deployments", **fault)
        return self.runs(List)

    def writes(self, operator=Delete, **arguments):
        """What a DAG file with this task is refused with."""
        with pytest.raises((ValueError, TypeError)) as caught, DAG("dag", schedule=None):
            operator(task_id="task", **arguments)
        return str(caught.value)

    def writes_the_task_itself(self):
        with DAG("dag", schedule=None):
            create = List(task_id="list")
            with pytest.raises(ValueError, match="itself") as caught:
                Delete(task_id="task", deployment_id=create)
        return str(caught.value)

    def deploys_an_image(self, *, runtime="3.1-5", platform=("linux", "amd64"), challenge=None, registry=None):
        """Deploy an image of a registry to a Deployment that runs Astro Runtime 3.1-5."""
        made = self.astro.add_deployment("reporting", astroRuntimeVersion="3.1-5")
        self.monkeypatch.setattr(self.astro, "image_repository", "images.astronomer.cloud/{}".format)
        if registry:
            self.monkeypatch.setenv("AIRFLOW_CONN_ACME", json.dumps({"password": "x", "login": "bot", **registry}))
        with requests_mock.Mocker(real_http=True) as network:
            ghcr = FakeRegistry(network, "ghcr.io", challenge=challenge, accepts="nobody's" if challenge else None)
            ghcr.add(image(layer("base"), runtime=runtime, platform=platform), "1.2")
            arguments = {"registry_conn_id": "acme"} if registry else {}
            return self.runs(Deploy, image="ghcr.io/acme/astro:1.2", deployment_id=made, git=None, **arguments)

    def rolls_back_to_an_older_runtime(self):
        made = self.astro.add_deployment("reporting", astroRuntimeVersion="3.1-5")
        for runtime in ("3.1-1", "3.1-5"):
            self.astro.add_deploy(made, {"dags/a.py": runtime.encode()}, astroRuntimeVersion=runtime)
        return self.runs(Rollback, deployment_id=made)

    def has_a_deployment(self, name="staging"):
        return self.astro.add_deployment(name)

    def deletes_its_own_deployment(self):
        own = self.has_a_deployment()
        self.monkeypatch.setenv("ASTRO_DEPLOYMENT_ID", own)
        return self.runs(Delete, deployment_id=own)

    def loses_a_deployment(self):
        deployment_id = self.has_a_deployment()
        self.astro.set_status(deployment_id, "CREATING")
        waits = self.runner._fire

        def somebody_deletes_it(deferred):
            AstroHook().client.deployments.delete(deployment_id)
            return waits(deferred)

        self.runner._fire = somebody_deletes_it
        return self.runs(Sensor, deployment_id=deployment_id, deferrable=True)

    def copies(
        self, *, hibernates=False, refused=(), role=None, api_url=None, source=3, target=2, variables=None, **arguments
    ):
        runtimes = {2: "13.2.0", 3: "3.3-2"}
        here, there = (
            self.astro.add_deployment(name, astroRuntimeVersion=runtimes[major])
            for name, major in (("source", source), ("target", target))
        )
        self.astro.add_airflow_connection(here, "warehouse", conn_type="postgres", password="hunter2")
        self.astro.add_airflow_connection(here, "odd", conn_type="http", extra="not json")
        for key in ("region", "token", "/odd"):
            self.astro.add_airflow_variable(here, key, "new")
        for key in ("/odd", "team_old"):
            self.astro.add_airflow_variable(there, key, "old")
        if hibernates:
            self.astro.set_status(there, "HIBERNATING")
        for path, skip in refused:
            self.astro.fault("GET", path, status=401, body="", skip=skip, times=9)
        if role:
            self.connects(password=self.astro.issue_token(role))
        if api_url:
            self.monkeypatch.setattr(DeploymentState, "airflow_api_url", api_url)
        asked = {"connections": None, "variables": variables, "pools": None, **arguments}
        if not variables and "connections" not in arguments:
            asked["variables"] = ["region"]
        return self.runs(Copy, source_deployment_id=here, deployment_id=there, **asked)

    def copies_nothing(self):
        here, there = self.astro.add_deployment("source"), self.astro.add_deployment("target")
        return self.is_warned(Copy, source_deployment_id=here, deployment_id=there, variables="team_*")

    def deploys_in_vain(self, *files, fails=False, by_a_user=False, meanwhile=None, **deployment):
        folder = self.runner.dag_folder / "dags"
        folder.mkdir()
        for name, text in files or [("daily.py", "x = 1")]:
            (folder / name).write_text(text)
        deployment_id = self.astro.add_deployment("reporting", **deployment)
        self.astro.fail_deploys(deployment_id, int(fails))
        if by_a_user:
            token = self.astro.issue_token("WORKSPACE_AUTHOR", is_user=True)
            self.connects(password=token, extra={"organization_id": self.astro.organization_id})
        waits = self.runner._fire

        def something_happens(deferred):
            meanwhile(deployment_id)
            return waits(deferred)

        if meanwhile:
            self.runner._fire = something_happens
        arguments = {"dags_folder": str(folder), "deployment_id": deployment_id, "poll_interval": 0.05}
        return self.runs(Deploy, **arguments, deferrable=True)

    def deploys(self, *, link=None, times=9, folder="dags", **fault):
        (self.runner.dag_folder / "dags").mkdir()
        (self.runner.dag_folder / "dags" / "a.py").write_text("import airflow")
        if link:
            (self.runner.dag_folder / "dags" / "link.py").symlink_to(link)
        if fault:
            self.astro.fault("PUT", "/uploads/*", times=times, **fault)
        return self.runs(Deploy, dags_folder=folder, deployment_id=self.has_a_deployment(), git=None)

    def waits_in_vain(self):
        deployment_id = self.has_a_deployment()
        self.astro.set_status(deployment_id, "CREATING")
        return self.runs(Sensor, deployment_id=deployment_id, timeout=0.1, deferrable=True)

    def resumes_without_an_event(self):
        with pytest.raises(AirflowException) as caught:
            Sensor(task_id="sense", deployment_id="cl1").execute_complete({}, event=None)
        return str(caught.value)

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

    def saves(self, data):
        path = self.runner.dag_folder / "file.yaml"
        path.write_bytes(data)
        return str(path)

    def has_a_dag(self, **fields):
        """Arguments of a task about the DAG ``etl`` of another Deployment."""
        made = self.has_a_deployment("sales")
        self.astro.add_dag(made, "etl", **fields)
        self.sales = made
        return {"deployment_id": made, "trigger_dag_id": "etl"}

    def triggers(self, *, given=None, order=None, **arguments):
        task = {**self.has_a_dag(**(given or {})), **arguments}
        if order:
            self.astro.order_dag_runs(self.sales, "etl", **order)
        return self.runs(Trigger, **task)

    def renders(self, **arguments):
        """What a template fails with in a run without a logical date."""
        with pytest.raises(UndefinedError) as caught:
            self.runner.run(Trigger, **self.has_a_dag(), **arguments)
        return str(caught.value)

    def triggers_what_is_there(self):
        task = self.has_a_dag()
        self.astro.add_dag_run(self.sales, "etl", "nightly")
        return self.runs(Trigger, **task, trigger_run_id="nightly", if_exists="fail")

    def triggers_twice_for_one_date(self):
        task = {**self.has_a_dag(), "logical_date": "2026-11-20", "wait": False}
        self.runner.run(Trigger, **task, trigger_run_id="first")
        return self.runs(Trigger, **task, trigger_run_id="second")

    def pauses_what_is_not_there(self):
        self.has_a_dag()
        return self.runs(Pause, deployment_id=self.sales, dag_ids=["elt"])

    def renews(self, issued=0, store=lambda value, token: None, refused=False, **arguments):
        """Renew a token of which there are some that expire soon."""
        for _ in range(issued):
            self.astro.issue_token("WORKSPACE_AUTHOR", name="ci", expires_in=86400)
        if refused:
            self.astro.fault("GET", "/organizations/*/tokens/*", status=401, times=99)
            self.monkeypatch.setitem(AstroClient.__init__.__kwdefaults__, "sleep", lambda _: None)
        defaults = {"token_name": "ci", "role": "WORKSPACE_AUTHOR", "workspace": "Development", "store": store}
        return self.runs(Renew, **{**defaults, **arguments})

    def sets_an_object(self, links=(), **arguments):
        """Set a Workspace's variable that is no secret, and is kept from a Deployment."""
        deployment = self.has_a_deployment()
        fields = {"airflowVariable": {"value": "v", "isSecret": False}}
        fields["excludeLinks"] = [{"scope": "DEPLOYMENT", "scopeEntityId": deployment}]
        self.astro.add_environment_object("token", "AIRFLOW_VARIABLE", "WORKSPACE", self.astro.workspace_id, **fields)
        place = {"object_type": "AIRFLOW_VARIABLE", "workspace": "Development"}
        return self.runs(SetObject, key="token", link_to=links, **place, **arguments)

    def grants(self, **arguments):
        return self.runs(Grant, **{"role": "WORKSPACE_AUTHOR", "workspace": "Development", **arguments})

    def revokes(self, where="Development", **arguments):
        """Take a role from a user who has some in a Deployment, too, and from a token of the Workspace."""
        deployment = self.has_a_deployment()
        roles = {
            "workspaceRoles": [{"workspaceId": self.astro.workspace_id, "role": "WORKSPACE_AUTHOR"}],
            "deploymentRoles": [{"deploymentId": deployment, "role": "DEPLOYMENT_ADMIN"}],
        }
        self.astro.add_user("anna@example.com", **roles)
        self.astro.issue_token("WORKSPACE_AUTHOR", name="ci")
        return self.runs(Revoke, workspace=where, **arguments)

    def fills_a_team(self, *, scim=False, **fields):
        self.astro.add_user("anna@example.com")
        self.astro.add_team("Analysts", **fields)
        organization = self.astro.store.all("organization")[0]
        self.astro.store.put("organization", {**organization, "isScimEnabled": scim})
        return self.runs(Sync, team="Analysts", members=["anna@example.com"])

    def lacks_the_emulator(self):
        self.monkeypatch.setitem(sys.modules, "uvicorn", None)
        self.monkeypatch.delitem(sys.modules, "astro_provider.emulator.http.server")
        from astro_provider.emulator import Emulator

        with pytest.raises(RuntimeError) as caught, Emulator():
            pass
        return str(caught.value)
