"""Who has access to what, on the first of each month: a file to keep, and a red task if a token has expired."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG

from astro_provider.operators.access import ExportAccessReportOperator

with DAG(
    "example_access_review",
    schedule="0 6 1 * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    is_paused_upon_creation=True,
    tags=["astro", "example"],
    doc_md=__doc__,
):
    # [START report]
    ExportAccessReportOperator(
        task_id="report",
        # A local folder, or s3://aws_default@bucket/access/. The file is named for the Organization and the day.
        output_path="{{ var.value.get('access_reports_folder', '/tmp/astro-access-reports') }}/",
        expiring_within=timedelta(days=30),
        unused_for=timedelta(days=90),
        fail_on=["expired"],
    )
    # [END report]
