"""The asynchronous door to the one synchronous client: bulk reads for every wait of a process.

A triggerer runs all waits in one event loop. Those that share a connection share a :class:`Board`: what they ask within
a moment of each other goes out as one list call for up to 100 ids, in a thread of a small pool. Nothing blocks the
loop, and nothing sleeps in the pool: a failed read is reported to the waits, whose loop is the retry loop.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from astro_provider.client.retrying import Repeat
from astro_provider.errors import AstroError, NoAnswerError, NotFoundError, UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from astro_provider.client import AstroClient
    from astro_provider.models.api import Deployment

log = logging.getLogger(__name__)

#: Ids in one list call.
CHUNK = 100
#: Seconds for which a read waits for others to join it.
GATHER = 0.05
#: Seconds after which the connection is read again, so that a rotated token is noticed.
CLIENT_LIFE = 600.0
#: Threads of the pool, for all connections together.
THREADS = 4

T = TypeVar("T")
_pool: ThreadPoolExecutor | None = None
_boards: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Board]] = weakref.WeakKeyDictionary()


def board(key: str, open_client: Callable[[], Awaitable[AstroClient]]) -> Board:
    """Return the running event loop's board for a connection.

    :param key: The connection's id.
    :param open_client: Makes a client from the connection, without blocking the loop.
    """
    boards = _boards.setdefault(asyncio.get_running_loop(), {})
    if key not in boards:
        boards[key] = Board(open_client)
    return boards[key]


class Board:
    """Gathers the reads of all waits that share a connection.

    :param open_client: Makes a client from the connection, without blocking the loop.
    """

    def __init__(self, open_client: Callable[[], Awaitable[AstroClient]]) -> None:
        self._open_client = open_client
        self._client: AstroClient | None = None
        self._opened_at = 0.0
        self._opening = asyncio.Lock()
        self._asked: dict[str, list[asyncio.Future[Deployment | None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def client(self) -> AstroClient:
        """Return the connection's client; it is made anew now and then."""
        async with self._opening:
            now = asyncio.get_running_loop().time()
            if self._client is None or now - self._opened_at > CLIENT_LIFE:
                self._client = await self._open(self._client)
                self._opened_at = now
            return self._client

    async def _open(self, old: AstroClient | None) -> AstroClient:
        """Read the connection. That Airflow cannot give it just now must not end a wait."""
        try:
            return await self._open_client()
        except AstroError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever Airflow raises)
            if old is not None:
                log.warning("The Airflow connection could not be read again; going on with what it was. %s", error)
                return old
            reason = f"{type(error).__name__}: {error}"
            raise NoAnswerError("Reading", "the Airflow connection", reason) from None

    async def read(self, deployment_id: str) -> Deployment | None:
        """Return a Deployment as it is now; ``None`` when it surely does not exist.

        :param deployment_id: Its id.
        :raises AstroError: The read failed; nothing is known.
        """
        answer: asyncio.Future[Deployment | None] = asyncio.get_running_loop().create_future()
        if not self._asked:
            task = asyncio.create_task(self._flush())
            self._tasks.add(task)  # a task that nothing refers to may be collected before it ran
            task.add_done_callback(self._tasks.discard)
        self._asked.setdefault(deployment_id, []).append(answer)
        return await answer

    async def _flush(self) -> None:
        await asyncio.sleep(GATHER)
        asked, self._asked = self._asked, {}
        ids = sorted(asked)
        chunks = [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
        await asyncio.gather(*(self._answer({i: asked[i] for i in chunk}) for chunk in chunks))

    async def _answer(self, asked: dict[str, list[asyncio.Future[Deployment | None]]]) -> None:
        try:
            found = await self._read_all(list(asked))
        except Exception as error:  # noqa: BLE001  (whatever it is, the waits must hear of it)
            for futures in asked.values():
                _settle(futures, error=error)
            return
        for deployment_id, futures in asked.items():
            try:
                deployment = found.get(deployment_id) or await self._confirm(deployment_id)
            except Exception as error:  # noqa: BLE001
                _settle(futures, error=error)
            else:
                _settle(futures, deployment)

    async def _read_all(self, ids: list[str]) -> dict[str, Deployment]:
        def read(client: AstroClient) -> dict[str, Deployment]:
            page_size = max(2, len(ids))
            found = client.deployments.list(deployment_ids=ids, page_size=page_size, repeat=Repeat.NEVER)
            return {deployment.id: deployment for deployment in found}

        return await self.ask(read)

    async def _confirm(self, deployment_id: str) -> Deployment | None:
        """Ask for one id by itself: a list may lag behind, and "gone" ends a wait."""

        def read(client: AstroClient) -> Deployment | None:
            try:
                return client.deployments.get(deployment_id, repeat=Repeat.NEVER)
            except NotFoundError:
                return None

        return await self.ask(read)

    async def ask(self, read: Callable[[AstroClient], T]) -> T:
        """Make a call in the pool; after a 401 once more with the connection read anew.

        :param read: What to do with the client; it should not repeat anything by itself.
        """
        client = await self.client()
        try:
            return await _in_pool(read, client)
        except UnauthorizedError:
            if client is self._client:
                self._client = None  # the token may have been rotated: read the connection once more
            return await _in_pool(read, await self.client())


def _settle(
    futures: list[asyncio.Future[Deployment | None]],
    deployment: Deployment | None = None,
    error: Exception | None = None,
) -> None:
    """Answer the waits that are still there; cancelled ones are passed over."""
    for future in futures:
        if future.done():
            continue
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(deployment)


async def _in_pool(read: Callable[[AstroClient], T], client: AstroClient) -> T:
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(THREADS, thread_name_prefix="astro-polling")
    return await asyncio.get_running_loop().run_in_executor(_pool, read, client)
