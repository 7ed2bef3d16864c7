"""Creates a Deployment and waits for it in the worker, so that a test can kill that worker."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG

from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator

with DAG("wait_in_worker", schedule=None, start_date=datetime(2026, 1, 1), catchup=False) as dag:
    CreateDeploymentFromTemplateOperator(
        task_id="create",
        template={
            "deployment": {
                "configuration": {
                    "executor": "CELERY",
                    "workspace_name": "Development",
                    "deployment_type": "STANDARD",
                    "cloud_provider": "AWS",
                    "region": "us-east-1",
                }
            }
        },
        deployment_name="killed-{{ run_id }}",
        poll_interval=1,
        deferrable=False,
        retries=2,
        retry_delay=timedelta(seconds=4),  # longer than Astro needs for the request of the try before
    )
