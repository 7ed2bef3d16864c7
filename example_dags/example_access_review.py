"""Report who has access to what on the first of each month, and fail the run if a token has expired.

The report is mailed to the recipients in the Variable ``access_review_recipients``, even if a finding fails the run.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, task

from astro_provider.operators.access import ExportAccessReportOperator

# [START report]
with DAG(
    "example_access_review",
    schedule="0 6 1 * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    is_paused_upon_creation=True,
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    report = ExportAccessReportOperator(
        task_id="report",
        # A local folder, or s3://aws_default@bucket/access/. The file is named after the Organization and the date.
        output_path="{{ var.value.get('access_reports_folder', '/tmp/astro-access-reports') }}/",
        expiring_within=timedelta(days=30),
        unused_for=timedelta(days=90),
        fail_on=["expired"],
    )

    @task
    def mail(path: str, recipients: str) -> None:
        """Mail the file through the SMTP server in the section [smtp] of Airflow's configuration."""
        if not path or not recipients:
            print("There is no report." if not path else f"There are no recipients, so {path} was not mailed.")
            return
        from airflow.utils.email import send_email

        send_email(
            to=recipients, subject="Who has access to Astro", html_content="The report is attached.", files=[path]
        )
        print(f"Mailed {path} to {recipients}.")

    mailed = mail(
        "{{ ti.xcom_pull(task_ids='report', key='path') or '' }}",
        "{{ var.value.get('access_review_recipients', '') }}",
    )
    # A teardown also runs after a failed report, and the run stays red.
    report >> mailed.as_teardown()
# [END report]
