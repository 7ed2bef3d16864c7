"""Waiting for a Deployment that something else works on."""

from __future__ import annotations

import time
from collections.abc import Sized
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
    PokeReturnValue,
)

from astro_provider.common.arguments import check_flags, checked_seconds
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE, WaitMixin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.models.deployments import Deployment
    from astro_provider.waits.goal import Goal
    from astro_provider.waits.watch import Watch


class DeploymentStatusSensor(DeploymentTask, WaitMixin, BaseSensorOperator):
    """Waits until a Deployment has one of the target statuses; returns its id.

    :param target_statuses: Statuses that end the wait: CREATING, DEPLOYING, HEALTHY, UNHEALTHY, UNKNOWN, HIBERNATING.
    :param failure_statuses: Statuses that fail the task at once; none by default, since UNHEALTHY and UNKNOWN pass.
    :param deferrable: Whether to wait in the triggerer; default: ``[operators] default_deferrable``.
    :param poke_interval: Seconds between polls.
    :param timeout: Seconds after which the wait has failed.
    """

    template_fields: Sequence[str] = (*DeploymentTask.template_fields, "target_statuses", "failure_statuses")
    lists_of_text = ("target_statuses", "failure_statuses")
    _found = False
    _unmet = ""

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        target_statuses: Sequence[str] = ("HEALTHY",),
        failure_statuses: Sequence[str] = (),
        deferrable: bool = DEFAULT_DEFERRABLE,
        poke_interval: float | timedelta = 30,
        timeout: float | timedelta = 3600,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            poke_interval=checked_seconds("poke_interval", poke_interval),
            timeout=checked_seconds("timeout", timeout, or_none_at_all=True),  # in Airflow's sensors 0 means one poll
            **kwargs,
        )
        check_flags(deferrable=deferrable)
        if isinstance(target_statuses, Sized) and not target_statuses:
            raise ValueError(f"target_statuses={target_statuses!r} is not possible: nothing would end the wait.")
        self.target_statuses = target_statuses
        self.failure_statuses = failure_statuses
        self.deferrable = deferrable

    def run_task(self, context: Context) -> Any:
        """Wait in the way the task is set up for: triggerer, worker slot, or rescheduled.

        :param context: The task's context.
        """
        if not self.deferrable:
            return self._poke_on(context)
        goal = self._goal()
        deployment = self._find(context)
        self.wait_or_defer(context, deployment, goal, poll_interval=self.poke_interval)
        return deployment.id

    def _poke_on(self, context: Context) -> Any:
        if self.reschedule:
            self.stored_facts = None  # it may have stored links at an earlier poke
        try:
            return BaseSensorOperator.execute(self, context)
        except (AirflowSensorTimeout, AirflowSkipException) as error:
            if error.__cause__ is not None:  # a poll that failed, not the timeout
                raise
            raise type(error)(f"{self._unmet} {error}".lstrip()) from error

    def poke(self, context: Context) -> PokeReturnValue:
        """Poll once.

        :param context: The task's context.
        """
        from astro_provider.errors import AstroError
        from astro_provider.waits.goal import Outcome

        with super().failing_well():
            goal = self._goal()
            try:
                deployment = self._find(context)
            except AstroError as error:
                if not error.retryable:
                    raise
                self._unmet = f"Polling Astro failed. {error}"
                self.log.warning("Astro could not be asked; trying again at the next poll. %s", error)
                return PokeReturnValue(is_done=False)
            watch = self._watch_for(deployment, goal)
            now = time.time()
            if watch.record(deployment, now) is Outcome.PENDING:
                self._unmet = watch.unmet(now)
                self.log.info(watch.log_message(now))
                return PokeReturnValue(is_done=False)
            watch.verdict(now).raise_if_bad()
        return PokeReturnValue(is_done=True, xcom_value=deployment.id)

    @contextmanager
    def failing_well(self) -> Iterator[None]:
        """End a wait in the triggerer as a poking sensor ends: with Airflow's own timeout, or skipped."""
        with _SensorErrors(soft_fail=self.soft_fail, never_fail=self.never_fail), super().failing_well():
            yield

    def _find(self, context: Context) -> Deployment:
        deployment = self.get_deployment()
        if not self._found:
            self.announce(context, deployment)
            self._found, self.deployment_id = True, deployment.id
        return deployment

    def _goal(self) -> Goal:
        from astro_provider.errors import ConfigurationError
        from astro_provider.models.statuses import checked_statuses
        from astro_provider.waits.goal import Goal

        if not self.target_statuses:
            raise ConfigurationError(
                f"target_statuses rendered to {self.target_statuses!r}: nothing would end the wait."
            )
        return Goal(
            target_statuses=checked_statuses("target_statuses", self.target_statuses),
            failure_statuses=checked_statuses("failure_statuses", self.failure_statuses or ()),
        )

    def _watch_for(self, deployment: Deployment, goal: Goal) -> Watch:
        from astro_provider.triggers.deployment import DeploymentStatusTrigger
        from astro_provider.waits.wait import Wait
        from astro_provider.waits.watch import Watch

        url = self.hook.client.deployment_url(deployment.workspace_id, deployment.id)
        # Airflow itself knows when the pokes began, across all reschedules, and when they have to end.
        wait = Wait(**vars(goal), started_at=None, deadline=float("inf"), url=url)
        return Watch(wait, deployment.label, DeploymentStatusTrigger.words)


class _SensorErrors:
    """Ends a deferred wait as a poking sensor ends: with Airflow's own timeout; ``soft_fail``, ``never_fail`` skip."""

    def __init__(self, *, soft_fail: bool, never_fail: bool) -> None:
        self._soft_fail = soft_fail
        self._never_fail = never_fail

    def __enter__(self) -> None: ...

    def __exit__(self, error_type: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from astro_provider.errors import AstroError, WaitTimeoutError

        cause = error.__cause__ if isinstance(error, AirflowFailException) else error
        if not isinstance(cause, AstroError):
            return
        timed_out = isinstance(cause, WaitTimeoutError)
        skips = self._soft_fail and (timed_out or not cause.retryable)
        if skips or (self._never_fail and not timed_out):
            raise AirflowSkipException(str(cause)) from cause
        if timed_out:
            raise AirflowSensorTimeout(str(cause)) from cause
