"""What the board is compared with: a trigger as one writes it by hand, with a request and a thread for each poll."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

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
