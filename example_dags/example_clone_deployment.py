"""Clone a Deployment: create another one with the same settings, a new name, and its own secrets.

The first task passes the template to the second as an XCom, so no file is needed. Astro never returns the values of
secrets, so the second task supplies them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG

from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator, InspectDeploymentOperator

with DAG(
    dag_id="example_clone_deployment",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params={"source": "reporting", "clone": "reporting-copy"},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=10)},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    # [START clone]
    inspect_deployment = InspectDeploymentOperator(
        task_id="inspect_deployment",
        deployment_name="{{ params.source }}",
        workspace="Production",
        template=True,
    )

    create_deployment = CreateDeploymentFromTemplateOperator(
        task_id="create_deployment",
        template=inspect_deployment.output,
        deployment_name="{{ params.clone }}",
        description="Copy of {{ params.source }}",
        workspace="Development",
        environment_variables={"WAREHOUSE_PASSWORD": "{{ var.value.get('warehouse_password', 'for-tests-only') }}"},
        if_exists="update",  # a second run brings the clone up to date
        poll_interval=5,
        deferrable=True,
    )
    # [END clone]
