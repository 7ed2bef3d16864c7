"""What a Deployment may be made of, as the Astro API returns it."""

from __future__ import annotations

from typing import Any

from tests.builders.deployments import NOW


def span(floor: Any, default: Any, ceiling: Any) -> dict[str, Any]:
    """Return the limits of an amount or a count."""
    return {"floor": floor, "default": default, "ceiling": ceiling}


def machine(name: str, **fields: Any) -> dict[str, Any]:
    """Return a scheduler's or a worker's machine."""
    return {"name": name, "spec": {"cpu": "1", "memory": "2Gi"}, **fields}


def runtime_release(**fields: Any) -> dict[str, Any]:
    """Return an Astro Runtime that a Deployment may start with."""
    return {
        "version": "3.1-2",
        "airflowVersion": "3.1.0",
        "channel": "stable",
        "releaseDate": NOW,
        "airflowDatabaseMigration": False,
        "stellarDatabaseMigration": False,
        **fields,
    }


def deployment_options(**fields: Any) -> dict[str, Any]:
    """Return options with two worker machines, every scheduler size and one Runtime."""
    return {
        "executors": ["CELERY", "KUBERNETES", "ASTRO"],
        "resourceQuotas": {
            "defaultPodSize": {"cpu": span("0.25", "0.25", "2"), "memory": span("0.5Gi", "0.5Gi", "4Gi")},
            "resourceQuota": {"cpu": span("10", "10", "640"), "memory": span("20Gi", "20Gi", "1280Gi")},
        },
        "runtimeReleases": [runtime_release()],
        "schedulerMachines": [machine(name) for name in ("SMALL", "MEDIUM", "LARGE", "EXTRA_LARGE")],
        "workerMachines": [
            machine("A5", concurrency=span(1, 5, 15)),
            machine("A10", concurrency=span(1, 10, 30)),
        ],
        "workerQueues": {
            "maxWorkers": span(1, 10, 30),
            "minWorkers": span(0, 1, 20),
            "workerConcurrency": span(1, 16, 64),
        },
        **fields,
    }
