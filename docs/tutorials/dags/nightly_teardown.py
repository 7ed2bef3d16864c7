"""Every night at two, delete the preview Deployments that are older than two days."""

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, task

from astro_provider.operators.deployment import DeleteDeploymentOperator, ListDeploymentsOperator

with DAG(
    "nightly_teardown",
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    params={"name_pattern": "pr-*", "max_results": 20},
) as dag:
    find = ListDeploymentsOperator(
        task_id="find",
        workspace="Development",
        name_pattern="{{ params.name_pattern }}",
        older_than=timedelta(days=2),
        exclude=["pr-keep-*"],
        max_results="{{ params.max_results }}",
    )
    delete = DeleteDeploymentOperator.partial(
        task_id="delete",
        require_name_pattern="{{ params.name_pattern }}",
        if_missing="ignore",
        pool="astro_deletes",
    ).expand(deployment_id=find.output)

    @task(trigger_rule="all_done")
    def report(ti=None):
        found = ti.xcom_pull("find")
        if found is None:
            raise RuntimeError("Nothing was deleted, because find failed.")
        deleted = list(ti.xcom_pull("delete") or [])
        print(f"Deleted {len(deleted)} of {len(found)} Deployments.")
        if len(deleted) < len(found):
            raise RuntimeError("Some Deployments were not deleted.")

    delete >> report()
