"""A Deployment for each branch. Your CI starts this DAG with the branch's name, through the Airflow REST API.

While the branch is open, a run creates the branch's Deployment, or updates it to match the template. If ``closed`` is
set, the run deletes it. The Deployment's name depends on the whole branch name, so ``feature/x`` and ``fix/x`` do not
share a Deployment.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, Param, task

from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator, DeleteDeploymentOperator

NAME = "{{ macros.astro.branch_deployment_name(params.branch, prefix='branch-') }}"

with DAG(
    dag_id="example_branch_deployment",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params={
        "branch": Param("main", type="string", minLength=1, description="Name of the branch, such as feature/x"),
        "closed": Param(False, type="boolean", description="Delete the Deployment, because the branch is closed"),
    },
    default_args={"retries": 2, "retry_delay": timedelta(seconds=10)},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:

    @task.branch
    def is_closed(params=None) -> str:
        """Choose whether to create or delete the Deployment."""
        return "delete_deployment" if params["closed"] else "create_deployment"

    # [START create]
    create_deployment = CreateDeploymentFromTemplateOperator(
        task_id="create_deployment",
        template="deployments/ephemeral_template.yaml",
        deployment_name=NAME,
        description="Branch {{ params.branch }}",
        workspace="Development",
        environment_variables={"WAREHOUSE_PASSWORD": "{{ var.value.get('warehouse_password', 'for-tests-only') }}"},
        if_exists="update",
        poll_interval=5,
        deferrable=True,
    )
    # [END create]

    # [START delete]
    delete_deployment = DeleteDeploymentOperator(
        task_id="delete_deployment",
        deployment_name=NAME,
        workspace="Development",
        require_name_pattern="branch-*",
        if_missing="ignore",
    )
    # [END delete]

    is_closed() >> [create_deployment, delete_deployment]
