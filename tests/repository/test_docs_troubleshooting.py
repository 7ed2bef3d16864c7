"""Every message on the troubleshooting page is one that a person can meet."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

import pytest
import requests

from astro_provider.operators.airflow_objects import CopyAirflowObjectsOperator as Copy
from astro_provider.operators.api_tokens import RotateApiTokenOperator as Rotate
from astro_provider.operators.assets import CreateAssetEventOperator as AssetEvent
from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator as Create
from astro_provider.operators.deployment import DeleteDeploymentOperator as Delete
from astro_provider.operators.deployment import InspectDeploymentOperator as Inspect
from astro_provider.operators.deployment import ListDeploymentsOperator as List
from astro_provider.operators.deployment import UpdateDeploymentFromFileOperator as Update
from astro_provider.operators.deploys import RollbackDeployOperator as Rollback
from astro_provider.sensors.deployment import DeploymentStatusSensor as Sensor
from dev.conditions import free_port
from tests.unit.running import TEMPLATE

from .person import GOOD, Person

PAGE = Path(__file__).parent.parent.parent / "docs" / "troubleshooting.md"
MESSAGES = re.findall(r"^\*\*`(.+)`\*\*$", PAGE.read_text(), re.MULTILINE)
LARGE = "        scheduler_size: LARGE"
NIGHTS = "    hibernation_schedules: [{hibernate_at: 0 20 * * *, wake_at: 0 6 * * *}]\n"
NO_WORKSPACE = TEMPLATE.replace("        workspace_name: Development\n", "")
QUEUE = {"name": "default", "worker_type": "A5"}
TOO_MANY = {"min_worker_count": 12}
REMOTE = {"executor": "ASTRO", "remote_execution": {"enabled": True}, "runtime_version": "3.1-5"}
CLUSTER = {"deployment_type": "DEDICATED", "cluster_name": "dedicated-aws", "cloud_provider": "GCP"}
#: Calls that are answered with 401, and how many of them are not.
AIRFLOW = ("/airflow/*/api/v2/variables", 0)
ASTRO = "/organizations/*/deployments/*"
UNTRUSTED = requests.exceptions.SSLError(ssl.SSLCertVerificationError(1, "self-signed certificate"))


WAYS = {
    "There is no Airflow connection": lambda p: p.runs(Inspect, deployment_id="x", astro_conn_id="none"),
    "Connection '…': … cannot be reached": lambda p: p.finds_no_way_to_astro(p.lists),
    "… is on this machine": lambda p: p.tests(host=f"127.0.0.1:{p.astro.port}"),
    "… presented a TLS": lambda p: p.finds_no_way_to_astro(p.lists, UNTRUSTED),
    "Connection '…': Nothing on": lambda p: p.lists(host=f"http://127.0.0.1:{free_port()}"),
    "Connection '…': … did not return": lambda p: p.lists(drop="after"),
    "Connection '…': Astro's rate": lambda p: p.lists(status=429),
    "… returned 500": lambda p: p.lists(status=500),
    "The connection '…' is of type": lambda p: p.tests(conn_type="postgres"),
    "… is in astro_provider": lambda p: p.imports("astro_provider.operators", Create),
    "No module named": lambda p: p.imports("astro_provider.operators.deployments", Create),
    "… has no argument": lambda p: p.writes(deployment_id="x", wait_for_completion=True),
    "Set deployment_id": lambda p: p.writes(if_missing="ignore"),
    "… is not valid; allowed": lambda p: p.writes(deployment_id="x", if_missing="ignored"),
    "… is …; allowed": lambda p: p.writes(deployment_id=["x"]),
    "This is the task": Person.writes_the_task_itself,
    "Deployment … does": lambda p: p.runs(Inspect, deployment_id="clgone00000000000000000001"),
    "… Deployments are named": lambda p: (
        p.has_a_deployment("twin")
        and p.astro.add_deployment("twin", p.astro.add_workspace("Other"))
        and p.runs(Inspect, deployment_name="twin")
    ),
    "… was not deleted": lambda p: p.runs(Delete, deployment_id=p.has_a_deployment(), require_name_pattern="pr-*"),
    "This task runs in": Person.deletes_its_own_deployment,
    "… is in Workspace": lambda p: (
        p.has_a_deployment() and p.astro.add_workspace("Other") and p.runs(Delete, deployment_name="staging")
    ),
    "The image … is not built": lambda p: p.deploys_an_image(runtime=None),
    "The image … has Astro Runtime": lambda p: p.deploys_an_image(runtime="3.1-1"),
    "The image … is for": lambda p: p.deploys_an_image(platform=("linux", "arm64")),
    "The connection '…' (registry": lambda p: p.deploys_an_image(registry={"conn_type": "docker", "host": "docker.io"}),
    "registry_conn_id": lambda p: p.deploys_an_image(registry={"conn_type": "postgres", "host": "ghcr.io"}),
    "… the registry … refused": lambda p: p.deploys_an_image(
        challenge='Basic realm="acme"', registry={"conn_type": "docker", "host": "ghcr.io"}
    ),
    "… the registry … has no image": lambda p: p.deploys_an_image(challenge='Basic realm="acme"'),
    "… runs Astro Runtime": Person.rolls_back_to_an_older_runtime,
    "'…' is not used, because the file": lambda p: p.is_warned(
        Create, **p.file(cluster_name="production", cloud_provider="AWS", region="us-east-1")
    ),
    "The connection '…' has no API token": lambda p: p.tests(password=None),
    "The connection '…' has a login": lambda p: p.tests(login=p.astro.token, password=None),
    "The connection '…' cannot be read": Person.writes_a_uri_that_airflow_cannot_read,
    "The connection '…' has no usable address": lambda p: p.tests(host="https://api.example.com:8443", port=443),
    "The connection '…' has an unknown key": lambda p: p.tests(extra={"max_retrys": 3}),
    "The connection '…' has workspace_id": lambda p: p.tests(extra={"workspace_id": "Development"}),
    "Connection '…': The token is not": lambda p: p.connects(password="hunter2") or p.runs(Inspect, deployment_id="x"),
    "The API token expired": lambda p: p.tests(password=p.astro.issue_token(expires_in=-60)),
    "Astro refused the token": lambda p: p.tests(password=f"{p.astro.token}x"),
    "… would send": lambda p: p.tests(host="http://api.example.com"),
    "The host's path": lambda p: p.tests(host="https://api.astronomer.io/platform/v1beta1"),
    "… could not be reached": lambda p: p.finds_no_way_to_astro(p.tests),
    "The connection names": lambda p: p.tests(extra={"organization_id": "clother"}),
    "Deployment '…' in Workspace": lambda p: (
        p.has_a_deployment() and p.runs(Inspect, deployment_name="stagging", workspace="Development")
    ),
    "There is no Workspace": lambda p: p.runs(**GOOD, workspace="Developement"),
    "No Workspace was given": lambda p: p.runs(**{**GOOD, "template": NO_WORKSPACE}),
    "… returned 403": Person.creates_with_a_weak_token,
    "… already exists": Person.creates_twice,
    "… had not reached": Person.waits_in_vain,
    "The triggerer's event": Person.resumes_without_an_event,
    "… was deleted while": Person.loses_a_deployment,
    "target_statuses": lambda p: p.writes(Sensor, deployment_id="x", target_statuses=["READY"]),
    "dags_folder='…' has no Python file": lambda p: p.deploys_in_vain(("notes.txt", "x")),
    "… is hibernating. Set": lambda p: p.deploys_in_vain(isDevelopmentMode=True, status="HIBERNATING"),
    "… has DAG deploys disabled": lambda p: p.deploys_in_vain(isDagDeployEnabled=False),
    "… enforces CI/CD": lambda p: p.deploys_in_vain(isCicdEnforced=True, by_a_user=True),
    "… cannot be imported": lambda p: p.deploys_in_vain(("dag_daily.py", "import airflow\ndef dag(")),
    "Deploy … of Deployment": lambda p: p.deploys_in_vain(fails=True),
    "… replaced it": lambda p: p.deploys_in_vain(meanwhile=p.astro.add_deploy),
    "… has no deploy that is": lambda p: p.runs(Rollback, deployment_id=p.has_a_deployment()),
    "… is hibernating": lambda p: p.copies(hibernates=True),
    "… returned 401: … but the token": lambda p: p.copies(refused=[AIRFLOW]),
    "… returned 401: … Astro's own": lambda p: p.copies(refused=[AIRFLOW, (ASTRO, 2)]),
    "… returned 403: … role": lambda p: p.copies(role="WORKSPACE_MEMBER", variables=["region"]),
    "Astro returned": lambda p: p.copies(api_url="https://airflow.example.com/api/v2"),
    "connection '…'": lambda p: p.copies(connections=["warehouse"]),
    "variable '…': … does": lambda p: p.copies(variables=["token"]),
    "variable '…': the API": lambda p: p.copies(variables=["/odd"]),
    "secrets: no connection": lambda p: p.copies(secrets={"warehose": {}}),
    "secrets['…']": lambda p: p.writes(Copy, deployment_id="x", secrets={"warehouse": "hunter2"}),
    "… has no … that matches": Person.copies_nothing,
    "… has no … that match,": lambda p: p.copies(variables=["team_*"], delete_unlisted=True),
    "… not copied": lambda p: p.copies(connections=["odd"], secrets={"odd": {}}, source=2, target=3),
    "The folder": lambda p: p.deploys(folder="dag"),
    "'…' is a link": lambda p: p.deploys(link="/etc/passwd"),
    "PUT …/**** got no response": lambda p: p.deploys(drop="before"),
    "PUT …/**** returned 403": lambda p: p.deploys(status=403),
    "the response names no version": lambda p: p.deploys(status=201),
    "…: no such file": lambda p: p.runs(**{**GOOD, "template": "template.yml"}),
    "…: is not valid YAML…": lambda p: p.runs(**{**GOOD, "template": "deployment: {configuration: {}\n"}),
    "…: must be": lambda p: p.runs(**p.file(executor="CELRY")),
    "…: unknown key…": lambda p: p.runs(**{**GOOD, "template": TEMPLATE.replace("executor:", "exekutor:")}),
    "deployment_type: is missing": lambda p: p.runs(**p.file(deployment_type=None)),
    "cannot be changed": lambda p: p.runs(Update, **p.change(region="eu-west-1")),
    "… is not an Astro Runtime": lambda p: p.runs(**p.file(runtime_version="13.4.0")),
    "… is not a region": lambda p: p.runs(**p.file(region="us-esat-1", cloud_provider="AWS")),
    "… is not used, because": lambda p: p.is_warned(Create, **p.file(**CLUSTER)),
    "is missing; … is sent instead of": lambda p: p.is_warned(Create, **p.file(worker_queues=[{**QUEUE, **TOO_MANY}])),
    "… is more than": lambda p: p.is_warned(Create, **p.file(default_task_pod_cpu="4", resource_quota_cpu="2")),
    "lists no queue": lambda p: p.is_warned(Update, **p.change({"executor": "KUBERNETES"}, executor="CELERY")),
    "must be false with Remote": lambda p: p.runs(**p.file(dag_deploy_enabled=True, **REMOTE)),
    "is not used, because": lambda p: p.is_warned(Create, **p.file(remote_execution={"task_log_bucket": "s3://b"})),
    "may not be available": lambda p: p.is_warned(Create, **p.file(dag_deploy_enabled=False, **REMOTE)),
    "there are no worker queues": lambda p: p.runs(**p.file(executor="KUBERNETES", worker_queues=[QUEUE])),
    "…; it belongs": lambda p: p.runs(
        **{**GOOD, "template": TEMPLATE.replace("    worker_queues:", "        metadata: {}\n    worker_queues:")}
    ),
    "…: unknown key; did": lambda p: p.runs(**p.file(workerQueues=[])),
    "…: is given twice": lambda p: p.runs(**{**GOOD, "template": TEMPLATE.replace("SMALL", f"SMALL\n{LARGE}")}),
    "…: these keys differ": lambda p: p.is_warned(Create, **{**GOOD, "template": TEMPLATE.replace("region", "Region")}),
    "These hibernation schedules": lambda p: p.is_warned(Create, **{**GOOD, "template": TEMPLATE + NIGHTS}),
    "…: is not UTF-8": lambda p: p.runs(**{**GOOD, "template": p.saves("Größe".encode("latin-1"))}),
    "the secret": lambda p: p.runs(template=TEMPLATE, deployment_name="new"),
    "… rendered to 'None'": lambda p: p.runs(Delete, deployment_id="{{ none }}", deployment_name="staging"),
    "… rendered to blank text": lambda p: p.runs(Delete, deployment_id="{{ '' }}", deployment_name="staging"),
    "'ds' is undefined": lambda p: p.renders(conf={"day": "{{ ds }}"}),
    "… rendered to …, but": Person.renders_native_objects,
    "… rendered to …: text": lambda p: p.runs(List, exclude="{{ ['production'] }}"),
    "…: Jinja: an expression gave None": lambda p: p.runs(Delete, deployment_name="pr-{{ none }}"),
    "No id or name": lambda p: p.is_warned(Delete, deployment_id="None", if_missing="ignore"),
    "The file's id and name": lambda p: p.runs(Update, deployment_file=p.copies_a_file()),
    "Deployment …, which": lambda p: p.is_warned(Update, deployment_file=p.copies_a_file(source_is_gone=True)),
    "Nothing says which Deployment to update": lambda p: p.runs(
        Update, deployment_file={"deployment": {"configuration": {}}}
    ),
    "… has no DAG": lambda p: p.triggers(trigger_dag_id="elt"),
    "DAG '…' is paused": lambda p: p.triggers(given={"paused": True}),
    "The run '…'": Person.triggers_what_is_there,
    "No run has": Person.triggers_twice_for_one_date,
    "…: … after": lambda p: p.triggers(order={"failed_tasks": ["task"]}),
    "Nothing was changed": Person.pauses_what_is_not_there,
    "No DAG of": lambda p: p.runs(AssetEvent, deployment_id=p.has_a_deployment(), asset_uri="s3://lake"),
    "store failed": lambda p: p.renews(store=lambda value, token: {}[0]),
    "Astro does not accept": lambda p: p.renews(refused=True),
    "API token … has the role": lambda p: p.renews(1, role="WORKSPACE_OWNER"),
    "… API tokens are named": lambda p: p.renews(2),
    "role='…' is not a role": lambda p: p.renews(role="DEPLOYMENT_ADMIN"),
    "… is the token of this": lambda p: p.runs(Rotate, token_name="emulator", store=print),
    "There is no environment object": lambda p: p.renews(store="token"),
    "…, and Astro cannot change": lambda p: p.sets_an_object(value="v"),
    "The id belongs to": lambda p: p.runs(Inspect, deployment_id=p.has_a_deployment(), deployment_name="production"),
    "… is excluded from": lambda p: p.sets_an_object(links=["staging"]),
    "output_path": lambda p: p.runs(Inspect, deployment_id=p.has_a_deployment(), output_path=f"{PAGE}/staging.yaml"),
    "… would have no Owner left": lambda p: p.grants(
        role="ORGANIZATION_MEMBER", workspace=None, users=[p.astro.users[0]["username"]]
    ),
    "There is no user": lambda p: p.grants(users=["anna@example.com"]),
    "… keeps the role …, because other": lambda p: p.revokes(users=["anna@example.com"]),
    "… keeps the role …, because the token": lambda p: p.revokes(api_tokens=["ci"]),
    "… is the connection's own": lambda p: p.grants(api_tokens=["emulator"]),
    "There would be … removals": lambda p: p.revokes(None, users=["anna@example.com"], everywhere=True, max_removals=1),
    "The members of": lambda p: p.fills_a_team(isIdpManaged=True),
    "SCIM is enabled": lambda p: p.fills_a_team(scim=True),
    "The emulator needs": Person.lacks_the_emulator,
}


@pytest.mark.parametrize("message", MESSAGES)
def test_the_message_is_real(astro, runner, monkeypatch, message):
    for name in ("ASTRO_API_TOKEN", "ASTRO_ORGANIZATION_ID"):
        monkeypatch.delenv(name, raising=False)
    words = max((words for words in WAYS if message.startswith(words)), key=len)
    way = WAYS[words]
    produced = way(Person(astro, runner, monkeypatch))
    assert re.search(".*".join(map(re.escape, message.split("…"))), produced, re.DOTALL), produced


def test_every_way_is_on_the_page():
    unused = [words for words in WAYS if not any(message.startswith(words) for message in MESSAGES)]
    assert unused == []
