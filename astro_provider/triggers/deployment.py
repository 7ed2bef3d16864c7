"""Waiting for a Deployment in the triggerer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from astro_provider.polling.deployments import DeploymentReader
from astro_provider.triggers.base import WaitTrigger
from astro_provider.waits.wait import Words

if TYPE_CHECKING:
    from collections.abc import Collection

    from astro_provider.client import AstroClient


class DeploymentStatusTrigger(WaitTrigger):
    """Waits until a Deployment has a status, or is gone.

    All waits of a triggerer that share a connection are read together: 100 Deployments cost one request. An outage or
    a rate limit never ends a wait; it makes the pauses longer.

    :param astro_conn_id: Id of a connection of type ``astro``.
    :param deployment_id: The Deployment to wait for.
    :param target_statuses: Statuses that end the wait well.
    :param failure_statuses: Statuses that end it badly.
    :param gone: Wait for the Deployment to be deleted instead.
    :param settle_until: Epoch seconds before which a target status only counts once another one was seen.
    :param poll_interval: Seconds between polls.
    :param started_at: Epoch seconds at which the task began to wait.
    :param deadline: Epoch seconds at which the wait has failed; it survives a restart of the triggerer.
    :param limit: The task's argument that the deadline comes from: ``timeout`` or ``execution_timeout``.
    :param url: Where a person would look; for the messages.
    :param known_as: What messages call the Deployment until it is seen.
    :param last_status: Its status when the wait began; for the messages.
    :param cancel_if_killed: Whether to delete the Deployment when somebody stops the waiting task (from Airflow 3.3),
        and when the task's ``execution_timeout`` is over.
    :param put_back: What to put back when somebody stops the waiting task: the hibernation override that was in force
        before the task woke the Deployment up.
    """

    reader: ClassVar[DeploymentReader] = DeploymentReader()
    words: ClassVar[Words] = Words("Deployment")

    deployment_id: str
    target_statuses: Collection[str] = ("HEALTHY",)

    @property
    def key(self) -> str:
        """The Deployment's id."""
        return self.deployment_id

    def cancel(self, client: AstroClient) -> None:
        """Delete the Deployment, with one attempt.

        :param client: The connection's client.
        :raises NotFoundError: It does not exist.
        """
        from astro_provider.http.retry import Repeat

        client.deployments.delete(self.deployment_id, repeat=Repeat.NEVER)
