"""Waiting as operators and the sensor do it: in the triggerer or in the worker, with the same words and end."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.errors import ApiError, AstroError
from astro_provider.hooks.astro import AstroHook
from astro_provider.links import OpenInAstroLink

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from airflow.providers.common.compat.sdk import BaseOperator, Context

    from astro_provider.models.deployments import Deployment
    from astro_provider.waits.watch import Goal, Watch

    Task = BaseOperator  # what the mixin is mixed into
else:
    Task = object


@contextmanager
def failing_well(task: HookMixin) -> Iterator[None]:
    """Turn errors that no retry can mend into ``AirflowFailException``, so that Airflow does not retry them.

    :param task: The task that may fail; its connection explains why Astro refused something.
    """
    try:
        yield
    except AstroError as error:
        if error.retryable:
            raise
        hint = task.hook.explain(error) if isinstance(error, ApiError) else None
        raise AirflowFailException(f"{error}\n{hint}" if hint else str(error)) from error


class HookMixin(Task):
    """Adds the hook to an operator or a sensor that has ``astro_conn_id``."""

    astro_conn_id: str
    #: What this try has stored as XComs; ``None`` while that is not known, since another process may have stored some.
    stored_facts: Mapping[str, str] | None = None

    @cached_property
    def hook(self) -> AstroHook:
        """The hook of this task's connection."""
        return AstroHook(self.astro_conn_id)

    def store_facts(self, context: Context, facts: Mapping[str, str | None], url: str | None = None) -> None:
        """Store what is known about a Deployment as XComs of their own; before a wait, so that links work meanwhile.

        :param context: The task's context.
        :param facts: From :func:`astro_provider.waits.watch.summary`; those without a value are left out.
        :param url: The Deployment's page in the Astro UI.
        """
        known = {key: value for key, value in {OpenInAstroLink.xcom_key: url, **facts}.items() if value is not None}
        for key, value in known.items():
            context["ti"].xcom_push(key=key, value=value)
        if self.stored_facts is not None:
            self.stored_facts = {**self.stored_facts, **known}


class WaitMixin(HookMixin):
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
        with failing_well(self):
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
