"""gzip undone while it arrives, in blocks of a bounded size."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAGIC = b"\x1f\x8b"
#: Most bytes that are unpacked at once, however well they were packed. Larger blocks leave the processor's cache, and
#: the memory that the heap keeps at hand, and each of them would cost page faults.
BLOCK = 64 * 1024


class DamagedError(Exception):
    """A body that is not whole, or not what it should be; its text completes "but ..."."""


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Undo gzip, all members of it, checking their checksums.

    :param pieces: The packed bytes; an exception that reading them raises passes through.
    :raises DamagedError: The bytes are no gzip, fail its checksum, or end too early.
    """
    opened, damages = _opened(_Pieces(pieces))
    with opened as stream:
        while block := _next_block(stream, damages):
            yield block


def _opened(raw: io.RawIOBase) -> tuple[Any, tuple[type[Exception], ...]]:
    """Open gzip to read from; returns also what the library raises about damaged bytes."""
    try:
        from isal.igzip import IGzipFile
        from isal.igzip_lib import IsalError
    except ImportError:  # it has no wheel for every machine; the standard library takes twice as long
        # Buffered: a short read in the middle of a header is taken for another format.
        return gzip.GzipFile(fileobj=io.BufferedReader(raw), mode="rb"), (gzip.BadGzipFile, zlib.error)
    damages: tuple[Any, ...] = (gzip.BadGzipFile, IsalError)  # its stubs call the second one an instance
    return IGzipFile(fileobj=raw, mode="rb"), damages  # type: ignore[no-untyped-call]


def _next_block(stream: Any, damages: tuple[type[Exception], ...]) -> bytes:
    try:
        block: bytes = stream.read1(BLOCK)
    except EOFError:
        raise DamagedError("the body's gzip stream ends too early") from None
    except damages as error:
        raise DamagedError(f"the body's gzip stream is damaged ({error})") from None
    return block


class _Pieces(io.RawIOBase):
    """Makes a file to read from of pieces."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._rest = self._rest or memoryview(next(self._pieces, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
