"""Creates that wait in the triggerer, for tests that kill what they wait in and what they wait for."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from importlib.metadata import version

from airflow.providers.common.compat.sdk import DAG

from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator

#: With SQLite Airflow 2 runs one task at a time.
WAITS = int(os.environ.get("ASTRO_TEST_WAITS", "2" if version("apache-airflow").startswith("2.") else "6"))
TEMPLATE = {
    "deployment": {
        "configuration": {
            "executor": "CELERY",
            "workspace_name": "Development",
            "deployment_type": "STANDARD",
            "cloud_provider": "AWS",
            "region": "us-east-1",
        }
    }
}
#: A task that comes back from the triggerer before Airflow 3 has noted that it left the worker is failed by Airflow; it
#: is retried then, as everybody's tasks are.
RETRIES = {"retries": 3, "retry_delay": timedelta(seconds=1)}
COMMON = {"template": TEMPLATE, "poll_interval": 1, **RETRIES}

with DAG("many_waits", schedule=None, start_date=datetime(2026, 1, 1), catchup=False, max_active_tasks=100):
    CreateDeploymentFromTemplateOperator.partial(
        task_id="create", astro_conn_id="astro_restarts", deferrable=True, **COMMON
    ).expand(deployment_name=[f"wait-{number:03}" for number in range(WAITS)])

with DAG("stopped_waits", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
    for place in ("worker", "triggerer"):
        CreateDeploymentFromTemplateOperator(
            task_id=place,
            deployment_name=f"stopped-{place}-{{{{ run_id }}}}",
            on_kill="delete",
            deferrable=place == "triggerer",
            **COMMON,
        )
