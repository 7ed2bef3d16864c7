"""Newline-delimited JSON that streams by: checked line by line, counted, and cut to a window of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated

import msgspec

from astro_provider.audit_logs.gunzip import DamagedError

if TYPE_CHECKING:
    from collections.abc import Callable

#: Longest line in bytes. Anything longer is no record, and must not fill the memory.
LONGEST_LINE = 16 * 1024 * 1024


class OutsideError(Exception):
    """A record lies outside the window, where every byte was to be kept."""


@dataclass(frozen=True)
class Window:
    """A half-open span of time.

    :param start: First moment inside; aware.
    :param end: First moment after it; aware.
    """

    start: datetime
    end: datetime


class _Stamped(msgspec.Struct, gc=False):
    """The one field that is looked at; a decoder for it checks the rest of the line as well."""

    timestamp: Annotated[datetime, msgspec.Meta(tz=True)]


_STAMPED = msgspec.json.Decoder(_Stamped)
_ANY = msgspec.json.Decoder()


class Records:
    """Checks and counts records, and keeps those of a window.

    A record whose ``timestamp`` cannot be read belongs to every window: it is kept, and counted as undated.

    :param window: Which records are wanted.
    :param keep: Takes the lines that are wanted; ``None``: every byte is stored elsewhere, and a record outside the
        window is an error.
    """

    def __init__(self, window: Window, keep: Callable[[bytes | memoryview], None] | None) -> None:
        self.count = 0
        self.dropped = 0
        self.undated = 0
        self._window = window
        self._keep = keep
        self._rest = b""

    def feed(self, block: bytes) -> None:
        """Take in the next bytes.

        :param block: Bytes of any length.
        :raises DamagedError: A line is not a JSON object.
        :raises OutsideError: A record lies outside the window and nothing can be dropped.
        """
        data = self._rest + block
        end = data.rfind(b"\n") + 1
        self._rest = data[end:]
        if len(self._rest) > LONGEST_LINE:
            raise DamagedError(f"line {self._seen + 1} of the body has no end within {LONGEST_LINE:,} bytes")
        if not end:
            return
        lines: bytes | memoryview = memoryview(data)[:end]
        inside = self._all_inside(data, end)
        if inside:
            self.count += inside
        else:
            lines = self._sift(data[:end])
        if self._keep is not None:
            self._keep(lines)

    def finish(self) -> None:
        """Check that the last line has an end.

        :raises DamagedError: It has none.
        """
        if self._rest:
            raise DamagedError(f"the last line of the body (line {self._seen + 1}) has no end")

    @property
    def _seen(self) -> int:
        return self.count + self.dropped

    def _all_inside(self, data: bytes, end: int) -> int:
        """Return how many records the lines up to ``end`` are if all is plainly well with them, else 0.

        Decides in one go what is nearly always true, at the speed of the wire.
        """
        try:
            if not data.isascii():
                data[:end].decode()  # the decoder does not look into strings that nobody wants
            moments = [record.timestamp for record in _STAMPED.decode_lines(memoryview(data)[:end])]
        except ValueError:
            return 0
        # As many records as lines: none stands on two lines, no two on one.
        if len(moments) != data.count(b"\n", 0, end) or min(moments) < self._window.start:
            return 0
        return len(moments) if max(moments) < self._window.end else 0

    def _sift(self, lines: bytes) -> bytes:
        """Go through lines one by one; returns those that are wanted."""
        kept = []
        for line in lines[:-1].split(b"\n"):
            if not line.strip():
                continue
            moment = _moment(line, self._seen + 1)
            if moment is None:
                self.undated += 1
            elif not self._window.start <= moment < self._window.end:
                if self._keep is None:
                    raise OutsideError
                self.dropped += 1
                continue
            self.count += 1
            kept.append(line + b"\n")
        return b"".join(kept)


def _moment(line: bytes, number: int) -> datetime | None:
    """Return when a record is from; ``None`` if it does not say. An error names the line and never quotes it."""
    try:
        record = _ANY.decode(line.decode())
    except ValueError:
        raise DamagedError(f"line {number} of the body is not JSON") from None
    if not isinstance(record, dict):
        raise DamagedError(f"line {number} of the body is not a JSON object but a JSON {type(record).__name__}")
    try:
        moment: datetime = msgspec.convert(record.get("timestamp"), datetime)
    except msgspec.ValidationError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
