"""The asynchronous door to the one synchronous client: bulk reads for every wait of a process.

A triggerer runs all waits in one event loop. Those that share a connection share a :class:`Board`: what they ask within
a moment of each other goes out as one list call for up to 100 ids, in a thread of a small pool. Nothing blocks the
loop, and nothing sleeps in the pool: a failed read is reported to the waits, whose loop is the retry loop, and the
board holds back their next reads the longer the more often it failed.
"""

from __future__ import annotations

import asyncio
import logging
import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from astro_provider.errors import AstroError, BadRequestError, NoResponseError, NotFoundError, UnauthorizedError
from astro_provider.http.pacing import Pacer
from astro_provider.http.profile import ASTRO
from astro_provider.http.retry import Repeat
from astro_provider.waits.cooldown import LONGEST_HOLD, Cooldown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from astro_provider.client import AstroClient
    from astro_provider.models.deployments import DeploymentState

log = logging.getLogger(__name__)

#: Ids in one list call.
CHUNK = 100
#: Seconds for which a read waits for others to join it.
GATHER = 0.05
#: Seconds after which the connection is read again, so that a rotated token is noticed.
CLIENT_LIFE = 600.0
#: Seconds without a read after which the connections to Astro are closed.
IDLE = 90.0
#: Threads of the pool, for all connections together.
THREADS = 4
#: Part of the API's rate limit that the waits of one process use; the rest is for everything else with this token.
SHARE = 0.5

T = TypeVar("T")
Answers = dict[str, list["asyncio.Future[DeploymentState | None]"]]
_pool: ThreadPoolExecutor | None = None
_boards: dict[asyncio.AbstractEventLoop, dict[str, Board]] = {}


def board(key: str, open_client: Callable[[], Awaitable[AstroClient]], *, share: float = SHARE) -> Board:
    """Return the running event loop's board for a connection; that of a loop that ended is forgotten with it.

    :param key: The connection's id.
    :param open_client: Makes a client from the connection, without blocking the loop.
    :param share: Part of the API's rate limit to use, from 0 to 1; the first wait of a connection decides.
    """
    # Not left to the garbage collector: a board refers to its loop, so neither would ever go.
    for loop in [loop for loop in list(_boards) if loop.is_closed()]:
        for left in _boards.pop(loop, {}).values():
            left.close()
    boards = _boards.setdefault(asyncio.get_running_loop(), {})
    if key not in boards:
        boards[key] = Board(open_client, share=share)
    return boards[key]


