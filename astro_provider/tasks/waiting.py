"""Waiting as operators and the sensor do it: in the triggerer or in the worker, with the same words and end."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import conf

from astro_provider.common.arguments import check_flags, checked_seconds
from astro_provider.errors import AstroError
from astro_provider.tasks.base import AstroTask

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.models.deployments import Deployment
    from astro_provider.waits.watch import Goal, Watch

DEFAULT_DEFERRABLE = conf.getboolean("operators", "default_deferrable", fallback=False)


class WaitMixin(AstroTask):
    """Adds waiting to an operator or a sensor that has ``deferrable`` and ``timeout``, too."""

    deferrable: bool
    timeout: float
    _watch: Watch | None = None

    def wait_or_defer(
        self, context: Context, deployment: Deployment, goal: Goal, *, poll_interval: float
    ) -> Mapping[str, Any]:
        """Wait for a Deployment: in the triggerer if the task is deferrable, else here.

        :param context: The task's context.
        :param deployment: The Deployment as it was last seen.
        :param goal: What to wait for.
        :param poll_interval: Seconds between looks.
        :raises WaitError: The wait ended badly.
        """
        from astro_provider.waits.watch import Outcome, Watch

        client = self.hook.client
        now = time.time()
        watch = Watch(
            deployment.id,
            goal,
            started_at=now,
            deadline=now + self.timeout,
            url=client.deployment_url(deployment.workspace_id, deployment.id),
            phase=random.uniform(0, poll_interval),  # noqa: S311  (many workers that wait must not ask all at once)
        )
        result = watch.look(deployment, now)
        if result is Outcome.PENDING and self.deferrable:
            self.log.info("Waiting in the triggerer: %s", watch.line(now))
            self._defer(watch, poll_interval)
        if result is Outcome.PENDING:
            result = self._wait_here(watch, poll_interval)
        return self._end(context, watch.verdict(result, time.time()))

    def _defer(self, watch: Watch, poll_interval: float) -> None:
        from astro_provider.triggers.deployment import DeploymentStatusTrigger

        trigger = DeploymentStatusTrigger(
            astro_conn_id=self.astro_conn_id,
            poll_interval=poll_interval,
            delete_if_killed=self.deletes_if_killed(),
            **watch.handover(),
        )
        self.defer(trigger=trigger, method_name="execute_complete")

    def _wait_here(self, watch: Watch, poll_interval: float) -> Any:
        from astro_provider.waits.cooldown import Cooldown
        from astro_provider.waits.watch import Outcome

        self._watch = watch
        hold = Cooldown()
        result = Outcome.PENDING
        while result is Outcome.PENDING:
            now = time.time()
            if line := watch.line(now):
                self.log.info(line)
            time.sleep(max(watch.pause(poll_interval, now), min(hold.until, watch.deadline) - now))
            began = time.time()
            try:
                deployment = self._look(watch.deployment_id)
            except AstroError as error:
                if not error.retryable:
                    raise
                hold.failed(error, began, time.time(), poll_interval)
                result = watch.stumble(error, time.time())
            else:
                hold.succeeded(began)
                result = watch.look(deployment, time.time())
        return result

    def _look(self, deployment_id: str) -> Deployment | None:
        """Read the Deployment once: this loop is the retry loop, and it keeps the deadline."""
        from astro_provider.errors import NotFoundError
        from astro_provider.http.retry import Repeat

        try:
            return self.hook.client.deployments.get(deployment_id, repeat=Repeat.NEVER)
        except NotFoundError:
            return None

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Go on after the triggerer's wait.

        :param context: The task's context.
        :param event: The trigger's verdict.
        """
        self.stored_facts = None  # links are from before the wait, perhaps from another process
        with self.failing_well():
            return self.finish(context, self._end(context, event))

    def finish(self, context: Context, verdict: Mapping[str, Any]) -> Any:
        """Return the task's result once the wait ended well; subclasses may do more.

        :param context: The task's context.
        :param verdict: The end of the wait.
        """
        return verdict["deployment"].get("deployment_id")

    def _end(self, context: Context, verdict: Mapping[str, Any]) -> Mapping[str, Any]:
        from astro_provider.waits.watch import raise_for

        self.store_facts(context, verdict["deployment"])
        raise_for(verdict)
        self.log.info(verdict["message"])
        return verdict

    def deletes_if_killed(self) -> bool:
        """Whether the Deployment goes when somebody stops the task while it waits in the triggerer."""
        return False

    def on_kill(self) -> None:
        """Say what the killed task leaves behind."""
        if self._watch is not None:
            watch = self._watch
            self.log.warning("The task was stopped; Deployment %s stays. See %s", watch.deployment_id, watch.url)


class WaitingOperator(WaitMixin):
    """An operator that changes something, and may wait until Astro has finished.

    :param wait: Whether the task ends only when Astro has finished.
    :param poll_interval: Seconds between polls while waiting.
    :param timeout: Seconds after which the wait has failed.
    :param deferrable: Whether to wait in the triggerer; default: ``[operators] default_deferrable``.
    """

    def __init__(
        self,
        *,
        wait: bool = True,
        poll_interval: float | timedelta = 30,
        timeout: float | timedelta = 3600,
        deferrable: bool = DEFAULT_DEFERRABLE,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_flags(wait=wait, deferrable=deferrable)
        self.wait = wait
        self.poll_interval = checked_seconds("poll_interval", poll_interval)
        self.timeout = checked_seconds("timeout", timeout)
        self.deferrable = deferrable
