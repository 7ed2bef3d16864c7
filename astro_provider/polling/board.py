"""The asynchronous door to the one synchronous client: bulk reads for every wait of a process.

A triggerer runs all waits in one event loop. Those that share a connection share a :class:`Board`: what they ask within
a moment of each other goes out as one request for many things, in a thread of a small pool. Nothing blocks the loop,
and nothing sleeps in the pool: a failed read is reported to the waits, whose loop is the retry loop, and the board
holds back their next reads the longer the more often it failed.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from astro_provider.errors import AstroError, BadRequestError, NoResponseError, NotFoundError
from astro_provider.http.pacing import Pacer
from astro_provider.http.profile import ASTRO
from astro_provider.polling.shared_client import ClientT, SharedClient
from astro_provider.waits.cooldown import LONGEST_COOLDOWN, Cooldown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from astro_provider.polling.reader import AnyReader, KeyT, Reader, StateT_co

#: Seconds for which a read waits for others to join it.
GATHER = 0.05
#: Seconds over which waits of one interval spread their reads, so that they do not all wake at once.
SPREAD = 0.04
#: Part of the API's rate limit that the waits of one process use; the rest is for everything else with this token.
SHARE = 0.5

T = TypeVar("T")
ClientT_contra = TypeVar("ClientT_contra", contravariant=True)
Future = asyncio.Future[Any]
#: Waits by the thing that they wait for.
Waiting = dict[Any, list[Future]]
_boards: dict[asyncio.AbstractEventLoop, dict[Hashable, Board[Any]]] = {}
_wakers: dict[asyncio.AbstractEventLoop, asyncio.Lock] = {}


class Explain(Protocol[ClientT_contra]):
    """Says how a connection caused an error."""

    def __call__(self, error: AstroError, client: ClientT_contra, /) -> str | None:
        """Return a sentence to begin the error with, if there is one.

        :param error: The error.
        :param client: The client whose call failed with it.
        """


def board(
    key: Hashable,
    open_client: Callable[[], Awaitable[ClientT]],
    *,
    share: float = SHARE,
    explain: Explain[ClientT] | None = None,
) -> Board[ClientT]:
    """Return the running event loop's board for a connection; that of a loop that ended is forgotten with it.

    :param key: The connection's id, and that of the Deployment whose Airflow is read, if it is one.
    :param open_client: Makes a client from the connection, without blocking the loop.
    :param share: Part of the API's rate limit to use, from 0 to 1; the first wait of a connection decides.
    :param explain: Says how the connection caused an error that no later read can mend.
    """
    # Not left to the garbage collector: a board refers to its loop, so neither would ever go.
    for loop in [loop for loop in {*_boards, *_wakers} if loop.is_closed()]:
        _wakers.pop(loop, None)
        for left in _boards.pop(loop, {}).values():
            left.close()
    boards = _boards.setdefault(asyncio.get_running_loop(), {})
    if key not in boards:
        boards[key] = Board(open_client, share=share, explain=explain)
    return cast("Board[ClientT]", boards[key])


class Board(Generic[ClientT]):
    """Gathers the reads of all waits that share a connection.

    :param open_client: Makes a client from the connection, without blocking the loop.
    :param share: Part of the API's rate limit to use, from 0 to 1.
    :param explain: Says how the connection caused an error that no later read can mend.
    """

    def __init__(
        self,
        open_client: Callable[[], Awaitable[ClientT]],
        *,
        share: float = SHARE,
        explain: Explain[ClientT] | None = None,
    ) -> None:
        self.client = SharedClient(open_client, on_idle=self._forget_error)
        self._explain = explain
        self._asked: dict[tuple[AnyReader, Hashable], Waiting] = {}
        self._interval = LONGEST_COOLDOWN
        self._tasks: set[asyncio.Task[None]] = set()
        self._pacer = Pacer(ASTRO.limits["GET"] * share)
        self._change_pacer = Pacer(ASTRO.limits["DELETE"])
        self._cooldown = Cooldown()
        self._phase = random.uniform(0, 3600)  # noqa: S311
        #: What the last read failed with, if it failed.
        self.last_error: AstroError | None = None

    def phase(self) -> float:
        """Return the shift of a wait's polls: the same for all waits of a board, but for a moment each."""
        return self._phase + random.uniform(0, SPREAD)  # noqa: S311

    async def read(
        self,
        reader: Reader[ClientT, KeyT, StateT_co],
        key: KeyT,
        *,
        interval: float = 30.0,
        patience: float | None = None,
    ) -> StateT_co | None:
        """Return the present state of something; ``None`` when it certainly does not exist.

        It may take as long as reads are held back after failures; cancelling it is prompt.

        :param reader: How things of its kind are read.
        :param key: What identifies it.
        :param interval: Seconds between the polls of this wait; failures stretch it.
        :param patience: Seconds after which it fails with what held it back; ``None``: never.
        :raises AstroError: The read failed; nothing is known.
        """
        loop = asyncio.get_running_loop()
        response: asyncio.Future[StateT_co | None] = loop.create_future()
        self._interval = min(self._interval, interval) if self._asked else interval
        if not self._asked:
            self._start(self._flush())
        self._asked.setdefault((reader, reader.group(key)), {}).setdefault(key, []).append(response)
        # Not asyncio.wait_for: before Python 3.12 a cancellation that meets the response is lost in it.
        timer = None if patience is None else loop.call_later(patience, self._give_up, response)
        try:
            return await response
        finally:
            if timer is not None:
                timer.cancel()

    def _give_up(self, response: Future) -> None:
        if not response.done():
            error = self.last_error or NoResponseError("Reading", "the status", "the wait ended first")
            response.set_exception(error)

    async def call(self, call: Callable[[ClientT], T], *, interval: float = 30.0) -> T:
        """Make a read that is not about single things; spaced and held back together with all others.

        :param call: What to do with the client; it should not repeat anything by itself.
        :param interval: Seconds for which a first failure holds reads back.
        :raises AstroError: The read failed; nothing is known.
        """
        await self._turn()
        return await self._noted(call, interval)

    async def change(self, call: Callable[[ClientT], T]) -> T:
        """Make a call that changes something, when its turn comes; one attempt, not held back by failed reads.

        :param call: What to do with the client; it should not repeat anything by itself.
        """
        await asyncio.sleep(self._change_pacer.delay(asyncio.get_running_loop().time()))
        return await self.client.run(call)

    def close(self) -> None:
        """Close the connections to the API; a further read opens them again."""
        self.client.close()

    async def _turn(self) -> None:
        """Wait until a read may be sent: not while reads are held back, and not too close to the one before."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._pacer.delay(loop.time()))
        while (held := self._cooldown.until - loop.time()) > 0:
            await asyncio.sleep(held)
            await asyncio.sleep(self._pacer.delay(loop.time()))

    async def _flush(self) -> None:
        await asyncio.sleep(GATHER)
        await self._turn()
        # Not before now: until then further reads join these.
        asked, self._asked = self._asked, {}
        interval, is_first = self._interval, True
        for (reader, _), waiting in asked.items():
            keys = sorted(key for key, waits in waiting.items() if not all(wait.done() for wait in waits))
            for start in range(0, len(keys), reader.batch_size):
                if not is_first:
                    await self._turn()
                is_first = False
                batch = {key: waiting[key] for key in keys[start : start + reader.batch_size]}
                self._start(self._read_batch(reader, batch, interval))

    async def _read_batch(self, reader: AnyReader, batch: Waiting, interval: float) -> None:
        try:
            found = await self._noted(lambda client: reader.read_batch(client, list(batch)), interval)
        except (BadRequestError, NotFoundError):
            found = {}  # one key among them may be to blame: each is read by itself
        except Exception as error:  # noqa: BLE001  (whatever it is, the waits must hear of it)
            await self._wake([(wait, error) for waits in batch.values() for wait in waits])
            return
        await self._wake([(wait, found[key]) for key, waits in batch.items() if key in found for wait in waits])
        for key in batch.keys() - found.keys():
            await self._turn()
            self._start(self._confirm(reader, key, batch[key], interval))

    async def _confirm(self, reader: AnyReader, key: Any, waits: list[Future], interval: float) -> None:
        """Read one thing by itself: a list may lag behind, and "gone" ends a wait."""

        def read(client: ClientT) -> Any:
            try:
                return reader.read_one(client, key)
            except NotFoundError:
                return None

        result: Any
        try:
            result = await self._noted(read, interval)
        except Exception as error:  # noqa: BLE001
            result = error
        await self._wake([(wait, result) for wait in waits])

    async def _wake(self, results: list[tuple[Future, Any]]) -> None:
        """Give waits their results, one in each turn of the loop: a thousand at once must not block it.

        A wait that is woken writes a log line, and its end costs Airflow a millisecond. Each line lets go of the
        interpreter, which a thread that parses a response then keeps for 5 ms: ten lines in one turn were 50 ms.
        """
        lock = _wakers.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        for wait, result in results:
            async with lock:  # one of all boards
                if wait.done():
                    continue  # cancelled, or no longer patient
                if isinstance(result, Exception):
                    wait.set_exception(result)
                else:
                    wait.set_result(result)
                await asyncio.sleep(0)

    async def _noted(self, call: Callable[[ClientT], T], interval: float) -> T:
        """Make a read; one that fails in a way that may pass holds back the next ones, one that succeeds ends that."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            result = await self.client.run(self._explained(call))
        except AstroError as error:
            if isinstance(error, (BadRequestError, NotFoundError)):
                self._succeeded(began)  # the API responds
            elif error.retryable:
                self._cooldown.failed(error, began, loop.time(), interval)
                self.last_error = error
            raise error.with_traceback(None) from None  # it would keep the response and its connection alive
        self._succeeded(began)
        return result

    def _explained(self, call: Callable[[ClientT], T]) -> Callable[[ClientT], T]:
        """Let an error that ends waits say what only the client knows, such as when its token expired."""

        def explained(client: ClientT) -> T:
            try:
                return call(client)
            except AstroError as error:
                if self._explain and not error.retryable and (hint := self._explain(error, client)):
                    error.begin_with(hint)
                raise

        return explained

    def _forget_error(self) -> None:
        self.last_error = None  # its traceback keeps waits alive

    def _succeeded(self, began: float) -> None:
        self.last_error = None
        self._cooldown.succeeded(began)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)  # a task that nothing refers to may be collected before it ran
        task.add_done_callback(self._tasks.discard)
