"""The one asynchronous wait loop."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import conf
from airflow.triggers.base import BaseTrigger, TriggerEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from astro_provider.models.deployments import DeploymentState
    from astro_provider.polling.board import Board
    from astro_provider.waits.watch import Outcome, Watch

#: Seconds for which the last look may take when the deadline has passed already, as after a long stop.
LAST_LOOK = 60.0


class DeploymentStatusTrigger(BaseTrigger):
    """Waits until a Deployment has a status, or is gone.

    All waits of a triggerer that share a connection are read together: 100 Deployments cost one request. An outage or
    a rate limit never ends a wait; it makes the pauses longer.

    :param astro_conn_id: Id of a connection of type ``astro``.
    :param deployment_id: The Deployment to wait for.
    :param target_statuses: Statuses that end the wait well.
    :param failure_statuses: Statuses that end it badly.
    :param gone: Wait for the Deployment to be deleted instead.
    :param settle_until: Epoch seconds before which a target status only counts once another one was seen.
    :param poll_interval: Seconds between looks.
    :param started_at: Epoch seconds at which the task began to wait.
    :param deadline: Epoch seconds at which the wait has failed; it survives a restart of the triggerer.
    :param url: Where a person would look; for the messages.
    :param known_as: How messages call the Deployment until it is seen.
    :param last_status: Its status when the wait began; for the messages.
    :param delete_if_killed: Whether to delete the Deployment when somebody stops the waiting task; from Airflow 3.3.
    """

    def __init__(
        self,
        *,
        astro_conn_id: str,
        deployment_id: str,
        target_statuses: Sequence[str] = ("HEALTHY",),
        failure_statuses: Sequence[str] = (),
        gone: bool = False,
        settle_until: float = 0.0,
        poll_interval: float = 30.0,
        started_at: float,
        deadline: float,
        url: str | None = None,
        known_as: str | None = None,
        last_status: str | None = None,
        delete_if_killed: bool = False,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.astro_conn_id = astro_conn_id
        self.deployment_id = deployment_id
        self.target_statuses = list(target_statuses)
        self.failure_statuses = list(failure_statuses)
        self.gone = gone
        self.settle_until = settle_until
        self.poll_interval = poll_interval
        self.started_at = started_at
        self.deadline = deadline
        self.url = url
        self.known_as = known_as
        self.last_status = last_status
        self.delete_if_killed = delete_if_killed

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what makes the trigger anew in another process; the token is not part of it."""
        names = (
            "astro_conn_id",
            "deployment_id",
            "target_statuses",
            "failure_statuses",
            "gone",
            "settle_until",
            "poll_interval",
            "started_at",
            "deadline",
            "url",
            "known_as",
            "last_status",
            "delete_if_killed",
        )
        return f"{__name__}.{type(self).__name__}", {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look at the Deployment until the wait is over; yields one event, a verdict as plain data."""
        from astro_provider.errors import AstroError
        from astro_provider.waits.watch import Outcome

        try:
            reader = self._reader()
        except AstroError as error:
            yield _event({"outcome": "error", "message": str(error), "deployment": {}})
            return
        watch = self._watch(reader.phase)
        while True:
            try:
                deployment = await self._look(reader)
            except AstroError as error:
                if not error.retryable:
                    yield _event({"outcome": "error", "message": str(error), "deployment": {}})
                    return
                result = watch.stumble(error, time.time())
            else:
                result = watch.look(deployment, time.time())
            self._say(watch, result)
            if result is not Outcome.PENDING:
                yield _event(watch.verdict(result, time.time()))
                return
            await asyncio.sleep(watch.pause(self.poll_interval, time.time()))

    async def on_kill(self) -> None:
        """Delete the Deployment, if that was asked for; Airflow calls this when a person stops the waiting task.

        Airflow gives it ``[triggerer] on_kill_timeout`` seconds, 30 by default.
        """
        what = self.known_as or f"Deployment {self.deployment_id}"
        if not self.delete_if_killed:
            self.log.warning("The task was stopped; %s stays. See %s", what, self.url)
            return
        try:
            self.log.info(await self._delete(what))
        except BaseException as error:
            reason = str(error) or "Airflow did not wait longer ([triggerer] on_kill_timeout)."
            said = "The task was stopped, but %s could not be deleted. %s See %s"
            self.log.error(said, what, reason, self.url)  # noqa: TRY400  (Airflow logs the traceback)
            raise

    async def _delete(self, what: str) -> str:
        """Delete the Deployment, patiently; returns what there is to say."""
        from astro_provider.errors import AstroError, NotFoundError
        from astro_provider.http.retry import Backoff, Repeat

        tries = 0
        while True:
            try:
                await self._reader().delete(self.deployment_id)
            except NotFoundError:
                # After a lost answer that was our own doing.
                return f"The task was stopped; {what} is gone{'' if tries else ' already'}."
            except AstroError as error:
                pause = Backoff().pause(error, tries, Repeat.SAFE)
                if pause is None:
                    raise
                self.log.warning("%s Trying again in %.1f s.", error, pause)
            else:
                return f"The task was stopped; deleted {what}."
            tries += 1
            await asyncio.sleep(pause)

    def _reader(self) -> Board:
        from astro_provider.hooks.astro import AstroHook
        from astro_provider.polling.board import board

        return board(self.astro_conn_id, AstroHook(self.astro_conn_id).open_client, share=rate_limit_share())

    async def _look(self, reader: Board) -> DeploymentState | None:
        """Read the Deployment; while reads are held back after failures, no longer than to the deadline."""
        patience = max(self.deadline - time.time(), LAST_LOOK)
        return await reader.read(self.deployment_id, interval=self.poll_interval, patience=patience)

    def _watch(self, phase: float) -> Watch:
        from astro_provider.waits.watch import Goal, Watch

        goal = Goal(
            targets=frozenset(self.target_statuses),
            failures=frozenset(self.failure_statuses),
            gone=self.gone,
            settle_until=self.settle_until,
        )
        return Watch(
            self.deployment_id,
            goal,
            started_at=self.started_at,
            deadline=self.deadline,
            url=self.url,
            known_as=self.known_as,
            last_status=self.last_status,
            phase=phase,
        )

    def _say(self, watch: Watch, result: Outcome) -> None:
        from astro_provider.waits.watch import Outcome

        if result is Outcome.PENDING and (line := watch.line(time.time())):
            self.log.info(line)


def rate_limit_share() -> float:
    """Return the part of the API's rate limit that the waits of one triggerer may use, from Airflow's configuration.

    :raises ConfigurationError: It is not a number above 0 and up to 1.
    """
    share: float = conf.getfloat("astro", "rate_limit_share", fallback=0.5)
    if not 0 < share <= 1:
        from astro_provider.errors import ConfigurationError

        raise ConfigurationError(f"[astro] rate_limit_share is {share:g}; allowed is a number above 0 and up to 1.")
    return share


def _event(verdict: dict[str, Any]) -> TriggerEvent:
    return TriggerEvent(verdict)  # type: ignore[no-untyped-call]
