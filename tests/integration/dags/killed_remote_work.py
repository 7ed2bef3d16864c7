"""A DAG run elsewhere and a deploy, each waiting in the worker and in the triggerer, for tests that kill these."""

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

# A DAG for each task, since Airflow 2 runs one task at a time here: a test decides which is next.
for place in ("worker", "triggerer"):
    with DAG(f"killed_run_{place}", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
        TriggerDeploymentDagRunOperator(
            task_id="run",
            deployment_name=f"run-{place}",
            trigger_dag_id="nightly",
            conf={"password": "{{ var.value.warehouse_password }}"},
            if_paused="unpause",
            deferrable=place == "triggerer",
            **COMMON,
        )

    with DAG(f"killed_deploy_{place}", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
        DeployCodeOperator(
            task_id="deploy",
            deployment_name=f"deploy-{place}",
            dags_folder="deployed_project",
            expect_dags=["deployed_etl"],
            git=None,
            deferrable=place == "triggerer",
            **COMMON,
        )
