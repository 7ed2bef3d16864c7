"""What event triggers have in common: they poll forever, share their polls, and remember what they saw."""

from __future__ import annotations

import hashlib
import json
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import airflow.triggers.base

from astro_provider.errors import AstroError, ConfigurationError
from astro_provider.polling.attempts import attempts

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from airflow.triggers.base import BaseEventTrigger, TriggerEvent

    from astro_provider.polling.board import Board
else:
    # Airflow 2 has none; there the classes can be imported, but not used.
    BaseEventTrigger = getattr(airflow.triggers.base, "BaseEventTrigger", airflow.triggers.base.BaseTrigger)

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Shortest pause in seconds after an error that somebody has to fix.
ERROR_PAUSE = 300.0
#: Longest time in seconds for which a first failure of these reads holds back the connection's others.
LONGEST_FIRST_HOLD = 30.0
#: Seconds that Airflow takes at most to store an event; that it was sent is only remembered after that.
STORING = 5.0


class EventStream(BaseEventTrigger):
    """Sends events forever: an outage, a revoked token or a missing connection is logged, and the next poll follows.

    A subclass states ``arguments`` and ``memory_prefix``, and writes ``open_shared_stream`` and
    ``filter_shared_stream``.
    """

    #: The names of its arguments, which are what is serialized.
    arguments: ClassVar[tuple[str, ...]]
    #: What the keys of its memories begin with.
    memory_prefix: ClassVar[str]
    #: What to use on Airflow 2 instead.
    instead: ClassVar[str]

    def __init__(self) -> None:
        if BaseEventTrigger is airflow.triggers.base.BaseTrigger:
            raise ConfigurationError(
                f"{type(self).__name__} needs Airflow 3: Airflow 2 cannot schedule a DAG on a trigger. {self.instead}"
            )
        super().__init__()  # type: ignore[no-untyped-call]

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what recreates the trigger in another process; the token is not part of it."""
        cls = type(self)
        return f"{cls.__module__}.{cls.__name__}", {name: getattr(self, name) for name in self.arguments}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Poll by itself: Airflow before 3.3, where watchers do not share."""
        async for event in self.filter_shared_stream(self.open_shared_stream(self.serialize()[1])):
            yield event

    async def recall(self) -> Any:
        """Return what was last seen by this trigger in an earlier process, if Airflow keeps it (3.3)."""
        store = getattr(self, "asset_state_store", None)
        try:
            return await store.aget(self._memory_key()) if store is not None else None
        except Exception as error:  # noqa: BLE001  (whatever Airflow raises)
            log.warning(
                "The last known state could not be read; the first poll only records the current one. %s", error
            )
            return None

    async def remember(self, memory: dict[str, Any]) -> None:
        """Keep what was seen for a later process, if Airflow keeps it (3.3).

        :param memory: Plain data.
        """
        store = getattr(self, "asset_state_store", None)
        try:
            if store is not None:
                await store.aset(self._memory_key(), memory)
        except Exception as error:  # noqa: BLE001  (whatever Airflow raises)
            log.warning("The current state could not be stored; a restart of the triggerer will lose it. %s", error)

    def _memory_key(self) -> str:
        """Name this trigger's memory; an asset may have several watchers."""
        arguments = json.dumps(self.serialize()[1], sort_keys=True)
        return f"{self.memory_prefix}_{hashlib.sha256(arguments.encode()).hexdigest()[:16]}"


async def polls(
    board: Callable[[], Board[Any]], read: Callable[[Any], T], what: str, interval: float
) -> AsyncGenerator[T, None]:
    """Read forever; a poll that fails is logged and tried again later.

    Airflow restarts an event trigger that has ended at once, without what it knew: so this one does not end.

    :param board: Returns the board that reads.
    :param read: What to read with the board's client; one attempt.
    :param what: What is read, for the log.
    :param interval: Seconds between polls.
    """
    failed = False

    async def poll() -> T:
        return await board().call(read, interval=min(interval, LONGEST_FIRST_HOLD))

    def pause_after(error: Exception | None) -> float | None:
        nonlocal failed
        failed = error is not None
        return interval if error is None else _log_failure(error, what, interval)

    async with aclosing(attempts(poll, pause_after)) as results:
        async for result in results:
            if failed:
                log.info("Polling %s works again.", what)
            yield result


def _log_failure(error: Exception, what: str, interval: float) -> float:
    """Log why a poll failed; returns the seconds until the next."""
    if isinstance(error, AstroError) and error.retryable:
        log.warning("Polling Astro for %s failed; retrying. %s", what, error)
        return interval
    pause = max(interval, ERROR_PAUSE)
    unexpected = None if isinstance(error, AstroError) else error
    log.error("Not watching %s; trying again in %.0f s. %s", what, pause, error, exc_info=unexpected)
    return pause
