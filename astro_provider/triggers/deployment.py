"""Waiting for a Deployment in the triggerer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from astro_provider.common.import_paths import names_elsewhere
from astro_provider.polling.deployments import DeploymentReader
from astro_provider.triggers.base import WaitTrigger
from astro_provider.waits.wait import Words

if TYPE_CHECKING:
    from collections.abc import Collection

    from astro_provider.client import AstroClient


class DeploymentStatusTrigger(WaitTrigger):
    """Waits until a Deployment has a status, or is deleted.

    All waits of a triggerer that share a connection are read together: one request reads 100 Deployments. An outage or
    a rate limit never ends a wait, but makes the pauses longer.

    :param astro_conn_id: Id of a connection of type ``astro``.
    :param deployment_id: The Deployment to wait for.
    :param target_statuses: Statuses that end the wait successfully.
    :param failure_statuses: Statuses that end the wait as failed.
    :param gone: Whether to wait until the Deployment is deleted instead.
    :param settle_until: Epoch seconds; before this time, a target status counts only after another status was seen.
    :param poll_interval: Seconds between polls.
    :param started_at: Epoch seconds at which the task began to wait.
    :param deadline: Epoch seconds at which the wait fails; it survives a restart of the triggerer.
    :param limit: The argument of the task that set the deadline: ``timeout`` or ``execution_timeout``.
    :param url: Address of the Deployment's page, for messages.
    :param known_as: Name of the Deployment in messages until it is seen.
    :param last_status: The status of the Deployment when the wait began, for messages.
    :param cancel_if_killed: Whether to delete the Deployment if somebody stops the waiting task (from Airflow 3.3), or
        when the task's ``execution_timeout`` expires.
    :param put_back: The hibernation override from before the task woke the Deployment up, to restore if somebody stops
        the waiting task.
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


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
