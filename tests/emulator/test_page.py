"""The emulator's page says what it does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from astro_provider.emulator import __main__ as program
from astro_provider.emulator.resources import RESOURCES
from astro_provider.emulator.state import VARIANTS
from tests.emulator.calls import AMOUNTS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "emulator.md").read_text(encoding="utf-8")
DIFFERENCES = re.findall(r"^\| (stricter|laxer|silent) \| (.*) \|$", PAGE, re.MULTILINE)


def test_every_option_has_its_row():
    options = {text for action in program._parser()._actions for text in action.option_strings} - {"-h", "--help"}
    assert set(re.findall(r"^\| `(--[a-z-]+)", PAGE, re.MULTILINE)) == options


def test_every_operation_that_is_emulated_is_listed():
    rows = re.findall(r"^\| `([^`]+)` \| ([A-Z, ]+) \|$", PAGE, re.MULTILINE)
    listed = {
        (method, path.replace("…", "/organizations/{organizationId}"))
        for path, methods in rows
        for method in methods.split(", ")
    }
    assert listed == {(route.method, route.path) for resource in RESOURCES for route in resource.routes}


def test_every_variant_has_its_row():
    assert re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| [^|]+ \|$", PAGE, re.MULTILINE) == sorted(VARIANTS)


def remote(**settings):
    return {"executor": "ASTRO", "isDagDeployEnabled": False, "remoteExecution": {"enabled": True, **settings}}


def body(astro, **changes):
    made = {"name": "n", "workspaceId": astro.workspace_id, "type": "STANDARD", **AMOUNTS, **changes}
    return {name: value for name, value in made.items() if not ("remoteExecution" in changes and name in AMOUNTS)}


def of_a_cluster_for_others(astro):
    cluster = astro.add_cluster("theirs", workspace_ids=[astro.add_workspace("Theirs")])
    return body(astro, type="DEDICATED", clusterId=cluster)


def queue_named(name):
    counts = {"maxWorkerCount": 1, "minWorkerCount": 0, "workerConcurrency": 1, "astroMachine": "A5"}
    return {"name": name, "isDefault": name == "default", **counts}


#: Beginning of a row -> bodies of creates that show it.
SHOWN = {
    "A field that": [lambda astro: body(astro, color="red")],
    "Regions and": [
        lambda astro: body(astro, cloudProvider="AWS", region="us-gov-west-1"),
        lambda astro: body(astro, astroRuntimeVersion="99.0-1"),
    ],
    "A queue's name": [lambda astro: body(astro, workerQueues=[queue_named("default"), queue_named("a_b")])],
    "Remote Execution": [lambda astro: body(astro, **remote())],
    "Development mode": [
        lambda astro: body(astro, isDevelopmentMode=True, isHighAvailability=True, schedulerSize="EXTRA_LARGE")
    ],
    "Pod sizes": [lambda astro: body(astro, resourceQuotaCpu="99999", resourceQuotaMemory="199998Gi")],
    "Every Workspace can": [of_a_cluster_for_others],
    "IP address ranges": [
        lambda astro: body(astro, workloadIdentity="x", **remote(allowedIpAddressRanges=["x"], taskLogBucket="x"))
    ],
}


def version_of_another(call, astro):
    there, here = astro.add_deployment("there"), astro.add_deployment("here")
    version = call("GET", f"/deployments/{there}/deploys/{astro.add_deploy(there)}").json()["dagTarballVersion"]
    return [finalized(call, here, dagTarballVersion=version)]


def finalized(call, deployment, sleeps=None, **body):
    rest = f"/deployments/{deployment}/deploys"
    made = call("POST", rest, {"type": "IMAGE_AND_DAG"}).json()
    if sleeps:
        sleeps.set_status(deployment, "HIBERNATING")
    return call("POST", f"{rest}/{made['id']}/finalize", body)


def switched(call, astro):
    made = call("POST", "/deployments", body(astro, isDagDeployEnabled=False)).json()
    counts = {"maxWorkerCount": 1, "minWorkerCount": 0, "workerConcurrency": 1, "astroMachine": "A5"}
    known = {name: made[name] for name in (*AMOUNTS, "isHighAvailability", "schedulerSize", "isDevelopmentMode")}
    change = {
        **known,
        "name": "n",
        "type": "STANDARD",
        "executor": "CELERY",
        "contactEmails": [],
        "isCicdEnforced": True,
    }
    change |= {"workerQueues": [{"name": "default", "isDefault": True, **counts}], "environmentVariables": []}
    rest = f"/deployments/{made['id']}"
    change["workspaceId"] = astro.workspace_id
    return [call("POST", rest, {**change, "isDagDeployEnabled": is_on}) for is_on in (True, False)]


def back_to_any(call, astro):
    deployment = astro.add_deployment("one")
    old = astro.add_deploy(deployment, astroRuntimeVersion="4.0.0", createdAt="2020-01-01T00:00:00Z")
    astro.add_deploy(deployment)
    return [call("POST", f"/deployments/{deployment}/deploys/{old}/rollback", {})]


def without_dag_deploys(call, astro):
    deployment = astro.add_deployment("one", isDagDeployEnabled=False)
    return [call("POST", f"/deployments/{deployment}/deploys", {"type": kind}) for kind in ("DAG_ONLY", "IMAGE_ONLY")]


def of_nonsense(call, astro):
    deployment = astro.add_deployment("one")
    version = astro.uploads.add(deployment, b"nonsense")
    return [finalized(call, deployment, dagTarballVersion=version)]


#: Beginning of a row -> calls that show it.
CALLS = {
    "`X-API-Version`": lambda call, astro: [call("GET", "/deployments", version="1.1")],
    "A deploy can be": version_of_another,
    "With DAG deploys": without_dag_deploys,
    "A deploy cannot be": lambda call, astro: [
        finalized(call, astro.add_deployment("one"), astro, dagTarballVersion="")
    ],
    "The contents": of_nonsense,
    "DAG deploys can": switched,
    "A rollback": back_to_any,
}


@pytest.mark.parametrize(("word", "row"), [row for row in DIFFERENCES if row[0] != "silent"])
def test_a_difference_is_as_the_page_says(call, astro, word, row):
    if calls := [calls for beginning, calls in CALLS.items() if row.startswith(beginning)]:
        answers = calls[0](call, astro)
    else:
        (bodies,) = [bodies for beginning, bodies in SHOWN.items() if row.startswith(beginning)]
        answers = [call("POST", "/deployments", {**make(astro), "name": str(n)}) for n, make in enumerate(bodies)]
    assert {answer.status_code for answer in answers} == {400 if word == "stricter" else 200}


def test_schedules_put_nothing_to_sleep(call, astro):
    always = {"hibernateAtCron": "* * * * *", "wakeAtCron": "0 0 1 1 *", "isEnabled": True}
    spec = {"hibernationSpec": {"schedules": [always]}}
    made = call("POST", "/deployments", body(astro, isDevelopmentMode=True, scalingSpec=spec)).json()
    assert call("GET", f"/deployments/{made['id']}").json()["status"] == "HEALTHY"
