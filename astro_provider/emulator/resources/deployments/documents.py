"""From a request's body to the stored Deployment, and from that to what the API shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.ids import ORGANIZATION_ID, new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.problems import Complaint, invalid_fields
from astro_provider.emulator.resources.deployment_options import RUNTIMES, SCHEDULERS, runs_airflow_3
from astro_provider.emulator.resources.deployments.code import VERSIONS
from astro_provider.emulator.resources.deployments.hibernation import shown_status
from astro_provider.emulator.resources.deployments.queues import arranged, default_queue, first_pool
from astro_provider.emulator.resources.deployments.rules import AMOUNTS, is_remote

if TYPE_CHECKING:
    from astro_provider.emulator.state import State

Document = dict[str, Any]
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
    *AMOUNTS,
    "taskPodNodePoolId",
)


def new_deployment(body: Document, workspace: Document, cluster: Document | None, subject: Document) -> Document:
    """Return the stored Deployment for the body of a create.

    :param body: The body, checked.
    :param workspace: Its Workspace.
    :param cluster: Its cluster, if it names one.
    :param subject: Who makes it.
    """
    deployment_id = new_id()
    kind = body["type"]
    runtime = body.get("astroRuntimeVersion") or next(iter(RUNTIMES))
    document: Document = {
        "id": deployment_id,
        "organizationId": ORGANIZATION_ID,
        "workspaceId": workspace["id"],
        "workspaceName": workspace["name"],
        "type": kind,
        "namespace": f"emulated-{deployment_id[-8:]}",
        "createdAt": moment(),
        "createdBy": subject,
        "astroRuntimeVersion": runtime,
        "runtimeVersion": runtime,
        "airflowVersion": RUNTIMES.get(runtime, "NA"),
        "imageTag": runtime,
        "webServerCpu": "1000m",
        "webServerMemory": "2Gi",
        "webServerReplicas": 1,
        "isCicdEnforced": workspace["cicdEnforcedDefault"],
        "isDagDeployEnabled": kind != "HYBRID",
        "executor": "CELERY",
        "environmentVariables": [],
        "contactEmails": [],
        "workerQueues": [],
    }
    document |= _place(body, workspace, cluster)
    document |= _defaults(body)
    document |= _identity(document)
    if "workerQueues" not in body and body.get("executor") != "KUBERNETES" and not is_remote(body):
        body = {**body, "workerQueues": [default_queue(kind, cluster)]}
    return changed(document, body, cluster, subject)


def _place(body: Document, workspace: Document, cluster: Document | None) -> Document:
    if cluster is not None:
        place = {"cloudProvider": cluster["cloudProvider"], "region": cluster["region"]}
        # A STANDARD Deployment shows no cluster even if it was placed by one.
        shown = body["type"] != "STANDARD"
        return {**place, "clusterId": cluster["id"], "clusterName": cluster["name"]} if shown else place
    return {
        "cloudProvider": body.get("cloudProvider") or workspace.get("defaultCloudProvider") or "AWS",
        "region": body.get("region") or workspace.get("defaultRegion") or "us-east-1",
    }


def _identity(document: Document) -> dict[str, str]:
    """Return the workload identity that Astro gives to a Deployment; there is none on Azure."""
    name = f"astro-{document['namespace']}"
    if document["type"] == "HYBRID" and document["cloudProvider"] == "AWS":
        name = f"AirflowS3Logs-{document['clusterId']}"
    defaults = {"AWS": f"arn:aws:iam::123456789012:role/{name}", "GCP": f"{name[:30]}@emulated.iam.gserviceaccount.com"}
    found = defaults.get(document["cloudProvider"])
    return {"effectiveWorkloadIdentity": found} if found else {}


def _defaults(body: Document) -> Document:
    if body["type"] == "HYBRID":
        return {"schedulerAu": 5, "schedulerReplicas": 1, "schedulerCpu": "500m", "schedulerMemory": "1920Mi"}
    size: Document = {"schedulerSize": "SMALL", "isHighAvailability": False, "isDevelopmentMode": False}
    if is_remote(body):
        return size
    return {**size, **dict(zip(AMOUNTS, ("0.25", "0.5Gi", "10", "20Gi"), strict=True))}


def changed(stored: Document, body: Document, cluster: Document | None, subject: Document) -> Document:
    """Return the stored Deployment after a create or an update.

    :param stored: The Deployment before.
    :param body: The request's body, checked.
    :param cluster: Its cluster, if it has one.
    :param subject: Who changes it.
    """
    document = {**stored, "updatedAt": moment(), "updatedBy": subject}
    document |= {name: body[name] for name in PLAIN if name in body}
    if "environmentVariables" in body:
        document["environmentVariables"] = _variables(body["environmentVariables"], stored["environmentVariables"])
    if body.get("workloadIdentity"):
        document["effectiveWorkloadIdentity"] = body["workloadIdentity"]
    _scheduler(document, body)
    _remote(document, body)
    _scaling(document, body)
    if not document["isDagDeployEnabled"]:
        for name in VERSIONS:  # from now on the DAGs are in the image
            document.pop(name, None)
    if document["executor"] == "KUBERNETES" or is_remote(document):
        document["workerQueues"] = []
    elif "workerQueues" in body:
        document["workerQueues"] = arranged(body["workerQueues"], stored["workerQueues"])
    if document["type"] == "HYBRID" and document["executor"] == "KUBERNETES":
        document.setdefault("taskPodNodePoolId", first_pool(cluster))
    return document


def _scheduler(document: Document, body: Document) -> None:
    if document["type"] == "HYBRID":
        wanted = body.get("scheduler") or {}
        document["schedulerAu"] = wanted.get("au", document["schedulerAu"])
        document["schedulerReplicas"] = wanted.get("replicas", document["schedulerReplicas"])
        return
    cpu, memory = SCHEDULERS[document["schedulerSize"]]
    replicas = 2 if document["isHighAvailability"] else 1
    document |= {"schedulerCpu": cpu, "schedulerMemory": memory, "schedulerReplicas": replicas}


def _remote(document: Document, body: Document) -> None:
    wanted = body.get("remoteExecution")
    if wanted is None:
        return
    before = document.get("remoteExecution") or {"allowedIpAddressRanges": []}
    document["remoteExecution"] = {**before, **wanted}
    if wanted["enabled"]:
        for name in AMOUNTS:  # its agents decide
            document.pop(name, None)


def _scaling(document: Document, body: Document) -> None:
    if not document.get("isDevelopmentMode"):
        document.pop("scalingSpec", None)  # hibernation ends with development mode
        return
    if "scalingSpec" not in body:
        return
    spec = body["scalingSpec"].get("hibernationSpec") or {}
    shown: Document = {}
    if spec.get("schedules"):
        shown["schedules"] = [
            {name: value for name, value in schedule.items() if name != "description" or value}
            for schedule in spec["schedules"]
        ]
    if spec.get("override"):
        shown["override"] = {**spec["override"], "isActive": True}
    document["scalingSpec"] = {"hibernationSpec": shown}


def _variables(wanted: list[Document], stored: list[Document]) -> list[Document]:
    """Replace all variables; only a secret without a value keeps the one it has."""
    before = {entry["key"]: entry for entry in stored}
    result: dict[str, Document] = {}
    complaints = []
    for number, entry in enumerate(wanted):
        key, old = entry["key"], before.get(entry["key"])
        at = f"environmentVariables[{number}]"
        keeps = entry["isSecret"] and old is not None and old["isSecret"] and "value" not in entry
        if key in result:
            complaints.append(Complaint(f"{at}.key", "unique", "be different from the others"))
        if old and old["isSecret"] and not entry["isSecret"]:
            complaints.append(Complaint(f"{at}.isSecret", "immutable", "be true: a secret cannot be made public"))
        if "value" not in entry and not keeps:
            complaints.append(Complaint(f"{at}.value", "required"))
        result[key] = old if keeps and old else {**entry, "updatedAt": moment()}
    if complaints:
        raise invalid_fields(*complaints)
    return list(result.values())


def shown(document: Document, state: State) -> Document:
    """Return a stored Deployment as the API answers it: nothing internal, no secret's value.

    :param document: The stored Deployment.
    :param state: The emulator's state, which knows where the addresses lead to.
    """
    answer = {name: value for name, value in document.items() if not name.startswith("_")}
    answer["environmentVariables"] = [
        {name: value for name, value in entry.items() if not (entry["isSecret"] and name == "value")}
        for entry in document["environmentVariables"]
    ]
    if not answer["workerQueues"]:
        del answer["workerQueues"]
    if document.get("isDevelopmentMode"):
        answer["scalingStatus"] = {"hibernationStatus": shown_status(document)}
    return answer | _addresses(document, state.address) | {"imageRepository": state.image_repository(document["id"])}


def _addresses(document: Document, address: str) -> Document:
    """Return its addresses. As at Astro, those of the web server have no scheme."""
    host = f"{address}/airflow/{document['id']}"
    api = f"{host}/api/{'v2' if runs_airflow_3(document['astroRuntimeVersion']) else 'v1'}"
    found: Document = {
        "apiUrl": f"http://{api}",
        "uiUrl": f"http://{host}?orgId=org_emulated",
        "webServerAirflowApiUrl": api,
        "webServerUrl": f"{host}?orgId=org_emulated",
        "webServerIngressHostname": host,
    }
    if remote := document.get("remoteExecution"):
        found["remoteExecution"] = {**remote, "remoteApiUrl": f"http://{host}/remote"}
    return found
