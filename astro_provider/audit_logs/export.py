"""From the wire to where it is stored, in one pass."""

from __future__ import annotations

import hashlib
import logging
import time
import zlib
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Protocol

from astro_provider.audit_logs.gunzip import MAGIC, DamagedError, unpacked
from astro_provider.audit_logs.records import Records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from astro_provider.audit_logs.records import Window
    from astro_provider.http.messages import Response

log = logging.getLogger(__name__)

#: zlib's word for "with the header and trailer of gzip".
GZIP_FORMAT = 31
#: Seconds between two lines that say how far an export has come.
REPORT_EVERY = 5.0


class Output(Protocol):
    """Where bytes are written to."""

    def write(self, data: bytes | memoryview, /) -> Any:
        """Write all of some bytes.

        :param data: The bytes.
        """


@dataclass(frozen=True)
class Export:
    """The result of an export.

    :param bytes: Size of the output.
    :param records: Number of records in the output.
    :param sha256: Checksum of the output, as ``sha256sum`` prints it.
    :param dropped: Number of records from the API that were outside the window.
    :param undated: Number of records in the output whose ``timestamp`` could not be read.
    """

    bytes: int
    records: int
    sha256: str
    dropped: int = 0
    undated: int = 0


class Tally:
    """An output that is counted and summed up on the way.

    :param output: Where to write.
    """

    def __init__(self, output: Output) -> None:
        self.bytes = 0
        self._output = output
        self._sum = hashlib.sha256()

    def write(self, data: bytes | memoryview) -> None:
        """Write and count.

        :param data: The bytes.
        """
        if data:
            self._output.write(data)
            self._sum.update(data)
            self.bytes += len(data)

    @property
    def sha256(self) -> str:
        """Checksum so far."""
        return self._sum.hexdigest()


class Copy:
    """Copies one body, checking all of it.

    :param output: Where to write.
    :param window: Which records are wanted.
    :param packed: Whether to store gzip rather than plain text.
    :param as_it_is: Whether to keep the bytes of the wire where they are gzip.
    """

    def __init__(self, output: Output, window: Window, *, packed: bool, as_it_is: bool) -> None:
        self._tally = Tally(output)
        self._window = window
        self._packer = zlib.compressobj(wbits=GZIP_FORMAT) if packed else None
        self._as_it_is = as_it_is
        self._began = self._reported = time.monotonic()

    def run(self, body: Response) -> Export:
        """Copy the body.

        :param body: What comes over the wire.
        :raises DamagedError: It is not whole, or not newline-delimited JSON.
        :raises OutsideError: The bytes of the wire cannot be kept, since they hold records outside the window.
        :raises NoResponseError: It broke off.
        """
        pieces = iter(body.pieces)
        head = b"".join(islice(pieces, 1))
        if len(head) < len(MAGIC):
            head += b"".join(islice(pieces, 1))
        # Not the header decides: a proxy may have unpacked the body, and a server may send gzip without saying so.
        is_gzip = head.startswith(MAGIC)
        kept_as_it_is = self._as_it_is and is_gzip
        records = Records(self._window, None if kept_as_it_is else self._keep)
        everything: Iterator[bytes] = chain([head], pieces)
        if kept_as_it_is:
            everything = self._stored(everything)
        # One thread: a second one for the checks gains nothing, since both need Python's lock for most of their work.
        for block in unpacked(everything) if is_gzip else everything:
            records.feed(block)
            self._report(records)
        records.finish()
        if not is_gzip and not body.framed:
            raise DamagedError("neither its headers nor its body show where it ends, so it may be truncated")
        if self._packer is not None and not kept_as_it_is:
            self._tally.write(self._packer.flush())
        return Export(self._tally.bytes, records.count, self._tally.sha256, records.dropped, records.undated)

    def _stored(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._tally.write(piece)
            yield piece

    def _keep(self, lines: bytes | memoryview) -> None:
        self._tally.write(self._packer.compress(lines) if self._packer else lines)

    def _report(self, records: Records) -> None:
        now = time.monotonic()
        if now - self._reported >= REPORT_EVERY:
            self._reported = now
            log.info("So far %s", progress(self._tally.bytes, records.count, now - self._began))


def progress(size: int, records: int, seconds: float) -> str:
    """Return in words how much was stored.

    :param size: Bytes.
    :param records: Number of records.
    :param seconds: Time it took.
    """
    rate = f", {size / 1e6 / seconds:,.1f} MB/s" if seconds >= 1 else ""
    amount = f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size:,} bytes"
    return f"{records:,} record{'' if records == 1 else 's'} ({amount}) in {seconds:.1f} s{rate}"
