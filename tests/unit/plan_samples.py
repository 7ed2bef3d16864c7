"""Answers of Astro and files to plan from, shared by the tests of plans; and the check against the API document."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft4Validator

from astro_provider.deployment_file import load
from astro_provider.models.clusters import Cluster
from astro_provider.models.deployment_options import DeploymentOptions
from astro_provider.models.deployments import Deployment
from astro_provider.plan import Lookups, plan_update

if TYPE_CHECKING:
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.plan import UpdatePlan

DATA = Path(__file__).parent / "deployment_file" / "files_data"
NOW = "2026-01-01T00:00:00Z"


def file(sections: dict[str, Any] | None = None, **configuration: Any):
    return load({"deployment": {"configuration": configuration, **(sections or {})}}, name="file")


def span(floor, default, ceiling):
    return {"floor": floor, "default": default, "ceiling": ceiling}


OPTIONS = DeploymentOptions.model_validate(
    {
        "executors": ["CELERY", "KUBERNETES", "ASTRO"],
        "resourceQuotas": {
            "defaultPodSize": {"cpu": span("0.25", "0.25", "2"), "memory": span("0.5Gi", "0.5Gi", "4Gi")},
            "resourceQuota": {"cpu": span("10", "10", "640"), "memory": span("20Gi", "20Gi", "1280Gi")},
        },
        "runtimeReleases": [{"version": "3.1-2"}],
        "schedulerMachines": [{"name": name} for name in ("SMALL", "MEDIUM", "LARGE", "EXTRA_LARGE")],
        "workerMachines": [
            {"name": "A5", "concurrency": span(1, 5, 15)},
            {"name": "A10", "concurrency": span(1, 10, 30)},
        ],
        "workerQueues": {
            "maxWorkers": span(1, 10, 30),
            "minWorkers": span(0, 1, 20),
            "workerConcurrency": span(1, 16, 64),
        },
    }
)
CLUSTER = Cluster.model_validate(
    {
        "id": "cluster-1",
        "name": "GCP Cluster",
        "type": "HYBRID",
        "cloudProvider": "GCP",
        "region": "us-central1",
        "nodePools": [
            {"id": "pool-small", "name": "small", "nodeInstanceType": "e2-standard-4", "isDefault": True},
            {"id": "pool-large", "name": "large", "nodeInstanceType": "e2-standard-16"},
        ],
    }
)
#: What looks like an id costs no look-up.
CLUSTER_ID = "clkcbz5d01458926ewbjzubt3"
LOOKUPS = Lookups(workspace_id="ws-1", workspace_name="Development", options=OPTIONS)
QUEUE = {
    "id": "queue-default",
    "name": "default",
    "isDefault": True,
    "maxWorkerCount": 10,
    "minWorkerCount": 0,
    "workerConcurrency": 5,
    "astroMachine": "A5",
}


HEAVY = QUEUE | {"id": "queue-heavy", "name": "heavy", "isDefault": False, "astroMachine": "A10"}
#: What the plan of a HYBRID Deployment looks up.
ON_CLUSTER = replace(LOOKUPS, cluster=CLUSTER)
#: ``configuration`` of two smallest files that create.
HOSTED_FILE = {
    "name": "test",
    "deployment_type": "STANDARD",
    "executor": "CELERY",
    "cloud_provider": "GCP",
    "region": "us-central1",
}
HYBRID_FILE = {"name": "h", "deployment_type": "HYBRID", "executor": "CELERY", "cluster_name": "GCP Cluster"}


def queue(name: str, worker_type: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "worker_type": worker_type, **more}


def deployment(**changed: Any) -> Deployment:
    answer = {
        "id": "dep-1",
        "name": "test",
        "type": "STANDARD",
        "workspaceId": "ws-1",
        "workspaceName": "Development",
        "status": "HEALTHY",
        "createdAt": NOW,
        "updatedAt": NOW,
        "description": "Mine",
        "executor": "CELERY",
        "cloudProvider": "GCP",
        "region": "us-central1",
        "astroRuntimeVersion": "3.1-2",
        "isCicdEnforced": True,
        "isDagDeployEnabled": True,
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
        "workerQueues": [QUEUE | {"podEphemeralStorage": "10Gi"}],
    }
    return Deployment.model_validate(answer | changed)


def hybrid(**changed: Any) -> Deployment:
    queue = {key: value for key, value in QUEUE.items() if key != "astroMachine"}
    return deployment(
        **{
            "type": "HYBRID",
            "clusterId": "cluster-1",
            "clusterName": "GCP Cluster",
            "schedulerSize": None,
            "schedulerAu": 5,
            "schedulerReplicas": 1,
            "workerQueues": [queue | {"nodePoolId": "pool-small", "workerConcurrency": 16}],
        }
        | changed
    )


def update(
    given: DeploymentFile, current: Deployment | None = None, lookups: Lookups = LOOKUPS, **how: Any
) -> UpdatePlan:
    """Plan an update whose body fits the API document."""
    plan = plan_update(given, current or deployment(), lookups, **how)
    assert_fits(plan.body, "Update")
    return plan


def lines(plan: UpdatePlan) -> list[str]:
    """What a plan logs, without its alignment."""
    return [" ".join(line.split()) for line in plan.describe()]


@cache
def document() -> dict[str, Any]:
    path = os.environ.get("ASTRO_OPENAPI_SPEC")
    if not path:
        pytest.skip("ASTRO_OPENAPI_SPEC does not name the published API document")
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def assert_fits(body: dict[str, Any], verb: str) -> None:
    """Check a body against the API document, which by itself would allow any other field too."""
    name = f"{verb}{str(body['type']).capitalize()}DeploymentRequest"
    assert set(body) <= set(document()["components"]["schemas"][name]["properties"])
    schema = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    errors = [f"{list(error.absolute_path)}: {error.message}" for error in Draft4Validator(schema).iter_errors(body)]
    assert not errors
