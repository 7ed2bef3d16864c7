"""Deployments that reach a status, as events that schedule DAGs (Airflow 3)."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow.triggers.base import TriggerEvent

from astro_provider.common.import_paths import names_elsewhere
from astro_provider.errors import ConfigurationError
from astro_provider.models.statuses import checked_statuses
from astro_provider.rules.selection import checked_pattern, matches
from astro_provider.triggers import _event_streams as streams
from astro_provider.triggers.base import connection_board
from astro_provider.waits.watch import SHORTEST_INTERVAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable, Sequence

    from astro_provider.client import AstroClient
    from astro_provider.models.deployments import Deployment

log = logging.getLogger(__name__)


class Snapshot(NamedTuple):
    """All Deployments of a Workspace at one moment.

    :param at: Epoch seconds.
    :param deployments: Each with the address of its page in the Astro UI.
    """

    at: float
    deployments: list[tuple[Deployment, str]]


class DeploymentStatusEventTrigger(streams.EventStream):
    """Schedules DAGs through an ``AssetWatcher`` when Deployments reach a status; Airflow 3 only.

    The first poll only records the current statuses. After that, each Deployment that has reached a target status since
    the previous poll, or was created since then, causes an event. The trigger never ends: after an outage, a revoked
    token or a missing connection, it logs the problem and polls again later. From Airflow 3.3, watchers share their
    polls if they have the same ``astro_conn_id``, ``poll_interval`` and ``workspace``, and the last known statuses
    survive a restart of the triggerer.

    :param astro_conn_id: Id of a connection of type ``astro``.
    :param workspace: Id or name of the Workspace; default: the connection's, else the whole Organization.
    :param name_pattern: Only Deployments whose names match, such as ``prod-*``; case-sensitive. Default: all.
    :param target_statuses: The statuses that cause an event: CREATING, DEPLOYING, HEALTHY, UNHEALTHY, UNKNOWN,
        HIBERNATING.
    :param lasting: Seconds for which a status must have been observed before it causes an event, because a new or
        updated Deployment may be UNHEALTHY for a short time.
    :param include_present: Whether the status that a Deployment has when it is first seen also causes an event.
    :param poll_interval: Seconds between polls; a status that starts and ends between two polls is missed.
    :raises ConfigurationError: Airflow is older than 3.0, or an argument is invalid.
    """

    arguments = (
        "astro_conn_id",
        "workspace",
        "name_pattern",
        "target_statuses",
        "lasting",
        "include_present",
        "poll_interval",
    )
    memory_prefix = "astro_deployments"
    instead = "There, use a DeploymentStatusSensor in a DAG with a schedule to watch one Deployment."

    def __init__(
        self,
        *,
        astro_conn_id: str = "astro_default",
        workspace: str | None = None,
        name_pattern: str | None = None,
        target_statuses: Sequence[str] = ("UNHEALTHY",),
        lasting: float = 0,
        include_present: bool = False,
        poll_interval: float = 60,
    ) -> None:
        super().__init__()
        self.astro_conn_id = astro_conn_id
        self.workspace = workspace
        self.name_pattern = checked_pattern("name_pattern", name_pattern)
        self.target_statuses = sorted(checked_statuses("target_statuses", target_statuses))
        if not self.target_statuses:
            raise ConfigurationError("target_statuses is empty: this trigger would never send an event.")
        self.lasting = lasting
        self.include_present = include_present
        self.poll_interval = poll_interval

    def shared_stream_key(self) -> Hashable:
        """Return what watchers that share their polls have in common; Airflow 3.3 and later ask for it."""
        return ("astro_deployments", self.astro_conn_id, self.workspace, self.poll_interval)

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[Snapshot]:
        """Poll the Workspace forever; a poll that fails is logged and tried again later.

        :param kwargs: Arguments of one of the watchers that share the polls.
        """
        conn_id, workspace = kwargs["astro_conn_id"], kwargs["workspace"]
        interval: float = max(kwargs["poll_interval"], SHORTEST_INTERVAL)
        what = f"the Deployments of {workspace or 'the Workspace'} ({conn_id})"
        async for snapshot in streams.polls(lambda: connection_board(conn_id), _reader_of(workspace), what, interval):
            yield snapshot

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Snapshot]) -> AsyncIterator[TriggerEvent]:
        """Send an event for each Deployment that reached a target status.

        :param shared_stream: From :meth:`open_shared_stream`.
        """
        from astro_provider.rules.status_changes import Transitions

        transitions = Transitions(
            frozenset(self.target_statuses),
            lasting=self.lasting,
            include_present=self.include_present,
            memory=await self.recall(),
        )
        remembered: Any = None
        async for snapshot in shared_stream:
            urls = {deployment.id: url for deployment, url in snapshot.deployments}
            selected = [item for item, _ in snapshot.deployments if matches(self.name_pattern, item.name)]
            events = transitions.look(selected, snapshot.at)
            for event in events:
                log.info("%s is %s, was %s", event["deployment_name"], event["status"], event["previous_status"])
                yield TriggerEvent({**event, "astro_url": urls[event["deployment_id"]]})  # type: ignore[no-untyped-call]
            memory = transitions.memory()
            if memory["seen"] != remembered:
                if events:
                    await asyncio.sleep(streams.STORING)  # a crash in between repeats an event rather than losing it
                await self.remember(memory)
                remembered = memory["seen"]


def _reader_of(workspace: str | None) -> Callable[[AstroClient], Snapshot]:
    """Return what reads a Workspace; its id is looked up once."""
    known: list[str] = []

    def read(client: AstroClient) -> Snapshot:
        from astro_provider.http.retry import Repeat
        from astro_provider.lookup.workspaces import resolve_workspace

        if workspace and not known:
            known.append(resolve_workspace(client, workspace, repeat=Repeat.NEVER))
        ids = known or ([client.workspace_id] if client.workspace_id else [])
        found = client.deployments.list(workspace_ids=ids, repeat=Repeat.NEVER)
        return Snapshot(time.time(), [(d, client.deployment_url(d.workspace_id, d.id)) for d in found])

    return read


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
