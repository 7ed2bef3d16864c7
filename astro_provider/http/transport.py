"""The seam to the network: one class with one method, and what does it by default.

The only module, with the table of failures, that uses ``requests``.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError, ReadTimeoutError

from astro_provider.errors import NoResponseError
from astro_provider.http.failures import explained
from astro_provider.http.messages import Pieces, Response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from astro_provider.errors import AstroError
    from astro_provider.http.messages import Content, Request

#: Bytes read at once.
PIECE = 64 * 1024


class Transport(ABC):
    """Sends one request once. Replace it to test with canned responses, or to send requests in another way."""

    @abstractmethod
    def send(self, request: Request, path: str) -> Response:
        """Send a request and return its response, whatever its status.

        It follows no redirects, does not retry, and adds no authentication.

        :param request: The request.
        :param path: The name of the request in errors, which never contain the URL.
        :raises NoResponseError: No complete response arrived.
        :raises ConfigurationError: The request cannot be sent.
        """

    def close(self) -> None:  # noqa: B027  (only what keeps connections has something to close)
        """Close the connections that are open for reuse."""


class RequestsTransport(Transport):
    """Sends with ``requests``; proxies and certificates come from the environment, as its users expect.

    The environment is read once for each host: ``requests`` reads it for each request, in a third of the time that the
    whole request needs.
    """

    def __init__(self) -> None:
        self._environment: dict[str, Mapping[str, Any]] = {}
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=16)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def send(self, request: Request, path: str) -> Response:
        """Send a request and return its response, whatever its status.

        :param request: The request.
        :param path: How errors call what was asked for.
        """
        failed: AstroError | None = None
        try:
            prepared = self._prepared(request)
            how = {**self._from_environment(request.url), "stream": request.stream, "timeout": request.timeout}
            response = self._session.send(prepared, allow_redirects=False, **how)
            # Only what succeeded is streamed; the rest is read here, where it is noticed if that fails.
            streamed = request.stream and response.status_code < 300
            content = b"" if streamed else response.content
        except (HTTPError, OSError) as error:  # the latter is the base of requests' own
            failed = explained(request.method, path, error, request.timeout, host=_host(request.url, path))
        if failed:
            # Here, so that it does not carry the exception along: that one holds the request, and with it the token.
            raise failed
        return Response(
            response.status_code,
            response.headers,
            content,
            reason=response.reason or "",
            pieces=_pieces(request, path, response) if streamed else None,
            close=response.close,
        )

    def _prepared(self, request: Request) -> requests.PreparedRequest:
        """Return a request as it is sent, without what a session would add: cookies, and a login from a ``.netrc``."""
        headers = CaseInsensitiveDict({**self._session.headers, **request.headers})
        return requests.Request(
            request.method,
            request.url,
            params=list(request.params),
            headers=headers,
            json=request.json,
            data=_from_its_start(request.content),
        ).prepare()

    def _from_environment(self, url: str) -> Mapping[str, Any]:
        """Return the proxies and certificates for a host, as ``requests`` finds them."""
        place = "://".join(urlsplit(url)[:2])
        if place not in self._environment:
            self._environment[place] = self._session.merge_environment_settings(place, {}, None, None, None)
        return self._environment[place]

    def close(self) -> None:
        """Close the connections that are kept open for reuse."""
        self._session.close()


def _from_its_start(content: Content | None) -> Any:
    """Return content that is ready to be sent, an earlier attempt or not."""
    if content is None or isinstance(content, bytes | Pieces):
        return content
    content.seek(0, os.SEEK_END)
    if not content.tell():
        return b""  # requests would send an empty file in chunks, as one of unknown length
    content.seek(0)
    return content


def _host(url: str, path: str) -> str | None:
    """Return the host for errors, unless what they call the request begins with it."""
    return urlsplit(url).netloc if path.startswith("/") else None


def _pieces(request: Request, path: str, response: requests.Response) -> Iterator[bytes]:
    """Read a body piece by piece; an error where it breaks off before the end that was announced."""
    received = 0
    while True:
        try:
            piece = response.raw.read(PIECE, decode_content=False)
        except ReadTimeoutError:
            raise _cut(request, path, f"nothing more arrived after {received:,} bytes") from None
        except HTTPError:
            # Not chained: the exception holds the connection, and with it the token.
            raise _cut(request, path, f"the body ended early, after {received:,} bytes") from None
        if not piece:
            break
        received += len(piece)
        yield piece
    # Older urllib3 takes an early end of the connection for the end of the body.
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and received < int(announced):
        raise _cut(request, path, f"the body ended early, after {received:,} bytes")


def _cut(request: Request, path: str, reason: str) -> NoResponseError:
    return NoResponseError(request.method, path, reason, host=_host(request.url, path))
