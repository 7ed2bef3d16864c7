"""Deployments: from a request body to the stored document, and from that to what the API shows."""

from __future__ import annotations

from typing import Any

from astro_provider.emulator.core.problems import invalid
from astro_provider.emulator.resources.deployment_options import CONCURRENCY, MACHINES, RUNTIMES, SCHEDULERS
from astro_provider.emulator.resources.hibernation import shown_status
from astro_provider.emulator.seeds import ORGANIZATION_ID, fixed_id, moment, new_id
from astro_provider.emulator.validation import AMOUNTS, check_amounts

SUBJECT = {"id": fixed_id("token"), "subjectType": "SERVICEKEY", "apiTokenName": "emulator"}
#: Request fields that are stored under their own names.
PLAIN = (
    "name",
    "description",
    "executor",
    "contactEmails",
    "isCicdEnforced",
    "isDagDeployEnabled",
    "isHighAvailability",
    "isDevelopmentMode",
    "schedulerSize",
    "defaultTaskPodCpu",
    "defaultTaskPodMemory",
    "resourceQuotaCpu",
    "resourceQuotaMemory",
    "taskPodNodePoolId",
    "cloudProvider",
    "region",
    "clusterId",
)


def new_deployment(body: dict[str, Any], workspace: dict[str, Any], cluster: dict[str, Any] | None) -> dict[str, Any]:
    """Return the stored document for a create body that passed validation.

    :param body: The request's JSON.
    :param workspace: Its Workspace.
    :param cluster: Its cluster, where it names one.
    """
    deployment_id = new_id()
    kind = body.get("type", "STANDARD")
    runtime = body.get("astroRuntimeVersion") or RUNTIMES[0][0]
    host = f"{ORGANIZATION_ID}.astronomer.run/{deployment_id[-8:]}"
    now = moment()
    document: dict[str, Any] = {
        "id": deployment_id,
        "organizationId": ORGANIZATION_ID,
        "workspaceId": workspace["id"],
        "workspaceName": workspace["name"],
        "type": kind,
        "namespace": f"emulated-{deployment_id[-8:]}",
        "createdAt": now,
        "createdBy": SUBJECT,
        "astroRuntimeVersion": runtime,
        "runtimeVersion": runtime,
        "airflowVersion": dict(RUNTIMES).get(runtime, "NA"),
        "imageRepository": f"images.astronomer.cloud/{ORGANIZATION_ID}/{deployment_id}",
        "imageTag": runtime,
        "apiUrl": f"https://{host}/api/v2",
        "uiUrl": f"https://{host}?orgId=org_emulated",
        "webServerAirflowApiUrl": f"{host}/api/v2",
        "webServerUrl": f"{host}?orgId=org_emulated",
        "webServerIngressHostname": host,
        "webServerCpu": "1000m",
        "webServerMemory": "2Gi",
        "webServerReplicas": 1,
        "isCicdEnforced": workspace["cicdEnforcedDefault"],
        "isDagDeployEnabled": kind != "HYBRID",
        "executor": "CELERY",
        "environmentVariables": [],
        "contactEmails": [],
    }
    document |= _place(body, kind, workspace, cluster)
    document |= _defaults(body, kind)
    document |= _identity(document)
    if body.get("executor") != "KUBERNETES" and "workerQueues" not in body and not is_remote(body):
        machine = {"nodePoolId": _pool(cluster)} if kind == "HYBRID" else {"astroMachine": "A5"}
        counts = {"maxWorkerCount": 10, "minWorkerCount": 0, "workerConcurrency": 5}
        body = {**body, "workerQueues": [{"name": "default", "isDefault": True, **counts, **machine}]}
    return change(document, body, cluster)


def _place(
    body: dict[str, Any], kind: str, workspace: dict[str, Any], cluster: dict[str, Any] | None
) -> dict[str, Any]:
    if cluster is not None:
        place = {"cloudProvider": cluster["cloudProvider"], "region": cluster["region"]}
        # A STANDARD Deployment shows no cluster even where it was placed by one.
        return place if kind == "STANDARD" else {**place, "clusterId": cluster["id"], "clusterName": cluster["name"]}
    provider, region = body.get("cloudProvider"), body.get("region")
    if bool(provider) != bool(region):
        raise invalid("cloudProvider and region belong together")
    return {
        "cloudProvider": provider or workspace.get("defaultCloudProvider") or "AWS",
        "region": region or workspace.get("defaultRegion") or "us-east-1",
    }


