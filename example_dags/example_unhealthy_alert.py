"""An alert when a Deployment of a Workspace has been UNHEALTHY for five minutes.

Nothing runs until that happens: the triggerer looks at the Workspace once a minute, and the event schedules the DAG.
Asset watchers came with Airflow 3; on Airflow 2 this file has no DAG.
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

    with DAG(dag_id="example_unhealthy_alert", schedule=unhealthy, tags=["astro", "example"], doc_md=__doc__) as dag:
        # [START alert]
        @task
        def alert(triggering_asset_events: Any = None) -> list[str]:
            """Stands for a message to those who are on call; one run may have several events."""
            happened = [event.extra["payload"] for event in triggering_asset_events[unhealthy]]
            messages = [
                f"{event['deployment_name']} is {event['status']} since {event['since']} "
                f"({event['status_reason']}), was {event['previous_status']}: {event['astro_url']}"
                for event in happened
            ]
            for message in messages:
                print(message)
            return messages

        alert()
        # [END alert]
