"""gzip undone while it arrives, in blocks of a bounded size."""

from __future__ import annotations

import io
from gzip import BadGzipFile
from typing import TYPE_CHECKING, Any

from isal.igzip import IGzipFile  # the standard library's takes twice as long
from isal.igzip_lib import IsalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAGIC = b"\x1f\x8b"
#: Most bytes that are unpacked at once, however well they were packed. Larger blocks leave the processor's cache, and
#: the memory that the heap keeps at hand: each would be faulted in anew.
BLOCK = 64 * 1024


class DamagedError(Exception):
    """A body that is not whole, or not what it should be; its text completes "but ..."."""


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Undo gzip, all members of it, checking their checksums.

    :param pieces: The packed bytes; an exception that reading them raises passes through.
    :raises DamagedError: The bytes are no gzip, fail its checksum, or end too early.
    """
    with IGzipFile(fileobj=_Pieces(pieces), mode="rb") as stream:  # type: ignore[no-untyped-call]
        while block := _next_block(stream):
            yield block


def _next_block(stream: IGzipFile) -> bytes:
    try:
        return stream.read1(BLOCK)
    except EOFError:
        raise DamagedError("the body's gzip stream ends too early") from None
    except (BadGzipFile, IsalError) as error:  # type: ignore[misc]  # its stubs call the second one an instance
        raise DamagedError(f"the body's gzip stream is damaged ({error})") from None


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
