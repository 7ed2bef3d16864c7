"""One request and one response, as the seam to the network sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


class Pieces:
    """A body that arrives while it is sent, so that it can be sent once only.

    :param pieces: The body, piece by piece.
    :param length: Its length in bytes.
    """

    def __init__(self, pieces: Iterator[bytes], length: int) -> None:
        self._pieces = pieces
        self._length = length

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def __len__(self) -> int:
        return self._length


#: A body that is sent as it is: bytes, a file that can be rewound and has an end, or pieces. Its length is known.
Content = bytes | BinaryIO | Pieces


@dataclass(frozen=True, repr=False)  # headers hold the token, and an upload's URL is a secret as a whole
class Request:
    """A request that is ready to be sent.

    :param method: HTTP method.
    :param url: Absolute URL without query.
    :param params: Query parameters; a key can occur more than once.
    :param headers: The headers, including authentication.
    :param json: The body, sent as JSON; ``None``: no body, or ``content``.
    :param content: A body that is sent unchanged, with the type in ``headers``; a file is sent from its start.
    :param timeout: Seconds to wait for a connection, and for the next byte of the response.
    :param stream: Whether the caller reads the body piece by piece.
    """

    method: str
    url: str
    params: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object | None = None
    timeout: tuple[float, float] = (10.0, 60.0)
    stream: bool = False
    content: Content | None = None

    def __post_init__(self) -> None:
        if self.json is not None and self.content is not None:
            raise ValueError("A request has one body: JSON, or content that is sent as it is.")


class Response:
    """A response, whatever its status. A transport for tests can create one with ``Response(200, content=b"{}")``.

    :param status: HTTP status code.
    :param headers: The headers; names are not case-sensitive.
    :param content: The whole body, without content encoding; empty if the body is streamed.
    :param reason: The reason phrase of the status.
    :param pieces: The body as it arrives, with its content encoding; default: ``content`` in one piece.
    :param close: Returns the connection to the pool; called when a streamed body has been read.
    """

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        *,
        reason: str = "",
        pieces: Iterator[bytes] | None = None,
        close: Callable[[], object] | None = None,
    ) -> None:
        self.status = status
        self.content = content
        self.reason = reason
        self.pieces = iter((content,)) if pieces is None else pieces
        self._headers = {name.lower(): value for name, value in (headers or {}).items()}
        self._close = close

    def header(self, name: str) -> str | None:
        """Return a header's value, or ``None`` if there is no such header.

        :param name: Its name, in any case.
        """
        return self._headers.get(name.lower())

    @property
    def framed(self) -> bool:
        """Whether HTTP's framing distinguishes the end of the body from a dropped connection."""
        return (
            self.header("Content-Length") is not None or "chunked" in (self.header("Transfer-Encoding") or "").lower()
        )

    def close(self) -> None:
        """Give the connection back."""
        if self._close is not None:
            self._close()
