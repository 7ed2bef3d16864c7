"""An ephemeral Deployment: create and configure it, fill it, deploy DAGs to it, run one of them, and always delete it.

The Deployment exists for one DAG run. Its name contains the run id, so two runs never share a Deployment. The delete is
a teardown: it runs even if the create times out or the tests fail, and it does not hide their failure. The create is
not declared as its setup, because Airflow skips a teardown if its setup fails.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG

from astro_provider.operators.airflow_objects import CopyAirflowObjectsOperator
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    DeleteDeploymentOperator,
    UpdateDeploymentFromFileOperator,
)
from astro_provider.operators.deploys import DeployCodeOperator

NAME = "{{ macros.astro.branch_deployment_name(run_id, prefix='ephemeral-') }}"
PASSWORD = "{{ var.value.get('warehouse_password', 'for-tests-only') }}"

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
        environment_variables={"WAREHOUSE_PASSWORD": PASSWORD},
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

    # [START copy]
    copy_objects = CopyAirflowObjectsOperator(
        task_id="copy_objects",
        source_deployment_name="development",
        source_workspace="Development",
        deployment_id=create_deployment.output,
        connections=["warehouse"],
        variables=["warehouse_*"],
        pools=["warehouse"],
        secrets={"warehouse": {"password": PASSWORD}},
    )
    # [END copy]

    # [START deploy]
    deploy_dags = DeployCodeOperator(
        task_id="deploy_dags",
        dags_folder="ephemeral_project/dags",
        deployment_id=create_deployment.output,
        expect_dags=["smoke_test"],
        poll_interval=5,
        deferrable=True,
    )
    # [END deploy]

    # [START trigger]
    run_tests = TriggerDeploymentDagRunOperator(
        task_id="run_tests",
        trigger_dag_id="smoke_test",
        deployment_id=create_deployment.output,
        conf={"asked_by": "{{ dag.dag_id }}"},
        poll_interval=5,
        deferrable=True,
    )
    # [END trigger]

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

    create_deployment >> update_deployment >> copy_objects >> deploy_dags >> run_tests >> delete_deployment
