"""One task of each kind that shows something on its page, and one that finds no Deployment."""

from __future__ import annotations

from datetime import datetime

from airflow.providers.common.compat.sdk import DAG, chain

from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    HibernateDeploymentOperator,
    InspectDeploymentOperator,
    UpdateDeploymentFromFileOperator,
    WakeUpDeploymentOperator,
)
from astro_provider.sensors.deployment import DeploymentStatusSensor

TEMPLATE = """\
deployment:
    environment_variables:
        - is_secret: true
          key: WAREHOUSE_PASSWORD
          value: ""
    configuration:
        executor: CELERY
        workspace_name: Development
        deployment_type: STANDARD
        cloud_provider: AWS
        region: us-east-1
        is_development_mode: true
"""

with DAG("task_pages", schedule=None, start_date=datetime(2026, 1, 1), catchup=False) as dag:
    create = CreateDeploymentFromTemplateOperator(
        task_id="create",
        template=TEMPLATE,
        deployment_name="task-pages-{{ run_id }}",
        environment_variables={"WAREHOUSE_PASSWORD": "{{ var.value.get('warehouse_password', 'for-tests-only') }}"},
        wait=False,
    )
    update = UpdateDeploymentFromFileOperator(
        task_id="update",
        deployment_file={"deployment": {"configuration": {"description": "run {{ run_id }}"}}},
        deployment_id=create.output,
        wait=False,
    )
    inspect = InspectDeploymentOperator(task_id="inspect", deployment_id=create.output)
    sense = DeploymentStatusSensor(
        task_id="sense", deployment_id=create.output, target_statuses=("CREATING", "DEPLOYING", "HEALTHY")
    )
    hibernate = HibernateDeploymentOperator(task_id="hibernate", deployment_id=create.output)
    wake_up = WakeUpDeploymentOperator(task_id="wake_up", deployment_id=create.output)
    missing = InspectDeploymentOperator(
        task_id="missing", deployment_name="there-is-none", workspace="Development", retries=0, trigger_rule="all_done"
    )
    chain(create, update, [inspect, sense, hibernate, wake_up], missing)
