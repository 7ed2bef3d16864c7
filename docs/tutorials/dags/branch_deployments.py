"""A Deployment for each branch: created or updated while the branch is open, deleted when it is closed."""

from airflow.providers.common.compat.sdk import DAG, Param, task

from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator, DeleteDeploymentOperator

BRANCH = {
    "deployment_name": "{{ macros.astro.branch_deployment_name(params.branch, prefix='branch-') }}",
    "workspace": "Development",
}

with DAG(
    "branch_deployments",
    schedule=None,
    params={"branch": Param("main", type="string", minLength=1), "closed": Param(False, type="boolean")},
) as dag:

    @task.branch
    def is_closed(params=None):
        return "delete" if params["closed"] else "create"

    create = CreateDeploymentFromTemplateOperator(
        task_id="create",
        template="deployments/preview.yaml",
        **BRANCH,
        description="Branch {{ params.branch }}",
        if_exists="update",
        poll_interval=5,
        deferrable=True,
    )
    delete = DeleteDeploymentOperator(
        task_id="delete",
        **BRANCH,
        require_name_pattern="branch-*",
        if_missing="ignore",
    )
    is_closed() >> [create, delete]
