"""Audit logs, exported every night and handed on to whoever waits for them.

The first DAG writes one file for each day. Its task's outlet is an asset (a dataset in Airflow 2.11) whose event says
where the file is and what is in it; the second DAG is scheduled by these events.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import datetime, timedelta

from airflow.providers.common.compat.sdk import DAG, Asset, ObjectStoragePath, task
from airflow.timetables.interval import CronDataIntervalTimetable

from astro_provider.operators.audit_logs import ExportAuditLogsOperator

AUDIT_LOGS = Asset("astro_audit_logs")

# [START export]
with DAG(
    dag_id="example_audit_logs",
    # Unlike "@daily", which Airflow 3 reads as a moment, this gives every run the day before as its data interval.
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5)},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    ExportAuditLogsOperator(
        task_id="export",
        # A folder here, or s3://aws_default@bucket/audit-logs/, gs://..., abfs://...
        output_path="{{ var.value.get('audit_logs_folder', '/tmp/astro-audit-logs') }}/",
        # The run's data interval, an hour earlier, so that records which Astro shows late are there. A manual run of
        # Airflow 3 may have no interval; it exports the day before.
        start="{{ (data_interval_start | default(dag_run.start_date - macros.timedelta(days=1)))"
        " - macros.timedelta(hours=1) }}",
        end="{{ data_interval_end | default(dag_run.start_date) - macros.timedelta(hours=1) }}",
        outlets=[AUDIT_LOGS],
    )
# [END export]

# [START consumer]
with DAG(
    dag_id="example_audit_logs_consumer",
    schedule=[AUDIT_LOGS],
    start_date=datetime(2026, 1, 1),
    catchup=False,
    tags=["astro", "example"],
    doc_md=__doc__,
) as consumer:

    @task
    def load(triggering_asset_events=None, triggering_dataset_events=None) -> dict[str, int]:  # type: ignore[no-untyped-def]
        """Stands for sending the records to Splunk, Snowflake or a SIEM: counts them by who made the change."""
        seen: Counter[str] = Counter()
        for events in (triggering_asset_events or triggering_dataset_events).values():
            for export in [event.extra for event in events]:
                with ObjectStoragePath(export["path"]).open("rb") as packed, gzip.open(packed) as lines:
                    seen.update(json.loads(line)["subjectType"] for line in lines)
                print(f"{export['records']} records from {export['start']} to {export['end']}: {dict(seen)}")
        return dict(seen)

    load()
# [END consumer]
