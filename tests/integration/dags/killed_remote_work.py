"""A DAG run elsewhere and a deploy, both waiting in the worker, for tests that kill it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import DAG

from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.operators.deploys import DeployCodeOperator

COMMON: dict[str, Any] = {
    "astro_conn_id": "astro_still",
    "workspace": "Development",
    "poll_interval": 1,
    "retries": 4,
    "retry_delay": timedelta(seconds=1),
}

with DAG("killed_run_worker", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
    TriggerDeploymentDagRunOperator(
        task_id="run",
        deployment_name="run-worker",
        trigger_dag_id="nightly",
        conf={"password": "{{ var.value.warehouse_password }}"},
        deferrable=False,
        **COMMON,
    )

with DAG("killed_deploy_worker", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
    DeployCodeOperator(
        task_id="deploy",
        deployment_name="deploy-worker",
        dags_folder="deployed_project",
        expect_dags=["deployed_etl"],
        git=None,
        deferrable=False,
        **COMMON,
    )
