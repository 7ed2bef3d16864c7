"""A DAG that depends on other Deployments: it runs a DAG in one, waits for tasks in another, and notifies a third.

One connection serves all of them. This DAG starts the run in *sales*, and a retry finds the same run. The DAG in
*prices* has its own schedule, so this DAG only waits for its run. The event starts the DAGs in *reporting* that are
scheduled on the asset.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG

from astro_provider.operators.assets import CreateAssetEventOperator
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.sensors.dag_runs import DeploymentTaskSensor

with DAG(
    dag_id="example_cross_deployment",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=10)},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    # [START trigger]
    load_sales = TriggerDeploymentDagRunOperator(
        task_id="load_sales",
        deployment_name="sales",
        workspace="Production",
        trigger_dag_id="load",
        conf={"for_run": "{{ run_id }}"},
        if_paused="unpause",
        poll_interval=5,
        deferrable=True,
    )
    # [END trigger]

    # [START sensor]
    prices_are_checked = DeploymentTaskSensor(
        task_id="prices_are_checked",
        deployment_name="prices",
        workspace="Production",
        external_dag_id="import_prices",
        external_task_group_id="checks",
        newest_after="{{ (dag_run.start_date - macros.timedelta(hours=12)).isoformat() }}",
        poke_interval=5,
        deferrable=True,
    )
    # [END sensor]

    # [START tell]
    tell_reporting = CreateAssetEventOperator(
        task_id="tell_reporting",
        deployment_name="reporting",
        workspace="Production",
        asset_uri="s3://lake/sales",
        extra={"run": load_sales.output},
    )
    # [END tell]

    [load_sales, prices_are_checked] >> tell_reporting
