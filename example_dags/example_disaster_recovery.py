"""Switch to a standby Deployment: wake it up, wait until it is HEALTHY, run work on it, and restore its previous state.

The last task is a teardown. It restores the previous hibernation override, or, if there was none, removes the one that
this DAG set. It runs even if the work fails or the standby does not become HEALTHY in time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, task

from astro_provider.operators.deployment import RestoreHibernationOverrideOperator, WakeUpDeploymentOperator

STANDBY = {"deployment_name": "{{ params.standby }}", "workspace": "Production"}

with DAG(
    dag_id="example_disaster_recovery",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    params={"standby": "standby"},
    default_args={"retries": 2, "retry_delay": timedelta(seconds=10), "poll_interval": 5, "deferrable": True},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    # [START wake_up]
    wake_up = WakeUpDeploymentOperator(task_id="wake_up", **STANDBY, wait=True)
    # [END wake_up]

    @task
    def work(airflow_api_url: str) -> None:
        """Replace this with the work that the standby does."""
        print(f"Starting DAGs through {airflow_api_url}")

    # [START restore]
    restore = RestoreHibernationOverrideOperator(
        task_id="restore",
        **STANDBY,
        previous_override=wake_up.output["previous_override"],
        wait=True,
    ).as_teardown()
    # [END restore]

    wake_up >> work(wake_up.output["airflow_api_url"]) >> restore
