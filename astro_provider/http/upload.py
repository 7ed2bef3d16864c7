"""A file to a signed URL: an address that is a credential as a whole, at a host that must never see the token."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from astro_provider.errors import ForbiddenError, RefusedError, UnexpectedResponseError, UploadExpiredError
from astro_provider.http.profile import STORE
from astro_provider.http.secrecy import unlogged
from astro_provider.http.transport import Transport
from astro_provider.http.urls import is_loopback, is_safe_for_token

if TYPE_CHECKING:
    from astro_provider.http.api import Api
    from astro_provider.http.messages import Request, Response

    class Packed(Protocol):
        """A file that is ready to be uploaded."""

        @property
        def file(self) -> BinaryIO:
            """The file; it can be rewound."""

        @property
        def size(self) -> int:
            """Its size in bytes."""

        @property
        def md5(self) -> str:
            """Its MD5 checksum in base64, as the header ``Content-MD5`` has it."""


log = logging.getLogger(__name__)

#: Shortest value in a URL's query that is hidden by itself; shorter ones are words such as ``b`` and ``rw``.
SHORTEST_HIDDEN = 8
#: Longest time in seconds to connect, and between two pieces that the store takes. A worker whose way out is closed
#: by a firewall should not need many minutes to say so.
STALLED = 30.0
#: Bytes a second at which the store may still be busy with a file after its last byte has arrived.
SLOWEST = 10_000_000


def upload(api: Api, url: str, packed: Packed) -> str:
    """Send a file to a signed URL of an Azure blob store, and again after a transient failure; returns its version.

    :param api: The API that named the URL; its token is not sent, its connections and pauses are used.
    :param url: The URL. Errors and log lines have its host, and ``****`` for the rest.
    :param packed: The file and its checksum.
    :raises UploadExpiredError: The store refused the URL.
    :raises RefusedError: The URL is not one to send a file to.
    :raises UnexpectedResponseError: A redirect, or a response without a version.
    """
    place = _checked_place(url, api.base_url)
    store = api.elsewhere(
        STORE, lambda transport: _Signed(transport, url), connect_timeout=STALLED, extra=packed.size / SLOWEST
    )
    headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": "application/x-tar", "Content-MD5": packed.md5}
    try:
        response = store.send("PUT", place, content=packed.file, headers=headers, hide=_secrets(url))
    except ForbiddenError as error:
        message = f"the signed URL has expired, or it does not allow this upload. The store says: {error.message}"
        raise UploadExpiredError(error.method, error.path, error.status, message) from None
    version = response.header("x-ms-version-id")
    if not version:
        reason = "the response names no version (header x-ms-version-id). Did something other than the store respond?"
        raise UnexpectedResponseError("PUT", place, response.status, reason, retryable=False)
    return version


class _Signed(Transport):
    """Puts the URL into a request as late as possible, and keeps it out of the HTTP library's log lines."""

    def __init__(self, inner: Transport, url: str) -> None:
        self._inner = inner
        self._url = url

    def send(self, request: Request, path: str) -> Response:
        with unlogged():
            response = self._inner.send(replace(request, url=self._url), path)
        log.debug("%s %s returned %d", request.method, path, response.status)
        if 300 <= response.status < 400:
            reason = "it redirects; nothing is sent to another address"
            raise UnexpectedResponseError(request.method, path, response.status, reason, retryable=False)
        if response.header("x-ms-error-code") == "Md5Mismatch":
            raise UnexpectedResponseError(request.method, path, response.status, "the file was damaged in transit")
        return response


def _checked_place(url: str, api_url: str) -> str:
    """Return how errors call a signed URL, if a file may be sent there."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise RefusedError("The upload URL from Astro is not a URL.") from None
    host = parts.hostname or ""
    if not host or parts.username or "\\" in url or not url.isprintable() or " " in url:
        raise RefusedError("The upload URL from Astro is not one that a file can be sent to.")
    if not is_safe_for_token(url):
        raise RefusedError(f"The upload URL from Astro, at {host!r}, is not https: others could read the code.")
    api = urlsplit(api_url)
    if _same_machine(host, api.hostname or "") and (not is_loopback(host) or port == api.port):
        raise RefusedError(f"The upload URL from Astro is at the API's own address, {host!r}.")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{f':{port}' if port else ''}/****"


def _same_machine(host: str, other: str) -> bool:
    return host.rstrip(".") == other.rstrip(".") or (is_loopback(host) and is_loopback(other))


def _secrets(url: str) -> list[str]:
    """Return what no error may repeat of a URL, whole and in the pieces that are worth something, the longest first."""
    parts = urlsplit(url)
    target = url.partition("://")[2].partition("/")[2]
    raw = [piece.partition("=")[2] for piece in parts.query.split("&")]
    values = [value for value in (*raw, *(v for _, v in parse_qsl(parts.query))) if len(value) >= SHORTEST_HIDDEN]
    found = {url, target, parts.path, parts.query, *values}
    found |= {unquote(each) for each in found} | {each.replace("&", "&amp;") for each in found}
    return sorted((each for each in found if len(each) >= SHORTEST_HIDDEN), key=len, reverse=True)
