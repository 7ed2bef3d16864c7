"""A body as it comes over the wire: in pieces, still packed, and known to be whole or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from urllib3.exceptions import HTTPError, ReadTimeoutError

from astro_provider.errors import NoResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from requests import Response

#: Bytes read at once.
PIECE = 64 * 1024


@dataclass(frozen=True)
class WireBody:
    """The body of one answer, to be read once.

    :param pieces: Its bytes as they were sent, content encoding and all; raises NoResponseError where they break off.
    :param status: HTTP status code.
    :param headers: The answer's headers.
    """

    pieces: Iterator[bytes]
    status: int
    headers: Mapping[str, str]

    @property
    def framed(self) -> bool:
        """Whether HTTP itself tells the body's end from a dropped connection."""
        return "Content-Length" in self.headers or "chunked" in self.headers.get("Transfer-Encoding", "").lower()


def pieces_of(method: str, path: str, response: Response) -> Iterator[bytes]:
    """Read an answer's body piece by piece.

    :param method: HTTP method of the call, for the error.
    :param path: Path of the call, for the error.
    :param response: An answer whose body has not been read.
    :raises NoResponseError: The body breaks off before the end that was announced.
    """
    received = 0
    while True:
        try:
            piece = response.raw.read(PIECE, decode_content=False)
        except ReadTimeoutError:
            raise NoResponseError(method, path, f"nothing more arrived after {received:,} bytes") from None
        except HTTPError:
            # Not chained: the exception holds the connection, and with it the token.
            raise _cut(method, path, received) from None
        if not piece:
            break
        received += len(piece)
        yield piece
    # Older urllib3 takes an early end of the connection for the end of the body.
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and received < int(announced):
        raise _cut(method, path, received)


def _cut(method: str, path: str, received: int) -> NoResponseError:
    return NoResponseError(method, path, f"the body broke off after {received:,} bytes")
