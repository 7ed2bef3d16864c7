"""A DAG that the examples deploy to a Deployment. The Airflow that runs the examples leaves it alone."""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import DAG, task

with DAG(dag_id="daily_report", schedule="0 6 * * *", start_date=datetime(2026, 1, 1), catchup=False):

    @task
    def write_report() -> None:
        """Write the report."""
        print("The report is written.")

    write_report()
