"""Waiting as operators and the sensor do it: in the triggerer or in the worker, with the same words and end."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowTaskTimeout, conf
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

from astro_provider.common.arguments import check_flags, checked_seconds
from astro_provider.errors import AstroError
from astro_provider.tasks.base import AstroTask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.models.deployments import Deployment
    from astro_provider.triggers.base import WaitTrigger
    from astro_provider.waits.goal import Goal, State
    from astro_provider.waits.verdict import Verdict
    from astro_provider.waits.watch import Watch

DEFAULT_DEFERRABLE = conf.getboolean("operators", "default_deferrable", fallback=False)

#: Airflow 2 itself ends a deferred task when its ``execution_timeout`` expires, without a word about the Deployment.
#: There, the wait ends this many seconds earlier, or a tenth of ``execution_timeout``, so that the task can say more.
RESUMPTION = 30.0


class WaitMixin(AstroTask):
    """Adds waiting to an operator or a sensor that has ``deferrable`` and ``timeout``, too."""

    deferrable: bool
    timeout: float
    _trigger: WaitTrigger | None = None
    _watch: Watch | None = None
    #: When ``execution_timeout`` expires, in epoch seconds, as known from before a wait in the triggerer.
    _execution_deadline: float | None = None
    #: When ``timeout`` is over, in epoch seconds, once the first of several waits has begun.
    _timeout_deadline: float | None = None

    def wait_or_defer(self, context: Context, deployment: Deployment, goal: Goal, *, poll_interval: float) -> Verdict:
        """Wait for a Deployment: in the triggerer if the task is deferrable, else here.

        :param context: The task's context.
        :param deployment: The Deployment as it was last seen.
        :param goal: What to wait for.
        :param poll_interval: Seconds between polls.
        :raises WaitError: The wait ended badly.
        """
        trigger = self.deployment_trigger(context, deployment, goal, poll_interval=poll_interval)
        return self.wait_with(context, trigger, deployment)

    def deployment_trigger(
        self, context: Context, deployment: Deployment, goal: Goal, *, poll_interval: float
    ) -> WaitTrigger:
        """Return what waits for a Deployment.

        :param context: The task's context.
        :param deployment: The Deployment as it was last seen.
        :param goal: What to wait for.
        :param poll_interval: Seconds between polls.
        """
        from astro_provider.triggers.deployment import DeploymentStatusTrigger

        return DeploymentStatusTrigger(
            astro_conn_id=self.astro_conn_id,
            deployment_id=deployment.id,
            poll_interval=poll_interval,
            url=self.hook.client.deployment_url(deployment.workspace_id, deployment.id),
            cancel_if_killed=self.deferrable and self.deletes_if_killed(),
            **vars(goal),
            **self._limits(context),
        )

    def wait_with(self, context: Context, trigger: WaitTrigger, state: State) -> Verdict:
        """Wait for anything that has a status: in the triggerer if the task is deferrable, else here.

        After the triggerer the task goes on with :meth:`resume`.

        :param context: The task's context.
        :param trigger: What to wait for.
        :param state: Its state as it was last seen.
        :raises WaitError: The wait ended badly.
        """
        return self._end(context, self._wait(context, trigger, state, {}))

    def wait_then(
        self, context: Context, trigger: WaitTrigger, state: State, then: Callable[..., Any], **kept: Any
    ) -> Any:
        """Wait, then go on with a method of this task: here, or where the task resumes after the triggerer.

        So a task can wait more than once, each time with another method. All these waits share one ``timeout``.

        :param context: The task's context.
        :param trigger: What to wait for.
        :param state: Its state as it was last seen.
        :param then: The method; called as ``then(context, verdict, **kept)``, however the wait ended.
        :param kept: What it needs to know: plain data, since another process may call it.
        """
        if trigger.limit == "timeout":
            self._timeout_deadline = trigger.deadline
        phase = {"phase": then.__name__, "kept": kept, "timeout_deadline": self._timeout_deadline}
        return then(context, self._wait(context, trigger, state, phase), **kept)

    def _wait(self, context: Context, trigger: WaitTrigger, state: State, phase: Mapping[str, Any]) -> Verdict:
        from astro_provider.waits.goal import Outcome

        # Workers do not share their reads, so they should not all poll at once.
        watch = trigger.watch(phase=random.uniform(0, trigger.poll_interval))  # noqa: S311
        now = time.time()
        watch.record(state, now)
        if watch.outcome is Outcome.PENDING and self.deferrable:
            self.log.info("Waiting in the triggerer: %s", watch.log_message(now))
            kept = {**self.handed_over(context), **phase}
            fields = {**watch.handover(), **self.if_stopped()}
            self.defer(trigger=replace(trigger, **fields), method_name="execute_complete", kwargs=kept)
        if watch.outcome is Outcome.PENDING:
            self._wait_here(trigger, watch)
        return watch.verdict(time.time())

    def handed_over(self, context: Context) -> dict[str, Any]:
        """Return what the process that resumes the task has to know, as arguments of :meth:`execute_complete`.

        :param context: The task's context.
        """
        return {} if self.execution_timeout is None else {"execution_deadline": self._task_deadline(context)}

    def _limits(self, context: Context) -> dict[str, Any]:
        """Return when a wait that begins now has failed, and which of the task's arguments says so."""
        now = time.time()
        deadline = self._task_deadline(context) if self.deferrable else float("inf")  # in a worker Airflow ends it
        over = now + self.timeout if self._timeout_deadline is None else self._timeout_deadline
        if deadline < over:
            return {"started_at": now, "deadline": deadline, "limit": "execution_timeout"}
        return {"started_at": now, "deadline": over, "limit": "timeout"}

    def _task_deadline(self, context: Context) -> float:
        """Return when ``execution_timeout`` expires, counted from the start of this try as Airflow does."""
        if self.execution_timeout is None:
            return float("inf")
        if self._execution_deadline is not None:
            return self._execution_deadline  # on some versions, ``start_date`` is now the time of the resumption
        seconds = self.execution_timeout.total_seconds()
        started = getattr(context["ti"], "start_date", None)
        deadline: float = (time.time() if started is None else started.timestamp()) + seconds
        return deadline if AIRFLOW_V_3_0_PLUS else deadline - min(RESUMPTION, seconds / 10)

    def _wait_here(self, trigger: WaitTrigger, watch: Watch) -> None:
        from astro_provider.polling.reads import read_alone
        from astro_provider.waits.cooldown import Cooldown
        from astro_provider.waits.goal import Outcome

        self._trigger, self._watch = trigger, watch
        cooldown = Cooldown()
        while watch.outcome is Outcome.PENDING:
            now = time.time()
            if message := watch.log_message(now):
                self.log.info(message)
            time.sleep(max(watch.pause(now), min(cooldown.until, trigger.deadline) - now))
            began = time.time()
            try:
                # One attempt: this loop is the retry loop, and it keeps the deadline.
                state = read_alone(trigger.reads(), self.hook.client)
            except AstroError as error:
                if not error.retryable:
                    error.end_with(watch.aim())
                    raise
                cooldown.failed(error, began, time.time(), trigger.poll_interval)
                watch.record_error(error, time.time())
            else:
                cooldown.succeeded(began)
                watch.record(state, time.time())

    def execute_complete(
        self,
        context: Context,
        event: Mapping[str, Any],
        execution_deadline: float | None = None,
        timeout_deadline: float | None = None,
        phase: str | None = None,
        kept: Mapping[str, Any] | None = None,
    ) -> Any:
        """Resume after the wait in the triggerer.

        :param context: The task's context.
        :param event: The trigger's event.
        :param execution_deadline: When ``execution_timeout`` expires, in epoch seconds.
        :param timeout_deadline: When ``timeout`` is over, for a task that waits more than once.
        :param phase: The method to go on with, if the wait began with :meth:`wait_then`.
        :param kept: What that method needs to know.
        """
        from astro_provider.waits.verdict import Verdict

        self.stored_facts = None  # links are from before the wait, perhaps from another process
        self._execution_deadline, self._timeout_deadline = execution_deadline, timeout_deadline
        with self.failing_well():
            verdict = Verdict.from_event(event)
            if phase is None:
                return self.resume(context, verdict)
            return getattr(self, phase)(context, verdict, **kept or {})

    def resume(self, context: Context, verdict: Verdict) -> Any:
        """Do what comes after a wait in the triggerer; subclasses may react to its end in another way.

        :param context: The task's context.
        :param verdict: The end of the wait.
        """
        return self.finish(context, self._end(context, verdict))

    def finish(self, context: Context, verdict: Verdict) -> Any:
        """Return the task's result once the wait ended well; subclasses may do more.

        :param context: The task's context.
        :param verdict: The end of the wait.
        """
        return verdict.facts.get("deployment_id")

    def _end(self, context: Context, verdict: Verdict) -> Verdict:
        from astro_provider.waits.goal import Outcome

        self.store_facts(context, verdict.facts)
        self.end_of_wait(context, verdict)
        if verdict.outcome is Outcome.EXECUTION_TIMED_OUT:
            raise AirflowTaskTimeout(verdict.message)  # what Airflow itself raises in a worker
        verdict.raise_if_bad()
        self.log.info(verdict.message)
        return verdict

    def if_stopped(self) -> dict[str, Any]:
        """Return the fields that tell a trigger what to do, besides cancelling, when somebody stops the task."""
        return {}

    def end_of_wait(self, context: Context, verdict: Verdict) -> None:
        """Do what has to be done whichever way the wait ended; a bad end is raised after that.

        :param context: The task's context.
        :param verdict: The end of the wait.
        """

    def deletes_if_killed(self) -> bool:
        """Whether the Deployment is deleted when somebody stops the task while it waits in the triggerer."""
        return False

    def on_kill(self) -> None:
        """Say what the killed task leaves behind."""
        if self._trigger is not None and self._watch is not None:
            self.log.warning("The task was stopped; %s", self._trigger.left_behind(self._watch.name))


class WaitingOperator(WaitMixin):
    """An operator that changes something, and may wait until Astro has finished.

    :param wait: Whether the task waits until Astro has finished.
    :param poll_interval: Seconds between polls while waiting.
    :param timeout: Seconds after which the wait fails.
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
