"""A sensor that frees its worker between two looks."""

from __future__ import annotations

from datetime import datetime

from airflow.providers.common.compat.sdk import DAG, chain

from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator, DeleteDeploymentOperator
from astro_provider.sensors.deployment import DeploymentStatusSensor

PLACE = {"deployment_type": "STANDARD", "cloud_provider": "AWS", "region": "us-east-1", "executor": "CELERY"}

with DAG("rescheduled", schedule=None, start_date=datetime(2026, 1, 1), catchup=False) as dag:
    create = CreateDeploymentFromTemplateOperator(
        task_id="create",
        template={"deployment": {"configuration": PLACE}},
        deployment_name="rescheduled",
        workspace="Development",
        wait=False,
    )
    sense = DeploymentStatusSensor(
        task_id="sense",
        deployment_name="rescheduled",
        workspace="Development",
        mode="reschedule",
        poke_interval=1,
        timeout=60,
        deferrable=False,
    )
    chain(create, sense, DeleteDeploymentOperator(task_id="delete", deployment_id=create.output))
