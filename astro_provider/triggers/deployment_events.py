"""Deployments that reach a status, as events that schedule DAGs (Airflow 3)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, NamedTuple

import airflow.triggers.base
from airflow.triggers.base import TriggerEvent

from astro_provider.errors import AstroError, ConfigurationError
from astro_provider.models.statuses import checked_statuses
from astro_provider.polling.attempts import attempts
from astro_provider.rules.selection import checked_pattern, matches
from astro_provider.triggers.base import connection_board
from astro_provider.waits.watch import SHORTEST_INTERVAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable, Sequence

    from airflow.triggers.base import BaseEventTrigger

    from astro_provider.client import AstroClient
    from astro_provider.models.deployments import Deployment
else:
    # Airflow 2 has none; there the class can be imported, but not used.
    BaseEventTrigger = getattr(airflow.triggers.base, "BaseEventTrigger", airflow.triggers.base.BaseTrigger)

log = logging.getLogger(__name__)

#: Shortest pause in seconds after an error that somebody has to fix.
ERROR_PAUSE = 300.0
#: Longest time in seconds for which a first failure of these reads holds back the connection's others.
LONGEST_FIRST_HOLD = 30.0
#: Seconds that Airflow takes at most to store an event; that it was sent is only remembered after that.
STORING = 5.0


class Snapshot(NamedTuple):
    """All Deployments of a Workspace at one moment.

    :param at: Epoch seconds.
    :param deployments: Each with the address of its page in the Astro UI.
    """

    at: float
    deployments: list[tuple[Deployment, str]]


class DeploymentStatusEventTrigger(BaseEventTrigger):
    """Schedules DAGs, through an ``AssetWatcher``, when Deployments reach a status; Airflow 3 only.

    The first poll only takes stock. After that, each Deployment that reached a target status since the previous poll,
    or was created since then, is an event. It never ends: an outage, a revoked token or a missing connection is logged,
    and the next poll follows later. From Airflow 3.3, watchers of one Workspace share their polls, and what was seen
    last survives a restart of the triggerer.

    :param astro_conn_id: Id of a connection of type ``astro``.
    :param workspace: Id or name of the Workspace; default: the connection's, else the whole Organization.
    :param name_pattern: Only Deployments whose names match, such as ``prod-*``; case counts. Default: all.
    :param target_statuses: The statuses that are events: CREATING, DEPLOYING, HEALTHY, UNHEALTHY, UNKNOWN, HIBERNATING.
    :param lasting: Seconds for which a status must have been seen before it is an event: a new or updated Deployment
        may be UNHEALTHY for a moment.
    :param include_present: Whether the status that a Deployment has when it is first seen is an event, too.
    :param poll_interval: Seconds between polls; a status that comes and goes in between is missed.
    :raises ConfigurationError: Airflow is older than 3.0, or an argument is wrong.
    """

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
        if BaseEventTrigger is airflow.triggers.base.BaseTrigger:
            raise ConfigurationError(
                "DeploymentStatusEventTrigger needs Airflow 3: Airflow 2 cannot schedule a DAG on a trigger. "
                "There, use a DeploymentStatusSensor in a DAG with a schedule to watch one Deployment."
            )
        super().__init__()  # type: ignore[no-untyped-call]
        self.astro_conn_id = astro_conn_id
        self.workspace = workspace
        self.name_pattern = checked_pattern("name_pattern", name_pattern)
        self.target_statuses = sorted(checked_statuses("target_statuses", target_statuses))
        if not self.target_statuses:
            raise ConfigurationError("target_statuses is empty: this trigger would never send an event.")
        self.lasting = lasting
        self.include_present = include_present
        self.poll_interval = poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what recreates the trigger in another process; the token is not part of it."""
        names = (
            "astro_conn_id",
            "workspace",
            "name_pattern",
            "target_statuses",
            "lasting",
            "include_present",
            "poll_interval",
        )
        return f"{__name__}.{type(self).__name__}", {name: getattr(self, name) for name in names}

    def shared_stream_key(self) -> Hashable:
        """Return what watchers that share their polls have in common; Airflow 3.3 and later ask for it."""
        return ("astro_deployments", self.astro_conn_id, self.workspace, self.poll_interval)

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[Snapshot]:
        """Poll the Workspace forever; a poll that fails is logged and tried again later.

        Airflow restarts an event trigger that has ended at once, without what it knew: so this one does not end.

        :param kwargs: Arguments of one of the watchers that share the polls.
        """
        conn_id, workspace = kwargs["astro_conn_id"], kwargs["workspace"]
        interval: float = max(kwargs["poll_interval"], SHORTEST_INTERVAL)
        read, what = _reader_of(workspace), f"the Deployments of {workspace or 'the Workspace'} ({conn_id})"
        failed = False

        async def poll() -> Snapshot:
            return await connection_board(conn_id).call(read, interval=min(interval, LONGEST_FIRST_HOLD))

        def pause_after(error: Exception | None) -> float | None:
            nonlocal failed
            failed = error is not None
            return interval if error is None else _log_failure(error, what, interval)

        async with aclosing(attempts(poll, pause_after)) as snapshots:
            async for snapshot in snapshots:
                if failed:
                    log.info("Polling %s works again.", what)
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
            memory=await self._recall(),
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
                    await asyncio.sleep(STORING)  # a crash in between repeats an event rather than losing it
                await self._remember(memory)
                remembered = memory["seen"]

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll by itself: Airflow before 3.3, where watchers do not share."""
        async for event in self.filter_shared_stream(self.open_shared_stream(self.serialize()[1])):
            yield event

    async def _recall(self) -> Any:
        """Return what was last seen by this trigger in an earlier process, if Airflow keeps it (3.3)."""
        store = getattr(self, "asset_state_store", None)
        try:
            return await store.aget(self._memory_key()) if store is not None else None
        except Exception as error:  # noqa: BLE001  (whatever Airflow raises)
            log.warning("What was last seen could not be read, so the first poll takes stock. %s", error)
            return None

    async def _remember(self, memory: dict[str, Any]) -> None:
        store = getattr(self, "asset_state_store", None)
        try:
            if store is not None:
                await store.aset(self._memory_key(), memory)
        except Exception as error:  # noqa: BLE001  (whatever Airflow raises)
            log.warning("The statuses could not be stored; a restart of the triggerer will lose them. %s", error)

    def _memory_key(self) -> str:
        """Name this trigger's memory; an asset may have several watchers."""
        arguments = json.dumps(self.serialize()[1], sort_keys=True)
        return f"astro_deployments_{hashlib.sha256(arguments.encode()).hexdigest()[:16]}"


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


def _log_failure(error: Exception, what: str, interval: float) -> float:
    """Log why a poll failed; returns the seconds until the next."""
    if isinstance(error, AstroError) and error.retryable:
        log.warning("Polling Astro for %s failed; retrying. %s", what, error)
        return interval
    pause = max(interval, ERROR_PAUSE)
    unexpected = None if isinstance(error, AstroError) else error
    log.error("Not watching %s; trying again in %.0f s. %s", what, pause, error, exc_info=unexpected)
    return pause
