"""DAG runs of another Deployment that have ended, as events that schedule DAGs (Airflow 3)."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow.triggers.base import TriggerEvent

from astro_provider.common.import_paths import names_elsewhere
from astro_provider.errors import AstroError, ConfigurationError
from astro_provider.rules.dag_runs import checked_states
from astro_provider.rules.selection import checked_pattern, matches
from astro_provider.triggers import _event_streams as streams
from astro_provider.triggers.base import connection_board
from astro_provider.waits.watch import SHORTEST_INTERVAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable, Sequence
    from datetime import datetime

    from astro_provider.client import AstroClient
    from astro_provider.models.airflow.dag_runs import DagRun
    from astro_provider.models.deployments import DeploymentState
    from astro_provider.polling.board import Board

log = logging.getLogger(__name__)


class Ended(NamedTuple):
    """The runs of one Deployment that have ended since a moment.

    :param since: Since when this is all of them; ``None``: it is only a first look.
    :param at: When the list was asked for, by that Airflow's clock.
    :param runs: The runs, each with its address.
    :param deployment: The Deployment.
    """

    since: datetime | None
    at: datetime
    runs: list[tuple[DagRun, str | None]]
    deployment: DeploymentState


class DagRunEventTrigger(streams.EventStream):
    """Schedules DAGs through an ``AssetWatcher`` when DAG runs of another Deployment end; Airflow 3 only.

    The first poll only records the current runs. After that, each run that has ended since the previous poll causes an
    event; a run that is cleared and ends again causes another one. The trigger never ends: after an outage, a revoked
    token or a missing connection, it logs the problem, and a later poll reports the runs that have ended since.
    From Airflow 3.3, a restart of the triggerer loses no events, and watchers share their polls if they have the same
    ``astro_conn_id``, ``poll_interval`` and ``workspace`` and identify the Deployment in the same way, all by its id or
    all by its name.

    :param astro_conn_id: Id of a connection of type ``astro``.
    :param deployment_id: The Deployment's id. If you set a name as well, it must be the name of this Deployment.
    :param deployment_name: The Deployment's exact name, if you do not know its id.
    :param workspace: Id or name of the Workspace in which to look up the name; default: the connection's, else the
        token's.
    :param dag_ids: Only runs of these DAGs. Default: all.
    :param dag_id_pattern: Only runs of DAGs whose ids match, such as ``load_*``; case-sensitive.
    :param states: The states that cause an event: ``success``, ``failed``.
    :param poll_interval: Seconds between polls.
    :raises ConfigurationError: Airflow is older than 3.0, or an argument is invalid.
    """

    arguments = (
        "astro_conn_id",
        "deployment_id",
        "deployment_name",
        "workspace",
        "dag_ids",
        "dag_id_pattern",
        "states",
        "poll_interval",
    )
    memory_prefix = "astro_dag_runs"
    instead = "There, use a DeploymentDagRunSensor in a DAG with a schedule."

    def __init__(
        self,
        *,
        astro_conn_id: str = "astro_default",
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        dag_ids: Sequence[str] | None = None,
        dag_id_pattern: str | None = None,
        states: Sequence[str] = ("success",),
        poll_interval: float = 60,
    ) -> None:
        super().__init__()
        if not deployment_id and not deployment_name:
            raise ConfigurationError("Neither deployment_id nor deployment_name says which Deployment to watch.")
        self.astro_conn_id = astro_conn_id
        self.deployment_id = deployment_id
        self.deployment_name = deployment_name
        self.workspace = workspace
        self.dag_ids = None if dag_ids is None else sorted([dag_ids] if isinstance(dag_ids, str) else dag_ids)
        self.dag_id_pattern = checked_pattern("dag_id_pattern", dag_id_pattern)
        self.states = list(checked_states("states", states, ("success", "failed")))
        if not self.states or self.dag_ids == []:
            raise ConfigurationError("states or dag_ids is empty: this trigger would never send an event.")
        self.poll_interval = poll_interval

    def shared_stream_key(self) -> Hashable:
        """Return what watchers that share their polls have in common; Airflow 3.3 and later ask for it."""
        which = (self.deployment_id, self.deployment_name, self.workspace)
        return ("astro_dag_runs", self.astro_conn_id, *which, self.poll_interval)

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[Ended]:
        """Poll the Deployment's Airflow forever; a poll that fails is logged and tried again later.

        :param kwargs: Arguments of one of the watchers that share the polls.
        """
        reader = _Reader(kwargs)
        interval: float = max(kwargs["poll_interval"], SHORTEST_INTERVAL)
        async for ended in streams.polls(_board_of(kwargs), reader.next, reader.what, interval):
            yield ended

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Ended]) -> AsyncIterator[TriggerEvent]:
        """Send an event for each run that has ended.

        :param shared_stream: From :meth:`open_shared_stream`.
        """
        from astro_provider.rules.run_ends import RunEnds

        ends = RunEnds(await self.recall())
        remembered: Any = None
        async for shared in shared_stream:
            ended = await self._complete(shared, ends.since)
            if ended is None:
                continue
            # Only its own are remembered: what Airflow stores at each poll should not grow with other DAGs.
            urls = {(run.dag_id, run.dag_run_id): url for run, url in ended.runs if self._fits(run)}
            events = ends.look([run for run, _ in ended.runs if self._fits(run)], ended.at)
            for run in events:
                log.info("Run %r of DAG %r has ended: %s", run.dag_run_id, run.dag_id, run.state)
                payload = {**_payload(run, ended.deployment), "dag_run_url": urls[run.dag_id, run.dag_run_id]}
                yield TriggerEvent(payload)  # type: ignore[no-untyped-call]
            memory = ends.memory()
            if memory != remembered:
                if events:
                    await asyncio.sleep(streams.STORING)  # a crash in between repeats an event rather than losing it
                await self.remember(memory)
                remembered = memory

    async def _complete(self, shared: Ended, since: datetime | None) -> Ended | None:
        """Return all runs since a moment: after a restart, the shared polls may have begun later than that."""
        if since is None or (shared.since is not None and shared.since <= since):
            return shared
        kwargs = self.serialize()[1]
        reader = _Reader(kwargs)
        try:
            return await _board_of(kwargs)().call(lambda client: reader.read(client, since))
        except AstroError as error:
            log.warning(
                "The runs that ended since %s could not be read; trying again at the next poll. %s", since, error
            )
            return None

    def _fits(self, run: DagRun) -> bool:
        is_listed = self.dag_ids is None or run.dag_id in self.dag_ids
        return is_listed and run.state in self.states and matches(self.dag_id_pattern, run.dag_id)


class _Reader:
    """Reads the runs that have ended, each time since a moment before the last time.

    :param kwargs: Arguments of a watcher.
    """

    def __init__(self, kwargs: dict[str, Any]) -> None:
        self._which = {name: kwargs[name] for name in ("deployment_id", "deployment_name", "workspace")}
        self.what = f"DAG runs of Deployment {kwargs['deployment_id'] or kwargs['deployment_name']!r}"
        self._deployment: DeploymentState | None = None
        self._since: datetime | None = None

    def next(self, client: AstroClient) -> Ended:
        """Read what has ended since the last time.

        :param client: The connection's client.
        """
        from astro_provider.rules.run_ends import OVERLAP

        ended = self.read(client, self._since)
        self._since = ended.at - OVERLAP
        return ended

    def read(self, client: AstroClient, since: datetime | None) -> Ended:
        """Read what has ended since a moment.

        :param client: The connection's client.
        :param since: The moment; ``None``: just before now.
        """
        from astro_provider.airflow_api.connect import airflow_client_by_id
        from astro_provider.http.retry import Repeat
        from astro_provider.lookup.deployments import get_deployment
        from astro_provider.models.airflow.dag_runs import FINISHED
        from astro_provider.rules.dag_runs import run_url
        from astro_provider.rules.run_ends import OVERLAP

        deployment, self._deployment = self._deployment, None  # looked for again after an error
        if deployment is None:
            deployment = get_deployment(client, **self._which)
        airflow = airflow_client_by_id(client, deployment.id, repeat=Repeat.NEVER)
        began, start = time.monotonic(), since or airflow.server_time() - OVERLAP
        runs = airflow.dag_runs.list(states=sorted(FINISHED), ended_since=start, repeat=Repeat.NEVER)
        # After the response, since only that has told the time of the other side.
        at = airflow.server_time() - timedelta(seconds=time.monotonic() - began)
        urls = [run_url(deployment.airflow_url, airflow.major, run.dag_id, run.dag_run_id) for run in runs]
        self._deployment = deployment
        return Ended(since, at, list(zip(runs, urls, strict=True)), deployment)


def _board_of(kwargs: dict[str, Any]) -> Callable[[], Board[Any]]:
    which = kwargs["deployment_id"] or kwargs["deployment_name"]
    return lambda: connection_board(kwargs["astro_conn_id"], which)


def _payload(run: DagRun, deployment: DeploymentState) -> dict[str, Any]:
    """Say what happened, as plain data: no configuration of the run, nothing secret."""
    moments = {"logical_date": run.logical_date, "start_date": run.start_date, "end_date": run.end_date}
    return {
        "deployment_id": deployment.id,
        "deployment_name": deployment.name,
        "workspace_id": deployment.workspace_id,
        "dag_id": run.dag_id,
        "dag_run_id": run.dag_run_id,
        "state": run.state,
        "run_type": run.run_type,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