def _identity(document: dict[str, Any]) -> dict[str, str]:
    """Return the workload identity that Astro gives to a Deployment; there is none on Azure."""
    name = f"astro-{document['namespace']}"
    if document["type"] == "HYBRID" and document["cloudProvider"] == "AWS":
        name = f"AirflowS3Logs-{document['clusterId']}"
    defaults = {"AWS": f"arn:aws:iam::123456789012:role/{name}", "GCP": f"{name[:30]}@emulated.iam.gserviceaccount.com"}
    found = defaults.get(document["cloudProvider"])
    return {"effectiveWorkloadIdentity": found} if found else {}


def _defaults(body: dict[str, Any], kind: str) -> dict[str, Any]:
    if kind == "HYBRID":
        return {"schedulerAu": 5, "schedulerReplicas": 1, "schedulerCpu": "500m", "schedulerMemory": "1920Mi"}
    size: dict[str, Any] = {"schedulerSize": "SMALL", "isHighAvailability": False, "isDevelopmentMode": False}
    if is_remote(body):
        return size
    pods = {"defaultTaskPodCpu": "0.25", "defaultTaskPodMemory": "0.5Gi"}
    return {**size, **pods, "resourceQuotaCpu": "10", "resourceQuotaMemory": "20Gi"}


def change(stored: dict[str, Any], body: dict[str, Any], cluster: dict[str, Any] | None) -> dict[str, Any]:
    """Return the stored document after a create or update body.

    :param stored: The document before.
    :param body: The request's JSON.
    :param cluster: Its cluster, where it has one.
    """
    check_amounts(body)
    document = {**stored, "updatedAt": moment(), "updatedBy": SUBJECT}
    document |= {name: body[name] for name in PLAIN if name in body and name not in {"cloudProvider", "clusterId"}}
    if "environmentVariables" in body:
        document["environmentVariables"] = _variables(body["environmentVariables"], stored["environmentVariables"])
    if body.get("workloadIdentity"):
        document["effectiveWorkloadIdentity"] = body["workloadIdentity"]
    _scheduler(document, body)
    _remote(document, body)
    _scaling(document, body)
    if document["executor"] == "KUBERNETES":
        if body.get("workerQueues"):
            raise invalid("worker queues are not supported with the KUBERNETES executor")
        document["workerQueues"] = []
    elif "workerQueues" in body:
        document["workerQueues"] = _queues(body["workerQueues"], stored.get("workerQueues", []), document, cluster)
    return document


def is_remote(body: dict[str, Any]) -> bool:
    """Whether Remote Execution is on.

    :param body: A request's JSON, or a stored document.
    """
    return bool((body.get("remoteExecution") or {}).get("enabled"))


def _scheduler(document: dict[str, Any], body: dict[str, Any]) -> None:
    if document["type"] == "HYBRID":
        wanted = body.get("scheduler") or {}
        document["schedulerAu"] = wanted.get("au", document["schedulerAu"])
        document["schedulerReplicas"] = wanted.get("replicas", document["schedulerReplicas"])
        return
    cpu, memory = SCHEDULERS[document["schedulerSize"]]
    replicas = 2 if document["isHighAvailability"] else 1
    document |= {"schedulerCpu": cpu, "schedulerMemory": memory, "schedulerReplicas": replicas}


def _remote(document: dict[str, Any], body: dict[str, Any]) -> None:
    wanted = body.get("remoteExecution")
    if wanted is None:
        return
    if wanted["enabled"] and document["executor"] != "ASTRO":
        raise invalid("remote execution needs the ASTRO executor")
    if not wanted["enabled"] and not body.get("workerQueues"):
        raise invalid("worker queues are required")
    if wanted["enabled"]:
        for name in AMOUNTS:  # its agents decide
            document.pop(name, None)
    document["remoteExecution"] = {
        "allowedIpAddressRanges": [],
        **(document.get("remoteExecution") or {}),
        **wanted,
        "remoteApiUrl": f"https://{document['webServerIngressHostname']}".replace(
            ".astronomer.run", ".external.astronomer.run"
        ),
    }


