"""DAGs that are scheduled by Deployments. While they are paused, Airflow does not watch."""

from __future__ import annotations

from typing import Any

try:
    from airflow.sdk import DAG, Asset, AssetWatcher, task
except ImportError:  # Airflow 2
    DAG = None

from astro_provider.triggers.deployment_events import DeploymentStatusEventTrigger

if DAG:
    for pattern, status in (("eu-*", "UNHEALTHY"), ("us-*", "HIBERNATING")):
        name = f"watched_{pattern[:2]}"
        trigger = DeploymentStatusEventTrigger(
            astro_conn_id="astro_watched",
            workspace="Production",
            name_pattern=pattern,
            target_statuses=[status],
            poll_interval=1,
        )
        asset = Asset(name, watchers=[AssetWatcher(name=name, trigger=trigger)])

        with DAG(dag_id=name, schedule=asset):

            @task
            def happened(triggering_asset_events: Any = None) -> list[Any]:
                return [e.extra["payload"] for events in triggering_asset_events.values() for e in events]

            happened()
