"""The audit log example in a real Airflow: the export, the event that says what it made, and the DAG it starts."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

pytestmark = pytest.mark.real_airflow
DAG, CONSUMER = "example_audit_logs", "example_audit_logs_consumer"


@pytest.fixture(scope="module")
def exported(airflow, astro, tmp_path_factory):
    """The first DAG's run of yesterday, as the scheduler makes it, and its task's result."""
    yesterday = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    noon = (yesterday + timedelta(hours=12)).isoformat()
    astro.add_audit_records([{"timestamp": noon, "subjectType": "USER", "marker": "of-a-record"}])
    folder = tmp_path_factory.mktemp("audit-logs")
    airflow.command("variables", "set", "audit_logs_folder", str(folder))
    airflow.wait_until(lambda: airflow.metadata.knows(CONSUMER), 120, f"{CONSUMER} was not found")
    for dag_id in (CONSUMER, DAG):
        airflow.command("dags", "unpause", dag_id, "--yes")
    airflow.wait_until(lambda: bool(runs(airflow, DAG)), 120, "the scheduler made no run")
    (run_id,) = runs(airflow, DAG)
    assert airflow.finish(DAG, run_id, 120) == "success", airflow.task_log(DAG, run_id, "export")
    return run_id, json.loads(airflow.metadata.xcom(DAG, run_id, "export"))


def runs(airflow, dag_id: str) -> list[str]:
    return [row[0] for row in airflow.metadata.rows("SELECT run_id FROM dag_run WHERE dag_id = ?", dag_id)]


def test_the_run_exports_its_data_interval(exported):
    _, result = exported
    start, end = (datetime.fromisoformat(result[key].replace("Z", "+00:00")) for key in ("start", "end"))
    assert (end - start, start.hour, start.minute) == (timedelta(days=1), 23, 0)
    stored = [json.loads(line) for line in gzip.decompress(Path(result["path"]).read_bytes()).splitlines()]
    assert [record["marker"] for record in stored] == ["of-a-record"]
    assert result["records"] == 1


def test_the_event_carries_the_result_and_starts_the_consumer(airflow, exported):
    run_id, result = exported
    table = "asset_event" if airflow.line == 3 else "dataset_event"
    query = f"SELECT extra FROM {table} WHERE source_dag_id = ? AND source_run_id = ?"
    ((extra,),) = airflow.metadata.rows(query, DAG, run_id)
    assert json.loads(extra) == result
    airflow.wait_until(lambda: bool(runs(airflow, CONSUMER)), 60, "the consumer did not run")
    (consumer_run,) = runs(airflow, CONSUMER)
    assert airflow.finish(CONSUMER, consumer_run, 120) == "success"
    log = airflow.task_log(CONSUMER, consumer_run, "load")
    assert f"1 records from {result['start']} to {result['end']}: {{'USER': 1}}" in log


def test_the_log_says_what_was_exported_and_not_what_is_in_it(airflow, astro, exported):
    run_id, result = exported
    log = airflow.task_log(DAG, run_id, "export")
    assert f"Exporting audit logs of Organization {astro.organization_id} from {result['start']}" in log
    assert f"to {result['path']} (sha256 {result['sha256']})" in log
    assert "of-a-record" not in log
    assert astro.token not in log


def test_the_consumer_can_be_triggered_by_hand(airflow, exported):
    assert airflow.finish(CONSUMER, airflow.trigger(CONSUMER), 120) == "success"
