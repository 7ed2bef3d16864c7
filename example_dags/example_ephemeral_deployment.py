"""An ephemeral Deployment: create it from a template, configure it, run tests on it, and always delete it.

The Deployment exists for one DAG run. Its name contains the run id, so two runs never share a Deployment. The delete is
a teardown: it runs even if the create times out or the tests fail, and it does not hide their failure. The create is
not declared as its setup, because Airflow skips a teardown if its setup fails.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, task

from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    DeleteDeploymentOperator,
    UpdateDeploymentFromFileOperator,
)

NAME = "ephemeral-{{ run_id | replace(':', '-') | replace('+', '-') | replace('.', '-') }}"

with DAG(
    dag_id="example_ephemeral_deployment",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=10)},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    # [START create]
    create_deployment = CreateDeploymentFromTemplateOperator(
        task_id="create_deployment",
        template="deployments/ephemeral_template.yaml",
        deployment_name=NAME,
        workspace="Development",
        environment_variables={"WAREHOUSE_PASSWORD": "{{ var.value.get('warehouse_password', 'for-tests-only') }}"},
        poll_interval=5,
        deferrable=True,
    )
    # [END create]

    # [START update]
    update_deployment = UpdateDeploymentFromFileOperator(
        task_id="update_deployment",
        deployment_file="deployments/ephemeral_deployment.yaml",
        deployment_id=create_deployment.output,
        poll_interval=5,
        deferrable=True,
    )
    # [END update]

    @task
    def run_tests(airflow_api_url: str) -> None:
        """Replace this with your tests."""
        print(f"Testing against {airflow_api_url}")

    # [START delete]
    delete_deployment = DeleteDeploymentOperator(
        task_id="delete_deployment",
        deployment_name=NAME,
        workspace="Development",
        if_missing="ignore",
        wait=True,
        poll_interval=5,
        deferrable=True,
    ).as_teardown()
    # [END delete]

    tests = run_tests(create_deployment.output["airflow_api_url"])
    create_deployment >> update_deployment >> tests >> delete_deployment
