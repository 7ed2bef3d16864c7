"""The tests of an ephemeral Deployment: they use the connection, the variable and the pool that were copied to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

try:
    from airflow.sdk import DAG, BaseHook, Variable, task
except ImportError:  # Airflow 2
    from airflow.decorators import task
    from airflow.hooks.base import BaseHook
    from airflow.models import Variable
    from airflow.models.dag import DAG

with DAG(
    dag_id="smoke_test",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    catchup=False,
    is_paused_upon_creation=False,
):

    @task
    def tables() -> list[str]:
        """Return the tables to check."""
        return str(Variable.get("warehouse_tables")).split()

    @task(pool="warehouse")
    def check(table: str, **context: Any) -> None:
        """Replace this with your own check."""
        warehouse = BaseHook.get_connection("warehouse")
        if not warehouse.password:
            raise ValueError("The connection has no password.")
        print(f"{table} in {warehouse.host} is fine; asked for by {context['dag_run'].conf['asked_by']}")

    check.expand(table=tables())
