"""What a Deployment may be made of: machines, limits, defaults, runtimes."""

from __future__ import annotations

from typing import Any

MACHINES = {"A5": 15, "A10": 30, "A20": 60, "A40": 120, "A60": 180, "A120": 360, "A160": 480}
SCHEDULERS = {"SMALL": ("1", "2Gi"), "MEDIUM": ("2", "4Gi"), "LARGE": ("4", "8Gi"), "EXTRA_LARGE": ("6", "12Gi")}
PROVIDERS = ("AWS", "AZURE", "GCP")
TYPES = ("STANDARD", "DEDICATED", "HYBRID")
RUNTIMES = (("3.1-5", "3.1.3"), ("3.0-12", "3.0.6"), ("13.2.0", "2.11.0"), ("12.9.0", "2.10.5"))
MAX_WORKERS = {"floor": 1, "default": 10, "ceiling": 30}
MIN_WORKERS = {"floor": 0, "default": 0, "ceiling": 30}
#: Concurrency limits of HYBRID queues; hosted ones go by their machine.
CONCURRENCY = {"floor": 1, "default": 16, "ceiling": 64}


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
            for version, airflow in RUNTIMES
        ],
        "schedulerMachines": [
            {"name": name, "spec": {"cpu": cpu, "memory": memory}} for name, (cpu, memory) in SCHEDULERS.items()
        ],
        "workerMachines": [
            {
                "name": name,
                "concurrency": {"floor": 1, "default": max(5, ceiling // 3), "ceiling": ceiling},
                "spec": {"cpu": str(ceiling // 15), "memory": f"{ceiling // 15 * 2}Gi"},
            }
            for name, ceiling in MACHINES.items()
        ],
        "workerQueues": {"maxWorkers": MAX_WORKERS, "minWorkers": MIN_WORKERS, "workerConcurrency": CONCURRENCY},
        "workloadIdentityOptions": [],
    }
