"""One poll of a wait, which may take several reads: written once, made alone in a worker, shared in a triggerer."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from astro_provider.errors import AstroError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from astro_provider.polling.board import Board
    from astro_provider.polling.reader import AnyReader
    from astro_provider.waits.goal import State


class Read(NamedTuple):
    """One read of a poll.

    :param reader: How it is read.
    :param key: What identifies the thing to the reader.
    :param airflow_of: The Deployment whose own Airflow is read; ``None``: the Astro API is read. Each API has its own
        pauses: one Airflow that fails must not hold back what other waits read.
    """

    reader: AnyReader
    key: Hashable
    airflow_of: str | None = None


#: The reads of one poll, one after the other. Each is given what it read, or ``None`` if the thing certainly does not
#: exist; what a read raises is raised here, too. Returns what the wait is to judge.
Reads = Generator[Read, Any, "State | None"]


def read_alone(reads: Reads, client: Any) -> State | None:
    """Make the reads of a poll with one attempt each: a worker waits for one thing only.

    :param reads: The reads.
    :param client: The connection's client.
    :raises AstroError: A read failed; nothing is known.
    """
    steps = _Steps(reads)
    while (read := steps.next()) is not None:
        try:
            steps.give(read.reader.read_one(client, read.key))
        except NotFoundError:
            steps.give(None)
        except AstroError as error:
            steps.fail(error)
    return steps.state


async def read_shared(
    reads: Reads, board_of: Callable[[str | None], Board[Any]], *, interval: float, patience: float
) -> State | None:
    """Make the reads of a poll together with those of all other waits.

    :param reads: The reads.
    :param board_of: Returns the board of a Deployment's Airflow, or of the Astro API.
    :param interval: Seconds between the polls of this wait.
    :param patience: Seconds after which a read fails with what held it back.
    :raises AstroError: A read failed; nothing is known.
    """
    steps = _Steps(reads)
    while (read := steps.next()) is not None:
        board = board_of(read.airflow_of)
        try:
            steps.give(await board.read(read.reader, read.key, interval=interval, patience=patience))
        except AstroError as error:
            steps.fail(error)
    return steps.state


class _Steps:
    """Goes through the reads of a poll."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._read: Read | None = None
        self.state: State | None = None
        self._go_on(lambda: next(reads))

    def next(self) -> Read | None:
        """Return the read to make; ``None``: there is none left."""
        return self._read

    def give(self, result: Any) -> None:
        """Hand over what was read.

        :param result: The result.
        """
        self._go_on(lambda: self._reads.send(result))

    def fail(self, error: AstroError) -> None:
        """Hand over what a read raised.

        :param error: The error; raised again unless the poll can go on without this read.
        """
        self._go_on(lambda: self._reads.throw(error))

    def _go_on(self, step: Callable[[], Read]) -> None:
        try:
            self._read = step()
        except StopIteration as end:
            self._read, self.state = None, end.value
