"""A new project: a Workspace, access for a Team, a token for its CI, and a first Deployment.

Start this DAG by hand with the names of the project and its Team. A second run for the same project reuses the
Workspace, the role, the token and the Deployment.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import DAG, Variable

from astro_provider.operators.access import GrantAccessOperator
from astro_provider.operators.api_tokens import RenewApiTokenOperator
from astro_provider.operators.deployment import CreateDeploymentFromTemplateOperator
from astro_provider.operators.workspaces import CreateWorkspaceOperator

if TYPE_CHECKING:
    from astro_provider.models.api_tokens import ApiToken


def store(value: str, token: ApiToken) -> None:
    """Replace this with code that writes to your secrets manager. An Airflow Variable can be read by every DAG."""
    Variable.set(f"astro_{token.name}_token", value)


# [START project]
with DAG(
    dag_id="example_new_project",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=10)},
    params={"project": "shop", "team": "Analysts"},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    create_workspace = CreateWorkspaceOperator(
        task_id="create_workspace", workspace_name="{{ params.project }}", if_exists="reuse"
    )
    grant_team = GrantAccessOperator(
        task_id="grant_team",
        role="WORKSPACE_AUTHOR",
        workspace=create_workspace.output,
        teams=["{{ params.team }}"],
        if_other_role="keep_higher",
    )
    create_token = RenewApiTokenOperator(
        task_id="create_token",
        token_name="{{ params.project }}-ci",
        role="WORKSPACE_OPERATOR",
        workspace=create_workspace.output,
        store=store,
    )
    create_deployment = CreateDeploymentFromTemplateOperator(
        task_id="create_deployment",
        template="deployments/ephemeral_template.yaml",
        deployment_name="{{ params.project }}-development",
        workspace=create_workspace.output,
        environment_variables={"WAREHOUSE_PASSWORD": "{{ var.value.get('warehouse_password', 'for-tests-only') }}"},
        if_exists="reuse",
        poll_interval=5,
        deferrable=True,
    )
    create_workspace >> [grant_team, create_token, create_deployment]
# [END project]