class Board:
    """Gathers the reads of all waits that share a connection.

    :param open_client: Makes a client from the connection, without blocking the loop.
    :param share: Part of the API's rate limit to use, from 0 to 1.
    """

    def __init__(self, open_client: Callable[[], Awaitable[AstroClient]], *, share: float = SHARE) -> None:
        self._open_client = open_client
        self._client: AstroClient | None = None
        self._opened_at = 0.0
        self._opening = asyncio.Lock()
        self._asked: Answers = {}
        self._interval = LONGEST_HOLD
        self._tasks: set[asyncio.Task[None]] = set()
        self._pacer = Pacer(ASTRO.limits["GET"] * share)
        self._deletes = Pacer(ASTRO.limits["DELETE"])
        self._hold = Cooldown()
        self._idle: asyncio.TimerHandle | None = None
        #: Shift of this board's looks against those of other processes.
        self.phase = random.uniform(0, 3600)  # noqa: S311
        #: What the last read failed with, if it failed.
        self.trouble: AstroError | None = None

    async def client(self) -> AstroClient:
        """Return the connection's client; it is made anew now and then."""
        async with self._opening:
            now = asyncio.get_running_loop().time()
            if self._client is None or now - self._opened_at > CLIENT_LIFE:
                old, self._client = self._client, await self._open(self._client)
                self._opened_at = now
                if old is not None and old is not self._client:
                    old.close()
            return self._client

    async def _open(self, old: AstroClient | None) -> AstroClient:
        """Read the connection. That Airflow cannot give it just now must not end a wait."""
        try:
            return await self._open_client()
        except Exception as error:
            if old is not None:
                # "No such connection" included: Airflow says so, too, when a secrets backend is down.
                log.warning("The Airflow connection could not be read again; going on with what it was. %s", error)
                return old
            if isinstance(error, AstroError):
                raise
            reason = f"{type(error).__name__}: {error}"
            raise NoResponseError("Reading", "the Airflow connection", reason) from None

    async def read(
        self, deployment_id: str, *, interval: float = 30.0, patience: float | None = None
    ) -> DeploymentState | None:
        """Return a Deployment as it is now; ``None`` when it surely does not exist.

        It may take as long as reads are held back after failures; cancelling it is prompt.

        :param deployment_id: Its id.
        :param interval: Seconds between the looks of this wait; failures stretch it.
        :param patience: Seconds after which it fails with what held it back; ``None``: never.
        :raises AstroError: The read failed; nothing is known.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[DeploymentState | None] = loop.create_future()
        self._interval = min(self._interval, interval) if self._asked else interval
        if not self._asked:
            self._start(self._flush())
        self._asked.setdefault(deployment_id, []).append(answer)
        # Not asyncio.wait_for: before Python 3.12 a cancellation that meets the answer is lost in it.
        timer = None if patience is None else loop.call_later(patience, self._give_up, answer)
        try:
            return await answer
        finally:
            if timer is not None:
                timer.cancel()

    def _give_up(self, answer: asyncio.Future[DeploymentState | None]) -> None:
        _settle([answer], error=self.trouble or NoResponseError("GET", "deployments", "the wait ended before"))

    async def delete(self, deployment_id: str) -> None:
        """Delete a Deployment when its turn comes; tried once.

        :param deployment_id: Its id.
        :raises NotFoundError: It does not exist.
        """
        await asyncio.sleep(self._deletes.delay(asyncio.get_running_loop().time()))
        await self.ask(lambda client: client.deployments.delete(deployment_id, repeat=Repeat.NEVER))

    async def ask(self, read: Callable[[AstroClient], T]) -> T:
        """Make a call in the pool when its turn comes; after a 401 once more with the connection read anew.

        :param read: What to do with the client; it should not repeat anything by itself.
        """
        client = await self.client()
        try:
            return await self._in_pool(read, client)
        except UnauthorizedError:
            if client is self._client:
                self._client = None  # the token may have been rotated: read the connection once more
            return await self._in_pool(read, await self.client())

    async def call(self, read: Callable[[AstroClient], T], *, interval: float = 30.0) -> T:
        """Make a read that is not about single Deployments; spaced and held back together with all others.

        :param read: What to do with the client; it should not repeat anything by itself.
        :param interval: Seconds for which a first failure holds reads back.
        :raises AstroError: The read failed; nothing is known.
        """
        await self._turn()
        self._rest_later()
        began = asyncio.get_running_loop().time()
        try:
            answer = await self.ask(read)
        except Exception as error:
            self._note(error, began, interval)
            raise
        self._note(None, began, interval)
        return answer

    def close(self) -> None:
        """Close the connections to Astro; a further read opens them again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def _turn(self) -> None:
        """Wait until a read may be sent: not while reads are held back, and not too close to the one before."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._pacer.delay(loop.time()))
        while (held := self._hold.until - loop.time()) > 0:
            await asyncio.sleep(held)
            await asyncio.sleep(self._pacer.delay(loop.time()))

    async def _flush(self) -> None:
        await asyncio.sleep(GATHER)
        await self._turn()
        # Not before now: until then further reads join these.
        asked, self._asked = self._asked, {}
        wanted = sorted(i for i, futures in asked.items() if not all(future.done() for future in futures))
        for start in range(0, len(wanted), CHUNK):
            if start:
                await self._turn()
            self._start(self._answer({i: asked[i] for i in wanted[start : start + CHUNK]}, self._interval))
        self._rest_later()

    async def _answer(self, asked: Answers, interval: float) -> None:
        began = asyncio.get_running_loop().time()
        try:
            found = await self._read_all(list(asked))
        except (BadRequestError, NotFoundError):
            found = {}  # one id among them may be to blame: each is asked for by itself
        except Exception as error:  # noqa: BLE001  (whatever it is, the waits must hear of it)
            self._note(error, began, interval)
            for futures in asked.values():
                _settle(futures, error=error)
            return
        self._note(None, began, interval)
        for deployment_id, deployment in found.items():
            _settle(asked.get(deployment_id, []), deployment)
        for deployment_id in asked.keys() - found.keys():
            await self._turn()
            self._start(self._confirm(deployment_id, asked[deployment_id], interval))

    async def _read_all(self, ids: list[str]) -> dict[str, DeploymentState]:
        return await self.ask(lambda client: client.deployments.states(ids, repeat=Repeat.NEVER))

    async def _confirm(
        self, deployment_id: str, futures: list[asyncio.Future[DeploymentState | None]], interval: float
    ) -> None:
        """Ask for one id by itself: a list may lag behind, and "gone" ends a wait."""

        def read(client: AstroClient) -> DeploymentState | None:
            try:
                return client.deployments.get(deployment_id, repeat=Repeat.NEVER)
            except NotFoundError:
                return None

        began = asyncio.get_running_loop().time()
        try:
            deployment = await self.ask(read)
        except Exception as error:  # noqa: BLE001
            self._note(error, began, interval)
            _settle(futures, error=error)
        else:
            _settle(futures, deployment)

    def _note(self, error: Exception | None, began: float, interval: float) -> None:
        """Cooldown back what comes next after a failure that may pass; let it go after a success."""
        now = asyncio.get_running_loop().time()
        if error is None:
            self.trouble = None
            self._hold.succeeded(began)
        elif isinstance(error, AstroError) and error.retryable:
            self.trouble = error.with_traceback(None)  # it would keep the answer and its connection alive
            self._hold.failed(error, began, now, interval)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)  # a task that nothing refers to may be collected before it ran
        task.add_done_callback(self._tasks.discard)

    def _rest_later(self) -> None:
        """Close the connections once nothing was read for a while; the next read opens them again."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE, self._rest)

    def _rest(self) -> None:
        if self._tasks:
            self._rest_later()
            return
        self.trouble = None
        self.close()

    async def _in_pool(self, read: Callable[[AstroClient], T], client: AstroClient) -> T:
        global _pool
        if _pool is None:
            _pool = ThreadPoolExecutor(THREADS, thread_name_prefix="astro-polling")
        return await asyncio.get_running_loop().run_in_executor(_pool, read, client)


def _settle(
    futures: list[asyncio.Future[DeploymentState | None]],
    deployment: DeploymentState | None = None,
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
