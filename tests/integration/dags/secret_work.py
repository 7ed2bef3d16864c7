"""A deploy, two copies and a run that have secrets to hide, and some of these that are refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import DAG, chain

from astro_provider.operators.airflow_objects import CopyAirflowObjectsOperator
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.operators.deploys import DeployCodeOperator

TARGET: dict[str, Any] = {"deployment_name": "secret-target", "workspace": "Development"}
REFUSING: dict[str, Any] = {"deployment_name": "secret-refusing", "workspace": "Development"}
CODE: dict[str, Any] = {"dags_folder": "deployed_project", "git": None, "poll_interval": 1, "deferrable": True}
#: The keys of these variables are such that Airflow itself does not mask their values.
FILL: dict[str, Any] = {
    "source_deployment_name": "secret-source",
    "secrets": {"warehouse": {"password": "{{ var.value.fill_one }}", "extra": {"token": "{{ var.value.fill_two }}"}}},
    "variable_values": {"api_token": "{{ var.value.fill_three }}"},
}

with DAG(
    "secret_work",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=1)},
):
    deploy = DeployCodeOperator(task_id="deploy", **CODE, **TARGET)
    run = TriggerDeploymentDagRunOperator(
        task_id="run",
        trigger_dag_id="deployed_etl",
        conf={"password": "{{ var.value.warehouse_password }}"},
        poll_interval=1,
        deferrable=True,
        **TARGET,
    )
    chain(deploy, run)
    CopyAirflowObjectsOperator(task_id="fill", **FILL, **TARGET)
    CopyAirflowObjectsOperator(
        task_id="fill_from_here", connections=["own_warehouse"], variables=["own_value"], pools=None, **TARGET
    )
    DeployCodeOperator(task_id="refused_deploy", **CODE, **REFUSING)
    CopyAirflowObjectsOperator(task_id="refused_fill", **FILL, **REFUSING)
