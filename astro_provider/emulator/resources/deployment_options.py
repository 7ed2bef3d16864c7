"""What a Deployment may be made of: machines, limits, defaults, regions, Astro Runtime versions."""

from __future__ import annotations

import re
from typing import Any

from astro_provider.emulator.core.routing import Call, Resource

resource = Resource("/organizations/{organizationId}/deployment-options")
#: Most tasks that a worker of each machine can run at a time.
MACHINES = {"A5": 15, "A10": 30, "A20": 60, "A40": 120, "A60": 180, "A120": 360, "A160": 480}
SCHEDULERS = {"SMALL": ("1", "2Gi"), "MEDIUM": ("2", "4Gi"), "LARGE": ("4", "8Gi"), "EXTRA_LARGE": ("6", "12Gi")}
#: Regions of the hosted clouds, as far as the emulator knows them.
REGIONS = {
    "AWS": "af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 "
    "ca-central-1 eu-central-1 eu-north-1 eu-south-1 eu-west-1 eu-west-2 eu-west-3 me-south-1 sa-east-1 us-east-1 "
    "us-east-2 us-west-1 us-west-2",
    "AZURE": "australiaeast brazilsouth canadacentral centralindia centralus eastasia eastus eastus2 francecentral "
    "germanywestcentral japaneast koreacentral northeurope norwayeast southafricanorth southcentralus southeastasia "
    "swedencentral switzerlandnorth uaenorth uksouth westeurope westus2 westus3",
    "GCP": "asia-east1 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-southeast1 asia-southeast2 "
    "australia-southeast1 europe-central2 europe-north1 europe-southwest1 europe-west1 europe-west2 europe-west3 "
    "europe-west4 europe-west6 northamerica-northeast1 southamerica-east1 us-central1 us-east1 us-east4 us-west1 "
    "us-west2 us-west4",
}
PROVIDERS = tuple(REGIONS)
TYPES = ("STANDARD", "DEDICATED", "HYBRID")
#: Astro Runtime versions with their Airflow; the first is the default.
RUNTIMES = {
    "3.1-5": "3.1.3",
    "3.3-2": "3.3.2",
    "3.1-14": "3.1.8",
    "3.1-2": "3.1.0",
    "3.1-1": "3.1.0",
    "3.0-12": "3.0.6",
    "3.0-1": "3.0.0",
    "13.2.0": "2.11.0",
    "13.0.0": "2.11.0",
    "12.9.0": "2.10.5",
    "12.1.0": "2.10.2",
    "12.0.0": "2.10.0",
    "11.3.0": "2.9.1",
}
MAX_WORKERS = {"floor": 1, "default": 10, "ceiling": 30}
MIN_WORKERS = {"floor": 0, "default": 0, "ceiling": 30}
#: Concurrency limits of HYBRID queues; hosted ones go by their machine.
CONCURRENCY = {"floor": 1, "default": 16, "ceiling": 64}


@resource.get()
def get_deployment_options(call: Call) -> dict[str, Any]:
    """Show what Deployments may be made of."""
    call.one("executor", executors(None))
    call.one("cloudProvider", PROVIDERS)
    return deployment_options(call.one("deploymentType", TYPES))


def runs_airflow_3(runtime: str) -> bool:
    """Whether an Astro Runtime version holds Airflow 3: those are written ``3.1-5``, those before ``13.2.0``.

    :param runtime: The version.
    """
    return bool(re.match(r"\d+\.\d+-", runtime))


def worker_pod(machine: str) -> dict[str, str]:
    """Return CPU and memory of a machine's workers.

    :param machine: One of ``MACHINES``.
    """
    cpu = MACHINES[machine] // 15
    return {"cpu": str(cpu), "memory": f"{cpu * 2}Gi"}


def executors(deployment_type: str | None) -> list[str]:
    """Return the executors of a Deployment type.

    :param deployment_type: STANDARD, DEDICATED, HYBRID; ``None``: all there are.
    """
    return ["CELERY", "KUBERNETES"] if deployment_type == "HYBRID" else ["CELERY", "KUBERNETES", "ASTRO"]


def deployment_options(deployment_type: str | None) -> dict[str, Any]:
    """Return the answer of ``GET deployment-options``.

    :param deployment_type: STANDARD, DEDICATED, HYBRID or ``None``.
    """
    return {
        "executors": executors(deployment_type),
        "resourceQuotas": {
            "defaultPodSize": {
                "cpu": {"floor": "0.25", "default": "0.25", "ceiling": "4"},
                "memory": {"floor": "0.5Gi", "default": "0.5Gi", "ceiling": "8Gi"},
            },
            "resourceQuota": {
                "cpu": {"floor": "1", "default": "10", "ceiling": "6400"},
                "memory": {"floor": "2Gi", "default": "20Gi", "ceiling": "12800Gi"},
            },
        },
        "runtimeReleases": [
            {
                "version": version,
                "airflowVersion": airflow,
                "channel": "stable",
                "releaseDate": "2026-01-15T00:00:00Z",
                "airflowDatabaseMigration": False,
                "stellarDatabaseMigration": False,
            }
            for version, airflow in RUNTIMES.items()
        ],
        "schedulerMachines": [
            {"name": name, "spec": {"cpu": cpu, "memory": memory}} for name, (cpu, memory) in SCHEDULERS.items()
        ],
        "workerMachines": [
            {
                "name": name,
                "concurrency": {"floor": 1, "default": max(5, ceiling // 3), "ceiling": ceiling},
                "spec": worker_pod(name),
            }
            for name, ceiling in MACHINES.items()
        ],
        "workerQueues": {"maxWorkers": MAX_WORKERS, "minWorkers": MIN_WORKERS, "workerConcurrency": CONCURRENCY},
        "workloadIdentityOptions": [],
    }
