"""Every night, delete the preview Deployments that are older than two days.

Three safeguards prevent unwanted deletes. The list task fails if it finds more Deployments than expected, it leaves out
the Deployment that the DAG itself runs in, and each delete task checks the name again.

Astro allows five deletes per second for each token. The pool ``astro_deletes`` lets at most five run at the same time.
Create it before you run the DAG: ``airflow pools set astro_deletes 5 "Deletes of Astro Deployments"``.

When you unpause the DAG, Airflow immediately starts last night's run. Check ``name_pattern`` first.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, task

from astro_provider.operators.deployment import DeleteDeploymentOperator, ListDeploymentsOperator

with DAG(
    dag_id="example_nightly_teardown",
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    is_paused_upon_creation=True,
    max_active_runs=1,
    params={"name_pattern": "pr-*", "max_results": 150},
    default_args={"retries": 3, "retry_delay": timedelta(seconds=10)},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    # [START list]
    list_deployments = ListDeploymentsOperator(
        task_id="list_deployments",
        workspace="Development",
        name_pattern="{{ params.name_pattern }}",
        older_than=timedelta(days=2),
        exclude=["pr-keep-*"],
        max_results="{{ params.max_results }}",
    )
    # [END list]

    # [START delete]
    delete_deployment = DeleteDeploymentOperator.partial(
        task_id="delete_deployment",
        require_name_pattern="{{ params.name_pattern }}",
        if_missing="ignore",
        pool="astro_deletes",
    ).expand(deployment_id=list_deployments.output)
    # [END delete]

    # [START summary]
    @task(trigger_rule="all_done", retries=0)
    def summarize(ti=None) -> None:
        """Print how many Deployments were deleted, and fail the run if any of them was not."""
        listed = ti.xcom_pull("list_deployments")
        if listed is None:
            raise RuntimeError("list_deployments failed, so nothing was deleted.")
        deleted = set(ti.xcom_pull("delete_deployment") or ())
        names = zip(ti.xcom_pull("list_deployments", key="deployment_names"), listed, strict=True)
        left = [name for name, deployment_id in names if deployment_id not in deleted]
        print(f"Deleted {len(deleted)} of {len(listed)} Deployments.")
        if left:
            raise RuntimeError(f"Not deleted: {', '.join(left)}")

    # [END summary]

    delete_deployment >> summarize()
