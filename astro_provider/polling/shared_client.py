"""One client for all waits of a connection: opened without blocking the loop, used in threads, renewed, closed."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from astro_provider.errors import AstroError, NoResponseError, UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

#: Seconds after which the connection is read again, so that a rotated token is noticed.
CLIENT_LIFE = 600.0
#: Seconds without a call after which the client's network connections are closed.
IDLE = 90.0
#: Threads of the pool, for all connections together.
THREADS = 4

_pool: ThreadPoolExecutor | None = None


class Closable(Protocol):
    """A client that holds network connections."""

    def close(self) -> None:
        """Close them; the next call opens them again."""


ClientT = TypeVar("ClientT", bound=Closable)
T = TypeVar("T")


class SharedClient(Generic[ClientT]):
    """Opens a connection's client when it is needed, and makes its calls in the pool.

    :param open_client: Makes a client from the connection, without blocking the loop.
    :param on_idle: Called when there was no call for a while.
    """

    def __init__(self, open_client: Callable[[], Awaitable[ClientT]], *, on_idle: Callable[[], None]) -> None:
        self._open_client = open_client
        self._on_idle = on_idle
        self._client: ClientT | None = None
        self._opened_at = 0.0
        self._opening = asyncio.Lock()
        self._calls = 0
        self._idle_timer: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a client whose network connections may be open."""
        return self._client is not None

    async def run(self, call: Callable[[ClientT], T]) -> T:
        """Make a call in the pool; after a 401 once more with the connection read again.

        :param call: What to do with the client; it should not repeat anything by itself.
        """
        self._calls += 1
        try:
            client = await self._current()
            try:
                return await _in_pool(call, client)
            except UnauthorizedError:
                if client is self._client:
                    self._client = None  # the token may have been rotated
                return await _in_pool(call, await self._current())
        finally:
            self._calls -= 1
            self._close_when_idle()

    async def _current(self) -> ClientT:
        async with self._opening:
            now = asyncio.get_running_loop().time()
            if self._client is None or now - self._opened_at > CLIENT_LIFE:
                old, self._client = self._client, await self._open(self._client)
                self._opened_at = now
                if old is not None and old is not self._client:
                    old.close()
            return self._client

    async def _open(self, old: ClientT | None) -> ClientT:
        """Read the connection. That Airflow cannot provide it just now must not end a wait."""
        try:
            return await self._open_client()
        except Exception as error:
            if old is not None:
                # "No such connection" included: Airflow says so, too, when a secrets backend is down.
                log.warning("The Airflow connection could not be read again; using the previous one. %s", error)
                return old
            if isinstance(error, AstroError):
                raise
            reason = f"{type(error).__name__}: {error}"
            raise NoResponseError("Reading", "the Airflow connection", reason) from None

    def close(self) -> None:
        """Close the network connections; the next call opens them again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _close_when_idle(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._idle_timer = asyncio.get_running_loop().call_later(IDLE, self._close_unless_busy)

    def _close_unless_busy(self) -> None:
        if not self._calls:
            self.close()
            self._on_idle()


async def _in_pool(call: Callable[[ClientT], T], client: ClientT) -> T:
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(THREADS, thread_name_prefix="astro-polling")
    return await asyncio.get_running_loop().run_in_executor(_pool, call, client)
