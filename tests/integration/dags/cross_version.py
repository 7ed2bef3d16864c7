"""From this Airflow to one of the other line: deploy, fill, run and wait, sense."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import DAG

from astro_provider.operators.airflow_objects import CopyAirflowObjectsOperator
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.operators.deploys import DeployCodeOperator
from astro_provider.sensors.dag_runs import DeploymentTaskSensor

OTHER: dict[str, Any] = {"deployment_name": "other-line", "workspace": "Development"}

with DAG(
    "cross_version",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # One more than the test needs: Airflow can lose a task that comes back from the triggerer within seconds.
    default_args={"retries": 2, "retry_delay": timedelta(seconds=1)},
) as dag:
    deploy = DeployCodeOperator(
        task_id="deploy",
        dags_folder="deployed_project",
        expect_dags=["deployed_etl"],
        git=None,
        poll_interval=1,
        deferrable=False,
        **OTHER,
    )
    fill = CopyAirflowObjectsOperator(
        task_id="fill",
        source_deployment_name="cross-source",
        secrets={"warehouse": {"password": "{{ var.value.warehouse_password }}"}},
        **OTHER,
    )
    # Its run fails, and the retry of this task lets only the failed task of that run start again.
    run = TriggerDeploymentDagRunOperator(
        task_id="run", trigger_dag_id="deployed_etl", conf={"fail": True}, poll_interval=1, deferrable=True, **OTHER
    )
    sense = DeploymentTaskSensor(
        task_id="sense",
        external_dag_id="deployed_etl",
        external_run_id="{{ ti.xcom_pull('run', key='dag_run_id') }}",
        external_task_id="double",
        poke_interval=1,
        **OTHER,
    )
    deploy >> fill >> run >> sense
