"""Every operator and the sensor, waiting in the worker and in the triggerer."""

from __future__ import annotations

from datetime import datetime

from airflow.providers.common.compat.sdk import DAG, chain

from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    DeleteDeploymentOperator,
    UpdateDeploymentFromFileOperator,
)
from astro_provider.sensors.deployment import DeploymentStatusSensor

PLACE = {"deployment_type": "STANDARD", "cloud_provider": "AWS", "region": "us-east-1", "executor": "CELERY"}

with DAG("every_mode", schedule=None, start_date=datetime(2026, 1, 1), catchup=False) as dag:
    for mode in (False, True):
        name = f"{'triggerer' if mode else 'worker'}"
        target = {"deployment_name": name, "workspace": "Development", "deferrable": mode}
        create = CreateDeploymentFromTemplateOperator(
            task_id=f"create_{name}", template={"deployment": {"configuration": PLACE}}, **target
        )
        sense = DeploymentStatusSensor(task_id=f"sense_{name}", poke_interval=0.05, **target)
        by_id = DeploymentStatusSensor(
            task_id=f"sense_by_id_{name}", deployment_id=create.output, poke_interval=0.05, deferrable=mode
        )
        update = UpdateDeploymentFromFileOperator(
            task_id=f"update_{name}",
            deployment_file={"deployment": {"configuration": {"description": "run {{ run_id }}"}}},
            **target,
        )
        delete = DeleteDeploymentOperator(task_id=f"delete_{name}", wait=True, **target)
        chain(create, sense, by_id, update, delete)
