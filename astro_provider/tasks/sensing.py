"""Waiting as sensors do it: poke, reschedule or in the triggerer, with the same words and the same end."""

from __future__ import annotations

import time
from abc import abstractmethod
from contextlib import contextmanager
from dataclasses import replace
from inspect import unwrap
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
    PokeReturnValue,
)

from astro_provider.common.arguments import check_flags, checked_seconds
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE, WaitMixin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.triggers.base import WaitTrigger
    from astro_provider.waits.goal import State

#: What a trigger has for limits until the wait begins. Airflow itself limits pokes, across all reschedules.
WITHOUT_LIMITS: dict[str, Any] = {"started_at": None, "deadline": float("inf")}


class WaitingSensor(WaitMixin, BaseSensorOperator):
    """A sensor for something that has a status. A subclass writes :meth:`look`.

    :param deferrable: Whether to wait in the triggerer; default: ``[operators] default_deferrable``.
    :param poke_interval: Seconds between polls.
    :param timeout: Seconds after which the wait fails.
    """

    _unmet = ""
    #: The last line about the wait, and when it was logged, in epoch seconds.
    _last_line: tuple[str, float] = ("", float("-inf"))

    def __init__(
        self,
        *,
        deferrable: bool = DEFAULT_DEFERRABLE,
        poke_interval: float | timedelta = 30,
        timeout: float | timedelta = 3600,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            poke_interval=checked_seconds("poke_interval", poke_interval),
            timeout=checked_seconds("timeout", timeout, or_none_at_all=True),  # in Airflow's sensors 0 means one poll
            **kwargs,
        )
        check_flags(deferrable=deferrable)
        self.deferrable = deferrable

    @abstractmethod
    def look(self, context: Context) -> tuple[WaitTrigger, State]:
        """Return what to wait for, ``WITHOUT_LIMITS``, and how it stands now.

        :param context: The task's context.
        """

    def hint(self, context: Context) -> str:
        """Return why the wait may have been in vain, for the error of its ``timeout``; empty if that is not known.

        :param context: The task's context.
        """
        return ""

    def run_task(self, context: Context) -> Any:
        """Wait in the way the task is set up for: triggerer, worker slot, or rescheduled.

        :param context: The task's context.
        """
        if not self.deferrable:
            return self._poke_on(context)
        trigger, state = self.look(context)
        limited = replace(trigger, poll_interval=self.poke_interval, **self._limits(context))
        return self.finish(context, self.wait_with(context, limited, state))

    def _poke_on(self, context: Context) -> Any:
        if self.reschedule:
            self.stored_facts = None  # it may have stored links at an earlier poke
        try:
            # Bare, since Airflow 2.11 takes its wrapper's second call in a task for one by hand, and warns of it.
            verdict = unwrap(BaseSensorOperator.execute)(self, context)
        except (AirflowSensorTimeout, AirflowSkipException) as error:
            if error.__cause__ is not None:  # a poll that failed, not the timeout
                raise
            raise type(error)("\n".join(filter(None, (self._unmet, self.hint(context), str(error))))) from None
        return self.finish(context, verdict)

    def poke(self, context: Context) -> PokeReturnValue:
        """Poll once.

        :param context: The task's context.
        """
        from astro_provider.errors import AstroError
        from astro_provider.waits.goal import Outcome

        with super().failing_well():
            try:
                trigger, state = self.look(context)
            except AstroError as error:
                if not error.retryable:
                    raise
                self._unmet = f"Polling Astro failed: {str(error).rstrip('.')}."
                self.log.warning("The poll failed; trying again at the next one. %s", error)
                return PokeReturnValue(is_done=False)
            watch, now = trigger.watch(), time.time()
            if watch.record(state, now) is Outcome.PENDING:
                self._unmet = watch.unmet(now)
                self._log_change(str(watch.log_message(now)), now)
                return PokeReturnValue(is_done=False)
            verdict = watch.verdict(now)
            self.store_facts(context, verdict.facts)
            self.end_of_wait(context, verdict)
            verdict.raise_if_bad()
        return PokeReturnValue(is_done=True, xcom_value=verdict)

    def _log_change(self, message: str, now: float) -> None:
        """Log how the wait stands if that has changed, or if the last line is old: as in the triggerer."""
        from astro_provider.waits.messages import HEARTBEAT

        said, when = self._last_line
        if message != said or now - when >= HEARTBEAT:
            self.log.info(message)
            self._last_line = (message, now)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Go on after the triggerer; Airflow calls this.

        :param next_method: The method to go on with, or Airflow's mark for a trigger that failed.
        :param next_kwargs: Its arguments.
        :param context: The task's context.
        """
        # Airflow's sensors turn every error of a resumed task into a skip: with never_fail even a timeout, and without
        # the reason in the message. This one has decided that in `failing_well`, as it does when it pokes.
        decides = next_method == self.execute_complete.__name__
        resume = super(BaseSensorOperator, self).resume_execution if decides else super().resume_execution
        return resume(next_method, next_kwargs, context)

    @contextmanager
    def failing_well(self) -> Iterator[None]:
        """End a wait in the triggerer as a poking sensor ends: with Airflow's own timeout, or skipped."""
        with _SensorErrors(soft_fail=self.soft_fail, never_fail=self.never_fail), super().failing_well():
            yield


class _SensorErrors:
    """Ends a deferred wait as a poking sensor ends: with Airflow's own timeout; ``soft_fail``, ``never_fail`` skip."""

    def __init__(self, *, soft_fail: bool, never_fail: bool) -> None:
        self._soft_fail = soft_fail
        self._never_fail = never_fail

    def __enter__(self) -> None: ...

    def __exit__(self, error_type: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from astro_provider.errors import AstroError, WaitTimeoutError

        cause = error.__context__ if isinstance(error, AirflowFailException) else error
        if not isinstance(cause, AstroError):
            return
        timed_out = isinstance(cause, WaitTimeoutError)
        skips = self._soft_fail and (timed_out or not cause.retryable)
        if skips or (self._never_fail and not timed_out):
            raise AirflowSkipException(str(error)) from None
        if timed_out:
            raise AirflowSensorTimeout(str(error)) from None
