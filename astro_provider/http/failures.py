"""What the HTTP libraries' exceptions mean, type by type.

Whether a create may be sent again hangs on ``sent``, so nothing here looks at the text of an exception: texts change
between releases, and one that is not recognised would turn a safe repetition into an unsafe one, or the reverse.
A test walks over every exception of ``requests`` and ``urllib3`` and fails for one that has no row.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests.exceptions as of_requests
import urllib3.exceptions as of_urllib3

from astro_provider.errors import AstroError, ConfigurationError, NoResponseError
from astro_provider.http.urls import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator


#: The words of an error after which it is certain that nothing listens at an address.
REFUSED = "connection refused"
#: The words of an error after which it is certain that the host, or a proxy in its place, was reached.
UNTRUSTED = "the server's TLS certificate is not trusted"
#: The words of an error after which TLS failed for another reason: the server may not speak TLS at all.
TLS_FAILED = "the TLS connection failed; is the server's certificate valid?"


@dataclass(frozen=True)
class Meaning:
    """What one type of exception says.

    :param words: What happened; ``{connect}`` and ``{read}`` are the timeouts in seconds.
    :param sent: Whether the request may have reached the API; false only where the type itself proves that it did not.
    :param lasting: Whether the request can never be sent as it is, so that trying again is of no use.
    :param wraps: Whether an exception inside it, if it has one, says more.
    """

    words: str
    sent: bool = True
    lasting: bool = False
    wraps: bool = False


_DROPPED = Meaning("the connection was dropped before the response arrived", wraps=True)
_BROKEN = Meaning("the response was cut off or damaged in transit", wraps=True)
_FAILED = Meaning("the request failed", wraps=True)
_NOT_CONNECTED = Meaning("the connection could not be established", sent=False, wraps=True)
_CONNECT_TIMEOUT = Meaning("no connection within {connect:g} s", sent=False)
_READ_TIMEOUT = Meaning("timed out after {read:g} s")
# A TLS error can also strike a connection that has carried the request already; the reason inside tells.
_TLS = Meaning(TLS_FAILED, wraps=True)
_PROXY = Meaning("the proxy refused or dropped the connection", wraps=True)
_BAD_URL = Meaning("its URL cannot be used", lasting=True)
_BAD_PROXY = Meaning("the proxy's address, in HTTPS_PROXY or HTTP_PROXY, cannot be used", lasting=True)
_BAD_HEADER = Meaning("a header has characters that no header may have", lasting=True)
_BAD_BODY = Meaning("its body cannot be sent", lasting=True)

MEANINGS: dict[type[BaseException], Meaning] = {
    of_requests.RequestException: _FAILED,
    of_requests.HTTPError: _FAILED,
    of_requests.ConnectionError: _DROPPED,
    of_requests.ProxyError: _PROXY,
    of_requests.SSLError: _TLS,
    of_requests.Timeout: _READ_TIMEOUT,
    of_requests.ConnectTimeout: _CONNECT_TIMEOUT,
    of_requests.ReadTimeout: _READ_TIMEOUT,
    of_requests.URLRequired: _BAD_URL,
    of_requests.TooManyRedirects: _FAILED,
    of_requests.MissingSchema: _BAD_URL,
    of_requests.InvalidSchema: _BAD_URL,
    of_requests.InvalidURL: _BAD_URL,
    of_requests.InvalidHeader: _BAD_HEADER,
    of_requests.InvalidProxyURL: _BAD_PROXY,
    of_requests.ChunkedEncodingError: _BROKEN,
    of_requests.ContentDecodingError: _BROKEN,
    of_requests.StreamConsumedError: _FAILED,
    of_requests.RetryError: _FAILED,
    of_requests.UnrewindableBodyError: _FAILED,
    of_requests.InvalidJSONError: _BAD_BODY,
    of_requests.JSONDecodeError: _BROKEN,
    of_urllib3.HTTPError: _FAILED,
    of_urllib3.PoolError: _FAILED,
    of_urllib3.RequestError: _FAILED,
    of_urllib3.SSLError: _TLS,
    of_urllib3.ProxyError: _PROXY,
    of_urllib3.DecodeError: _BROKEN,
    of_urllib3.ProtocolError: _DROPPED,
    of_urllib3.MaxRetryError: _FAILED,
    of_urllib3.HostChangedError: _BAD_URL,
    of_urllib3.TimeoutStateError: _FAILED,
    of_urllib3.TimeoutError: _READ_TIMEOUT,
    of_urllib3.ReadTimeoutError: _READ_TIMEOUT,
    of_urllib3.ConnectTimeoutError: _CONNECT_TIMEOUT,
    of_urllib3.NewConnectionError: _NOT_CONNECTED,
    of_urllib3.EmptyPoolError: _FAILED,
    of_urllib3.ClosedPoolError: _FAILED,
    of_urllib3.LocationValueError: _BAD_URL,
    of_urllib3.LocationParseError: _BAD_URL,
    of_urllib3.URLSchemeUnknown: _BAD_URL,
    of_urllib3.ResponseError: _FAILED,
    of_urllib3.IncompleteRead: _BROKEN,
    of_urllib3.InvalidChunkLength: _BROKEN,
    of_urllib3.InvalidHeader: _BROKEN,  # of the response: a Content-Length that is no number, for example
    of_urllib3.ProxySchemeUnknown: _BAD_PROXY,
    of_urllib3.ProxySchemeUnsupported: _BAD_PROXY,
    of_urllib3.HeaderParsingError: _BROKEN,
    of_urllib3.UnrewindableBodyError: _FAILED,
    of_urllib3.BodyNotHttplibCompatible: _BROKEN,
    of_urllib3.ResponseNotChunked: _BROKEN,
    ConnectionRefusedError: Meaning(REFUSED, sent=False),
    socket.gaierror: Meaning("the host name cannot be resolved", sent=False),
    ssl.SSLCertVerificationError: Meaning(UNTRUSTED, sent=False),
}
# urllib3 1.26, with which requests still works, has no type of its own for these.
for _name, _meaning in (
    ("NameResolutionError", MEANINGS[socket.gaierror]),
    ("FullPoolError", _FAILED),
):
    if _type := getattr(of_urllib3, _name, None):
        MEANINGS[_type] = _meaning


def explained(
    method: str, path: str, error: BaseException, timeout: tuple[float, float], *, host: str | None = None
) -> AstroError:
    """Return this package's own error for one of the HTTP libraries'.

    :param method: HTTP method of the request.
    :param path: Path of the request.
    :param error: What ``requests`` or ``urllib3`` raised. It holds the request, and with it the token: it is not kept.
    :param timeout: Seconds to wait for a connection, and for the response.
    :param host: Host and port that were asked.
    """
    if type(error) is OSError:  # requests' own way to say that it finds no CA bundle; its text is a path
        return ConfigurationError(f"{method} {path} could not be sent: {error}")
    meaning = meaning_of(error)
    words = meaning.words.format(connect=timeout[0], read=timeout[1])
    if meaning.lasting:
        return ConfigurationError(f"{method} {path} could not be sent: {words}.")
    return NoResponseError(method, path, words, sent=meaning.sent, host=host)


def nothing_listens(error: AstroError) -> bool:
    """Whether this machine itself refused the connection: the emulator is not running, for example.

    :param error: What a request ended with.
    """
    return isinstance(error, NoResponseError) and error.reason == REFUSED and is_local(error)


def speaks_no_tls(error: AstroError) -> bool:
    """Whether TLS failed on this machine, where most servers do without it, as the emulator does.

    :param error: What a request ended with.
    """
    return isinstance(error, NoResponseError) and error.reason == TLS_FAILED and is_local(error)


def is_local(error: NoResponseError) -> bool:
    """Whether the request went to this machine.

    :param error: What the request ended with.
    """
    return is_loopback(urlsplit(f"//{error.host}").hostname or "")


def meaning_of(error: BaseException) -> Meaning:
    """Return what an exception means; what it wraps says more than it does.

    :param error: The exception.
    """
    meaning = next((MEANINGS[cls] for cls in type(error).__mro__ if cls in MEANINGS), _FAILED)
    if not meaning.wraps:
        return meaning
    for inner in _wrapped(error):
        if isinstance(inner, tuple(MEANINGS)):
            said = meaning_of(inner)
            if said is _FAILED:
                continue
            if meaning is _PROXY and said is not _PROXY:
                return Meaning(f"no connection through the proxy: {said.words}", said.sent, said.lasting)
            return said
    return meaning


def _wrapped(error: BaseException) -> Iterator[BaseException]:
    """Yield what an exception was made of, in each of the ways in which the libraries keep it."""
    kept = [getattr(error, "reason", None), getattr(error, "original_error", None), *error.args]
    if isinstance(error, of_urllib3.NewConnectionError):
        kept.append(error.__cause__ or error.__context__)
    yield from (inner for inner in kept if isinstance(inner, BaseException) and inner is not error)
