"""The base of triggers: deadline, serialization, log lines, outages and ``on_kill``, written once for every wait."""

from __future__ import annotations

import json
import time
from dataclasses import MISSING, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.triggers.base import BaseTrigger, TriggerEvent

from astro_provider.common.import_paths import names_elsewhere
from astro_provider.polling.attempts import attempts
from astro_provider.polling.reader import Reader
from astro_provider.polling.reads import Read, read_shared
from astro_provider.waits.goal import Outcome
from astro_provider.waits.wait import Wait, Words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping

    from typing_extensions import dataclass_transform

    from astro_provider.polling.board import Board
    from astro_provider.polling.reader import AnyReader
    from astro_provider.polling.reads import Reads
    from astro_provider.waits.goal import State
    from astro_provider.waits.verdict import Verdict
    from astro_provider.waits.watch import Watch
else:

    def dataclass_transform(**_: Any) -> Any:
        """Do nothing: it only tells type checkers what ``__init_subclass__`` does."""
        return lambda cls: cls


#: Seconds for which the last poll may take when the deadline has already passed, as after a long downtime.
LAST_POLL = 60.0


@dataclass_transform(kw_only_default=True, eq_default=False)
@dataclass(kw_only=True, eq=False, repr=False)
class WaitTrigger(Wait, BaseTrigger):
    """Waits until something has a status, or is gone; yields one event, a verdict as plain data.

    A subclass states ``reader``, ``words``, its own fields as annotations, and ``key``: what identifies the thing to
    the reader; ``cancel``, too, if it can end the thing when the task is stopped, and ``reads`` if a poll takes more
    than one read. Everything else is done here. All fields are keyword-only, and are what is serialized.

    :param astro_conn_id: Id of a connection of type ``astro``.
    :param cancel_if_killed: Whether to cancel the thing when somebody stops the waiting task (from Airflow 3.3), and
        when the task's ``execution_timeout`` expires.
    :param put_back: What to put back when somebody stops the waiting task: the hibernation override that was in force
        before the task woke the Deployment up, as ``Awakening.as_data`` writes it.
    """

    #: How things of this kind are read.
    reader: ClassVar[AnyReader]
    #: What messages call them.
    words: ClassVar[Words]

    astro_conn_id: str
    cancel_if_killed: bool = False
    put_back: Mapping[str, Any] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        by_hand = sorted({"__init__", "serialize"} & vars(cls).keys())
        dataclass(kw_only=True, eq=False, repr=False)(cls)
        if problems := [*(f"`{name}` comes from the fields" for name in by_hand), *_what_is_missing(cls)]:
            raise TypeError(f"{cls.__name__} cannot wait for anything yet: {'; '.join(problems)}.")

    def __post_init__(self) -> None:
        super().__post_init__()
        BaseTrigger.__init__(self)  # type: ignore[no-untyped-call]
        if self.cancel_if_killed and type(self).cancel is WaitTrigger.cancel:
            raise TypeError(f"{type(self).__name__} has nothing to cancel.")

    @property
    def key(self) -> Hashable:
        """What identifies the thing to the reader: its id, or a tuple of ids of which the last is its own."""
        raise NotImplementedError

    def board(self) -> Board[Any]:
        """Return the board that reads for this wait."""
        return connection_board(self.astro_conn_id)

    def reads(self) -> Reads:
        """Make one poll; a subclass may yield several reads, and decide by each which is the next."""
        state: State | None = yield Read(self.reader, self.key)
        return state

    def cancel(self, client: Any) -> None:
        """End the thing whose task was stopped, with one attempt.

        :param client: The connection's client.
        :raises NotFoundError: It does not exist.
        """
        raise NotImplementedError

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what recreates the trigger in another process; the token is not part of it."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return f"{type(self).__module__}.{type(self).__qualname__}", values

    def watch(self, *, phase: float = 0.0) -> Watch:
        """Begin to watch what is waited for.

        :param phase: Seconds by which polls are shifted against whole multiples of the interval.
        """
        from astro_provider.waits.watch import Watch

        return Watch(self, self._name, self.words, phase=phase)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll until the wait is over."""
        from astro_provider.errors import AstroError
        from astro_provider.waits.verdict import Verdict

        try:
            board = self.board()
        except AstroError as error:
            yield _event(Verdict(Outcome.ERROR, str(error)))
            return
        watch = self.watch(phase=board.phase())

        def board_of(deployment_id: str | None) -> Board[Any]:
            return board if deployment_id is None else connection_board(self.astro_conn_id, deployment_id)

        async def poll() -> State | None:
            # While reads are held back after failures, no longer than to the deadline.
            patience = max(self.deadline - time.time(), LAST_POLL)
            return await read_shared(self.reads(), board_of, interval=self.poll_interval, patience=patience)

        def pause_after(error: Exception | None) -> float | None:
            now = time.time()
            if isinstance(error, AstroError):
                watch.record_error(error, now)
            elif error is not None:
                raise error
            if watch.outcome is not Outcome.PENDING:
                return None
            if message := watch.log_message(now):
                self.log.info(message)
            return watch.pause(now)

        async for state in attempts(poll, pause_after):
            watch.record(state, time.time())
        yield _event(await self._end(watch))

    async def _end(self, watch: Watch) -> Verdict:
        """Return the verdict; if ``execution_timeout`` expires, after what the worker's ``on_kill`` would do then."""
        verdict = watch.verdict(time.time())
        if verdict.outcome is not Outcome.EXECUTION_TIMED_OUT or not self.cancel_if_killed:
            return verdict
        try:
            cancelled = await self._cancel_patiently(watch.name)
        except Exception as error:  # noqa: BLE001  (the timeout has to be reported whatever happens)
            cancelled = f"{watch.name} could not be {self.words.cancelled}: {error}"
        return replace(verdict, message=f"{verdict.message}\non_kill: {cancelled}")

    async def on_kill(self) -> None:
        """Cancel what is waited for, and put an override back, if that was asked for.

        Airflow calls this when a person stops the waiting task, and gives it ``[triggerer] on_kill_timeout`` seconds,
        30 by default.
        """
        try:
            if self.cancel_if_killed:
                await self._when_stopped(self._cancel_patiently(self._name), f"be {self.words.cancelled}", self._name)
            else:
                self.log.warning("The task was stopped; %s", self.left_behind(self._name))
        finally:
            if self.put_back:
                failure, what = "be removed", "this task's own hibernation override"
                if self.put_back.get("earlier"):
                    failure, what = "be restored", "the previous hibernation override"
                await self._when_stopped(self._put_back_patiently(), failure, what)

    async def _when_stopped(self, work: Awaitable[str], failure: str, what: str) -> None:
        try:
            self.log.info("The task was stopped; %s", await work)
        except BaseException as error:
            reason = str(error) or "Airflow did not wait any longer ([triggerer] on_kill_timeout)."
            message = "The task was stopped, but %s could not %s (see %s). %s"
            self.log.error(message, what, failure, self.url, reason)  # noqa: TRY400
            raise

    async def _cancel_patiently(self, name: str) -> str:
        from astro_provider.errors import NotFoundError

        attempt = 0

        def cancel(client: Any) -> str:
            nonlocal attempt
            attempt += 1
            try:
                self.cancel(client)
            except NotFoundError:
                # After a lost response it was this task's own doing.
                return f"{name} is gone{'' if attempt > 1 else ' already'}."
            return f"{self.words.cancelled} {name}."

        return await self._patiently(self.board(), cancel)

    async def _put_back_patiently(self) -> str:
        from astro_provider.http.retry import Repeat
        from astro_provider.lookup.overrides import put_back
        from astro_provider.rules.awakening import Awakening

        awakening = Awakening.from_data(self.put_back)
        if awakening is None:
            return "there is no override to restore."
        board = connection_board(self.astro_conn_id)
        return await self._patiently(board, lambda client: put_back(client, awakening, repeat=Repeat.NEVER))

    async def _patiently(self, board: Board[Any], change: Callable[[Any], str]) -> str:
        """Make a call that changes something, with pauses after errors that may pass; returns what there is to say."""
        from astro_provider.errors import AstroError
        from astro_provider.http.retry import Backoff, Repeat

        failures, said = 0, ""

        def pause_after(error: Exception | None) -> float | None:
            nonlocal failures
            if error is None:
                return None
            pause = Backoff().pause(error, failures, Repeat.SAFE) if isinstance(error, AstroError) else None
            if pause is None:
                raise error
            failures += 1
            self.log.warning("Trying again in %.1f s. %s", pause, error)
            return pause

        async for result in attempts(lambda: board.change(change), pause_after):
            said = result
        return said

    def left_behind(self, name: str) -> str:
        """Say what becomes of the thing whose task no longer waits for it.

        :param name: What messages call it.
        """
        return f"{name} {f'is still being {self.words.gone}' if self.gone else self.words.left}. See {self.url}"

    @property
    def _name(self) -> str:
        own_id = self.key[-1] if isinstance(self.key, tuple) else self.key
        return self.known_as or f"{self.words.noun} {own_id}"


