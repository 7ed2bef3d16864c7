"""What the board is compared with: a trigger as one writes it by hand, with a request and a thread for each poll."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from astro_provider.airflow_api.connect import airflow_client_by_id
from astro_provider.hooks.astro import AstroHook


class OneByOneTrigger(BaseTrigger):
    """Waits for one Deployment by itself.

    :param deployment_id: The Deployment.
    :param poll_interval: Seconds between polls.
    """

    def __init__(self, *, deployment_id: str, poll_interval: float) -> None:
        super().__init__()
        self.deployment_id = deployment_id
        self.poll_interval = poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what recreates the trigger in another process."""
        arguments = {"deployment_id": self.deployment_id, "poll_interval": self.poll_interval}
        return f"{__name__}.{type(self).__name__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until the Deployment is HEALTHY."""
        client = await AstroHook("astro_default").open_client()
        status = None
        while status != "HEALTHY":
            deployment = await asyncio.to_thread(client.deployments.get, self.deployment_id)
            if deployment.status != status:
                status = deployment.status
                self.log.info("Deployment %s is %s", self.deployment_id, status)
            await asyncio.sleep(self.poll_interval)
        yield TriggerEvent({"deployment_id": self.deployment_id})


class OneByOneRunTrigger(BaseTrigger):
    """Waits for one DAG run of another Deployment by itself.

    :param deployment_id: The Deployment.
    :param dag_id: The DAG.
    :param run_id: The run.
    :param poll_interval: Seconds between polls.
    """

    def __init__(self, *, deployment_id: str, dag_id: str, run_id: str, poll_interval: float) -> None:
        super().__init__()
        self.arguments = {
            "deployment_id": deployment_id,
            "dag_id": dag_id,
            "run_id": run_id,
            "poll_interval": poll_interval,
        }

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what recreates the trigger in another process."""
        return f"{__name__}.{type(self).__name__}", self.arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until the run has ended."""
        client, about = await AstroHook("astro_default").open_client(), self.arguments
        state = None
        while state not in {"success", "failed"}:
            airflow = await asyncio.to_thread(airflow_client_by_id, client, about["deployment_id"])
            run = await asyncio.to_thread(airflow.dag_runs.get, about["dag_id"], about["run_id"])
            if run.state != state:
                state = run.state
                self.log.info("Run %s is %s", about["run_id"], state)
            await asyncio.sleep(about["poll_interval"])
        yield TriggerEvent({"run_id": about["run_id"]})
