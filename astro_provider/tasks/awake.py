"""A Deployment that has to be awake while a task works with it, and sleeps again as before when the task has ended."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowSkipException, TaskDeferred

from astro_provider.common.arguments import check_choice
from astro_provider.common.choices import IfHibernating
from astro_provider.errors import AstroError, HibernatingError
from astro_provider.tasks.retry_state import AWAKENING, RetryState
from astro_provider.tasks.waiting import WaitingOperator

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.models.deployments import Deployment
    from astro_provider.rules.awakening import Awakening
    from astro_provider.waits.verdict import Verdict

#: How much longer than ``timeout`` a Deployment is kept awake, for what a task does besides waiting.
BESIDES_WAITING = timedelta(hours=1)


class AwakeOperator(WaitingOperator):
    """An operator that works with a Deployment that may hibernate.

    :param if_hibernating: What to do if the Deployment hibernates: ``fail``, ``skip`` the task, or ``wake`` the
        Deployment for the duration of the task. ``wake`` also keeps a Deployment awake that would fall asleep before
        the task has ended. However the task ends, it restores the previous hibernation override.
    """

    #: Whether what the task begins would end if the Deployment fell asleep again as soon as the task has ended.
    sleep_ends_work: ClassVar[bool] = False
    _awakening: Awakening | None = None

    def __init__(self, *, if_hibernating: IfHibernating = "fail", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_choice("if_hibernating", if_hibernating, IfHibernating)
        if if_hibernating == "wake" and self.sleep_ends_work and not self.wait:
            raise ValueError(
                "if_hibernating='wake' needs wait=True: the Deployment hibernates again when the task ends, which "
                "would end what the task has started."
            )
        self.if_hibernating = if_hibernating

    def run_checked(self, context: Context) -> Any:
        """Do the task's work; what an earlier attempt could not put back is put back at its end, too.

        :param context: The task's context.
        """
        from astro_provider.rules.awakening import Awakening

        self._awakening = Awakening.from_data(RetryState(context).recall(AWAKENING))
        with self._putting_back(context):
            return super().run_checked(context)

    def execute_complete(
        self,
        context: Context,
        event: Mapping[str, Any],
        execution_deadline: float | None = None,
        timeout_deadline: float | None = None,
        phase: str | None = None,
        kept: Mapping[str, Any] | None = None,
        awakening: Mapping[str, Any] | None = None,
    ) -> Any:
        """Resume after the wait in the triggerer.

        :param context: The task's context.
        :param event: The trigger's event.
        :param execution_deadline: When ``execution_timeout`` expires, in epoch seconds.
        :param timeout_deadline: When ``timeout`` is over, for a task that waits more than once.
        :param phase: The method to go on with.
        :param kept: What that method needs to know.
        :param awakening: What has to be put back when the task ends.
        """
        from astro_provider.rules.awakening import Awakening

        self._awakening = Awakening.from_data(awakening)
        with self._putting_back(context):
            return super().execute_complete(context, event, execution_deadline, timeout_deadline, phase, kept)

    def once_awake(
        self,
        context: Context,
        deployment: Deployment,
        work: Callable[..., Any],
        *,
        statuses: Collection[str] = ("HEALTHY",),
        **arguments: Any,
    ) -> Any:
        """Go on with a method of this task once the Deployment is awake; returns what it returns.

        A retry that goes on with what an earlier attempt began calls this, too.

        :param context: The task's context.
        :param deployment: The Deployment as it was just read.
        :param work: The method; called as ``work(context, **arguments)``, after a wait perhaps by another process.
        :param statuses: In which of its statuses the Deployment can take the work.
        :param arguments: What the method needs to know: plain data.
        :raises HibernatingError: It hibernates, and ``if_hibernating`` is ``fail``.
        :raises AirflowSkipException: It hibernates, and ``if_hibernating`` is ``skip``.
        """
        from astro_provider.rules.hibernation import is_asleep, is_turning
        from astro_provider.waits.goal import SETTLE, Goal

        if not deployment.is_development_mode:
            return work(context, **arguments)
        turning = is_turning(deployment, asleep=False, now=self.hook.client.server_time())
        sleeps = turning or is_asleep(deployment)
        if self.if_hibernating == "wake":
            self._keep_awake(context, deployment)
        elif sleeps:
            self._refuse(deployment)
        if not sleeps:
            return work(context, **arguments)
        goal = Goal(target_statuses=statuses, settle_until=time.time() + SETTLE if turning else 0.0)
        trigger = self.deployment_trigger(context, deployment, goal, poll_interval=self.poll_interval)
        return self.wait_then(
            context, trigger, deployment, self.work_awake, work=work.__name__, arguments=dict(arguments)
        )

    def work_awake(self, context: Context, verdict: Verdict, work: str, arguments: Mapping[str, Any]) -> Any:
        """Go on once the Deployment is awake.

        :param context: The task's context.
        :param verdict: The end of the wait for it.
        :param work: The method to go on with.
        :param arguments: What it needs to know.
        """
        self._end(context, verdict)
        return getattr(self, work)(context, **arguments)

    def handed_over(self, context: Context) -> dict[str, Any]:
        """Return what the process that resumes the task has to know.

        :param context: The task's context.
        """
        awakening = {"awakening": self._awakening.as_data()} if self._awakening else {}
        return {**super().handed_over(context), **awakening}

    def if_stopped(self) -> dict[str, Any]:
        """Have the trigger put the override back when somebody stops the task."""
        put_back = {"put_back": self._awakening.as_data()} if self._awakening else {}
        return {**super().if_stopped(), **put_back}

    def on_kill(self) -> None:
        """Put the override back, after what the task does anyway when it is stopped."""
        super().on_kill()
        self._put_back_or_say_so()

    def _refuse(self, deployment: Deployment) -> None:
        if self.if_hibernating == "skip":
            raise AirflowSkipException(f"{deployment.label} is hibernating.")
        raise HibernatingError(
            f"{deployment.label} is hibernating. Set if_hibernating to 'wake' to wake it up for the duration of "
            "this task, or to 'skip' to skip the task."
        )

    def _keep_awake(self, context: Context, deployment: Deployment) -> None:
        """Order that the Deployment is awake until the task has ended, unless it is so already."""
        from astro_provider.lookup.overrides import send_order
        from astro_provider.rules.awakening import awakening

        client, state = self.hook.client, RetryState(context)
        now = client.server_time()
        found = awakening(deployment, now + timedelta(seconds=self.timeout) + BESIDES_WAITING, now, self._awakening)
        if found is None:
            return
        # Remembered before it is sent: a worker that is killed in between leaves nothing that nobody knows of.
        self._awakening = found
        state.remember(AWAKENING, found.as_data())
        stored = send_order(client, deployment, found.own, now)
        if stored is not None:
            self._awakening = found.granted(stored)
            state.remember(AWAKENING, self._awakening.as_data())
        own = self._awakening.own
        self.log.info("%s %s. However this task ends, %s.", deployment.label, own.describe(), found.describe())
        if not state.remembers:
            self.log.info(
                "If the task is killed before it can do this, a retry does it. Without a retry, this override ends by "
                "itself, and the schedules apply again."
            )

    @contextmanager
    def _putting_back(self, context: Context) -> Iterator[None]:
        """Put the override back at every end of the task: all but the begin of a wait in the triggerer."""
        try:
            yield
        except TaskDeferred:
            raise
        except BaseException:
            self._put_back_or_say_so()
            raise
        with self.failing_well():
            self._put_back()
        if self._awakening is None:
            RetryState(context).remember(AWAKENING, {})

    def _put_back(self) -> None:
        from astro_provider.lookup.overrides import put_back

        if self._awakening is not None:
            self.log.info(put_back(self.hook.client, self._awakening))
            self._awakening = None

    def _put_back_or_say_so(self) -> None:
        """Put the override back where the task fails anyway: what it failed with must not be hidden."""
        awakening = self._awakening
        try:
            self._put_back()
        except AstroError as error:
            which = f"Deployment {awakening.deployment_id}" if awakening else "The Deployment"
            what, failed, retry = "this override", "removed", "removes"
            if awakening and awakening.earlier:
                what, failed, retry = "its previous hibernation override", "restored", "restores"
            message = f"%s stays awake until this task's override ends: {what} could not be {failed}."
            self.log.error(f"{message} A retry of this task {retry} it. %s", which, error)  # noqa: TRY400
