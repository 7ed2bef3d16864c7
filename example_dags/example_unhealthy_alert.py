"""Alert when a Deployment in a Workspace has been UNHEALTHY for five minutes.

No task runs until then. The triggerer polls the Workspace once a minute, and an event starts a run of the DAG. Asset
watchers require Airflow 3. On Airflow 2, this file contains no DAG.
"""

from __future__ import annotations

from typing import Any

try:
    from airflow.sdk import DAG, Asset, AssetWatcher, task
except ImportError:
    DAG = None

from astro_provider.triggers.deployment_events import DeploymentStatusEventTrigger

if DAG:
    # [START watch]
    unhealthy = Asset(
        "astro_unhealthy",
        watchers=[
            AssetWatcher(
                name="production",
                trigger=DeploymentStatusEventTrigger(
                    workspace="Production",
                    target_statuses=["UNHEALTHY"],
                    lasting=300,
                    poll_interval=60,
                ),
            )
        ],
    )
    # [END watch]

    with DAG(
        dag_id="example_unhealthy_alert",
        schedule=unhealthy,
        is_paused_upon_creation=True,
        tags=["astro", "example"],
        doc_md=__doc__,
    ) as dag:
        # [START alert]
        @task
        def alert(triggering_asset_events: Any = None) -> list[str]:
            """Replace this with a message to your on-call team. One run may receive several events."""
            happened = [event.extra["payload"] for event in triggering_asset_events[unhealthy]]
            messages = [
                f"{event['deployment_name']} has been {event['status']} since {event['since']} "
                f"({event['status_reason']}), previously {event['previous_status']}: {event['astro_url']}"
                for event in happened
            ]
            for message in messages:
                print(message)
            return messages

        alert()
        # [END alert]
