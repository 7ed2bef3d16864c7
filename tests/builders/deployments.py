"""Deployments as the Astro API returns them."""

from __future__ import annotations

from typing import Any

from tests.builders import listings
from tests.builders.subjects import subject

#: When everything that a builder makes was created and changed last.
NOW = "2026-01-01T00:00:00Z"
#: The part of a worker queue that a request and a response share.
QUEUE = {
    "id": "queue-default",
    "name": "default",
    "isDefault": True,
    "maxWorkerCount": 10,
    "minWorkerCount": 0,
    "workerConcurrency": 5,
    "astroMachine": "A5",
}


def deployment(**fields: Any) -> dict[str, Any]:
    """Return a Deployment with no more than the document promises of each."""
    return {
        "id": "cldeployment0000000000001",
        "name": "staging",
        "organizationId": "clorganization0000000000x",
        "workspaceId": "clworkspace00000000000001",
        "status": "HEALTHY",
        "createdAt": NOW,
        "createdBy": subject(),
        "updatedAt": NOW,
        "updatedBy": subject(),
        "airflowVersion": "3.1.0",
        "astroRuntimeVersion": "3.1-2",
        "runtimeVersion": "3.1-2",
        "imageRepository": "images.astronomer.cloud/clorganization0000000000x/cldeployment0000000000001",
        "imageTag": "3.1-2",
        "isCicdEnforced": False,
        "isDagDeployEnabled": True,
        "namespace": "stellar-nova-1234",
        "schedulerCpu": "1",
        "schedulerMemory": "2Gi",
        "schedulerReplicas": 1,
        "apiUrl": "https://example.astronomer.run/abc/api/v2",
        "uiUrl": "https://example.astronomer.run/abc",
        "webServerAirflowApiUrl": "example.astronomer.run/abc/api/v2",
        "webServerCpu": "1",
        "webServerIngressHostname": "example.astronomer.run",
        "webServerMemory": "2Gi",
        "webServerUrl": "example.astronomer.run/abc",
        **fields,
    }


def least_deployment(**fields: Any) -> dict[str, Any]:
    """Return a Deployment that lacks all that the document promises and this package can do without."""
    needed = ("id", "name", "workspaceId", "status", "createdAt", "updatedAt")
    return {name: value for name, value in deployment().items() if name in needed} | fields


def worker_queue(**fields: Any) -> dict[str, Any]:
    """Return the default queue of a hosted Deployment."""
    return {**QUEUE, "podCpu": "1", "podMemory": "2Gi", **fields}


def standard_deployment(**fields: Any) -> dict[str, Any]:
    """Return a STANDARD Deployment with a queue, variables and emails."""
    return deployment(
        **{
            "id": "dep-1",
            "name": "test",
            "type": "STANDARD",
            "workspaceId": "ws-1",
            "workspaceName": "Development",
            "description": "Mine",
            "executor": "CELERY",
            "cloudProvider": "GCP",
            "region": "us-central1",
            "isCicdEnforced": True,
            "isDevelopmentMode": False,
            "isHighAvailability": True,
            "schedulerSize": "MEDIUM",
            "defaultTaskPodCpu": "0.25",
            "defaultTaskPodMemory": "0.5Gi",
            "resourceQuotaCpu": "10",
            "resourceQuotaMemory": "20Gi",
            "effectiveWorkloadIdentity": "astro-platform-default",
            "contactEmails": ["a@example.com", "b@example.com"],
            "environmentVariables": [
                {"key": "PLAIN", "value": "on", "isSecret": False, "updatedAt": NOW},
                {"key": "TOKEN", "isSecret": True, "updatedAt": NOW},
            ],
            "workerQueues": [worker_queue(podEphemeralStorage="10Gi")],
            **fields,
        }
    )


def hybrid_deployment(**fields: Any) -> dict[str, Any]:
    """Return a HYBRID Deployment; its queue runs on a node pool of :func:`tests.builders.clusters.hybrid_cluster`."""
    queue = worker_queue(nodePoolId="pool-small", workerConcurrency=16)
    del queue["astroMachine"]
    built = standard_deployment(
        **{
            "type": "HYBRID",
            "clusterId": "cluster-1",
            "clusterName": "GCP Cluster",
            "schedulerAu": 5,
            "workerQueues": [queue],
            **fields,
        }
    )
    if "schedulerSize" not in fields:
        del built["schedulerSize"]
    return built


def hibernation_override(**fields: Any) -> dict[str, Any]:
    """Return a person's order to hibernate until a time."""
    return {"isHibernating": True, "overrideUntil": "2030-01-01T06:00:00Z", "isActive": True, **fields}


def listing(*items: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    """Return a page of the list of Deployments."""
    return listings.listing("deployments", *items, total=total)
