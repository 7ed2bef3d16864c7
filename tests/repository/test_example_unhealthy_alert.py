"""The example that alerts: one DAG with a watcher on Airflow 3, a harmless file on Airflow 2."""

from __future__ import annotations

from importlib.metadata import version
from types import SimpleNamespace

import pytest

from example_dags import example_unhealthy_alert as example

AIRFLOW_2 = version("apache-airflow").startswith("2.")


@pytest.mark.skipif(not AIRFLOW_2, reason="Airflow 3 has asset watchers")
def test_airflow_2_finds_no_dag_in_it():
    assert not hasattr(example, "dag")


@pytest.mark.skipif(AIRFLOW_2, reason="Airflow 2 has no asset watchers")
def test_one_run_tells_of_every_event():
    events = [
        SimpleNamespace(
            extra={
                "payload": {
                    "deployment_name": name,
                    "status": "UNHEALTHY",
                    "previous_status": "HEALTHY",
                    "status_reason": "no quota",
                    "since": "2026-11-24T14:00:00+00:00",
                    "astro_url": f"https://cloud.astronomer.io/{name}",
                }
            }
        )
        for name in ("eu", "us")
    ]
    alert = example.dag.get_task("alert").python_callable
    messages = alert(triggering_asset_events={example.unhealthy: events})
    assert [message.split()[0] for message in messages] == ["eu", "us"]
    assert "no quota" in messages[0]