def _scaling(document: dict[str, Any], body: dict[str, Any]) -> None:
    if body.get("isDevelopmentMode") and "status" in document and not document.get("_was_development"):
        raise invalid("development mode cannot be switched on for an existing Deployment")
    document["_was_development"] = bool(document.get("isDevelopmentMode"))
    if "scalingSpec" not in body:
        return
    if not document.get("isDevelopmentMode"):
        raise invalid("a hibernation spec is for development Deployments only")
    spec = (body["scalingSpec"] or {}).get("hibernationSpec") or {}
    shown: dict[str, Any] = {}
    if spec.get("schedules"):
        shown["schedules"] = spec["schedules"]
    if spec.get("override"):
        shown["override"] = {**spec["override"], "isActive": True}
    document["scalingSpec"] = {"hibernationSpec": shown}


def _variables(wanted: list[dict[str, Any]], stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A full replacement; only a secret without a value keeps the one it has."""
    before = {entry["key"]: entry for entry in stored}
    result: dict[str, dict[str, Any]] = {}
    for number, entry in enumerate(wanted):
        key, old = entry["key"], before.get(entry["key"])
        at = f"environmentVariables[{number}]"
        if key in result:
            raise invalid(f"environment variable {key} is given twice", (f"{at}.key", "unique", "must be unique"))
        if old and old["isSecret"] and not entry["isSecret"]:
            raise invalid(f"secret {key} cannot be made public", (f"{at}.isSecret", "secret", "cannot be undone"))
        value = entry.get("value")
        if value is None:
            if not (entry["isSecret"] and old and old["isSecret"]):
                raise invalid(f"environment variable {key} has no value", (f"{at}.value", "required", "is required"))
            result[key] = old
        else:
            result[key] = {"key": key, "value": value, "isSecret": entry["isSecret"], "updatedAt": moment()}
    return list(result.values())


def _queues(
    wanted: list[dict[str, Any]], stored: list[dict[str, Any]], document: dict[str, Any], cluster: dict[str, Any] | None
) -> list[dict[str, Any]]:
    """A full replacement; a queue goes on by its id, else by its name."""
    names = [queue["name"] for queue in wanted]
    if len(set(names)) < len(names):
        raise invalid("worker queue names must be unique", ("workerQueues", "unique", "must be unique"))
    if [queue["name"] for queue in wanted if queue["isDefault"]] != ["default"]:
        raise invalid("exactly one worker queue named default must be the default queue")
    known = {queue["id"]: queue for queue in stored} | {queue["name"]: queue for queue in stored}
    return [_queue(queue, known, document, cluster) for queue in wanted]


def _queue(
    queue: dict[str, Any], known: dict[str, dict[str, Any]], document: dict[str, Any], cluster: dict[str, Any] | None
) -> dict[str, Any]:
    if queue.get("id") is not None and queue["id"] not in known:
        raise invalid(f"worker queue {queue['id']!r} does not exist", ("workerQueues.id", "exists", "unknown id"))
    old = known.get(queue.get("id") or queue["name"])
    if queue["minWorkerCount"] > queue["maxWorkerCount"]:
        raise invalid(f"queue {queue['name']}: minWorkerCount is above maxWorkerCount")
    if document["type"] == "HYBRID":
        pool = queue.get("nodePoolId")
        if pool not in [p["id"] for p in (cluster or {}).get("nodePools", [])]:
            raise invalid(f"queue {queue['name']}: node pool {pool!r} is not in the cluster")
        ceiling = CONCURRENCY["ceiling"]
    else:
        if not queue.get("astroMachine"):
            raise invalid(f"queue {queue['name']}: astroMachine is required")
        ceiling = MACHINES[queue["astroMachine"]]
    if queue["workerConcurrency"] > ceiling or queue["maxWorkerCount"] > 30:
        raise invalid(f"queue {queue['name']}: limits are workerConcurrency {ceiling} and maxWorkerCount 30")
    pods = {"podCpu": "1", "podMemory": "2Gi"}
    return {**pods, **queue, "id": old["id"] if old else new_id()}


def _pool(cluster: dict[str, Any] | None) -> str:
    return str((cluster or {"nodePools": [{"id": ""}]})["nodePools"][0]["id"])


def shown(document: dict[str, Any]) -> dict[str, Any]:
    """Return a stored document as the API answers it: nothing internal, no secret's value.

    :param document: The stored document.
    """
    answer = {name: value for name, value in document.items() if not name.startswith("_")}
    answer["environmentVariables"] = [
        {name: value for name, value in entry.items() if not (entry["isSecret"] and name == "value")}
        for entry in document["environmentVariables"]
    ]
    if document.get("isDevelopmentMode"):
        answer["scalingStatus"] = {"hibernationStatus": shown_status(document)}
    return answer
