"""Export the audit logs every night, and start a second DAG that loads them.

The first DAG writes one file per day. The outlet of its task is an asset (a dataset in Airflow 2.11). The events of the
asset contain the file's path and a summary of its contents. The second DAG is scheduled on the asset.
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
    # With "@daily", runs have an empty data interval in Airflow 3. With this timetable, it is the previous day.
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    is_paused_upon_creation=True,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=5)},
    tags=["astro", "example"],
    doc_md=__doc__,
) as dag:
    ExportAuditLogsOperator(
        task_id="export",
        # A local folder, or s3://aws_default@bucket/audit-logs/, gs://..., abfs://...
        output_path="{{ var.value.get('audit_logs_folder', '/tmp/astro-audit-logs') }}/",
        # The run's data interval, shifted back by an hour, because records may take a while to become available. In
        # Airflow 3, a manual run may have no data interval; it then exports 24 hours.
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
    is_paused_upon_creation=True,
    tags=["astro", "example"],
    doc_md=__doc__,
) as consumer:

    @task
    def load(triggering_asset_events=None, triggering_dataset_events=None) -> dict[str, int]:  # type: ignore[no-untyped-def]
        """Replace this with a load to Splunk, Snowflake or a SIEM. This one counts the records by subject type."""
        seen: Counter[str] = Counter()
        for events in (triggering_asset_events or triggering_dataset_events or {}).values():  # none if started by hand
            for export in [event.extra for event in events]:
                with ObjectStoragePath(export["path"]).open("rb") as packed, gzip.open(packed) as lines:
                    seen.update(json.loads(line)["subjectType"] for line in lines)
                print(f"{export['records']} records from {export['start']} to {export['end']}: {dict(seen)}")
        return dict(seen)

    load()
# [END consumer]