def connection_board(conn_id: str, deployment_id: str | None = None) -> Board[Any]:
    """Return the board of a connection's Astro API, or of one Deployment's Airflow.

    :param conn_id: Id of a connection of type ``astro``.
    :param deployment_id: The Deployment whose Airflow is read.
    :raises ConfigurationError: ``[astro] rate_limit_share`` is wrong.
    """
    from astro_provider.hooks.astro import AstroHook
    from astro_provider.polling.board import board

    hook = AstroHook(conn_id)
    return board((conn_id, deployment_id), hook.open_client, share=rate_limit_share(), explain=hook.explain)


def rate_limit_share() -> float:
    """Return the part of the API's rate limit that the waits of one triggerer may use, from Airflow's configuration.

    :raises ConfigurationError: It is not a number above 0 and up to 1.
    """
    from airflow.providers.common.compat.sdk import conf

    share: float = conf.getfloat("astro", "rate_limit_share", fallback=0.5)
    if not 0 < share <= 1:
        from astro_provider.errors import ConfigurationError

        raise ConfigurationError(f"[astro] rate_limit_share is {share:g}; allowed: a number above 0 and up to 1.")
    return share


def _event(verdict: Verdict) -> TriggerEvent:
    return TriggerEvent(verdict.as_event())  # type: ignore[no-untyped-call]


def _what_is_missing(cls: type[WaitTrigger]) -> list[str]:
    """Return what a subclass lacks: it has to show at import, not hours later in a triggerer."""
    problems = []
    if not isinstance(getattr(cls, "reader", None), Reader):
        problems.append("`reader` has to be a Reader")
    if not isinstance(getattr(cls, "words", None), Words):
        problems.append("`words` has to be Words")
    if cls.key is WaitTrigger.key:
        problems.append("`key` has to return what identifies the thing to the reader")
    for field in fields(cls):
        try:
            json.dumps(None if field.default is MISSING else field.default)
        except TypeError:
            problems.append(f"the default of `{field.name}` cannot be serialized")
    return problems


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
