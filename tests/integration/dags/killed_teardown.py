"""A teardown that a test disturbs: like the nightly example, but without a schedule and with quicker retries."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG

from astro_provider.operators.deployment import DeleteDeploymentOperator, ListDeploymentsOperator

with DAG(
    "killed_teardown",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # The test lets a delete take effect three seconds after it arrived; the retry has to come after that.
    default_args={"retries": 2, "retry_delay": timedelta(seconds=5)},
) as dag:
    listing = ListDeploymentsOperator(task_id="list", name_pattern="doomed-*", max_results=2)
    DeleteDeploymentOperator.partial(
        task_id="delete", require_name_pattern="doomed-*", if_missing="ignore", pool="astro_deletes"
    ).expand(deployment_id=listing.output)
