"""What the HTTP libraries' exceptions mean: every type has its row, and no text decides."""

from __future__ import annotations

import socket
import ssl

import pytest
import requests.exceptions
import urllib3.exceptions
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from astro_provider.errors import ConfigurationError, NoResponseError
from astro_provider.http.failures import MEANINGS, explained, meaning_of
from tests.builders.addresses import path
from tests.builders.deployments import deployment, listing

POOL = HTTPConnectionPool("api.example.com")
LIST = path("/deployments")
BODY = {"name": "staging", "workspaceId": "clworkspace00000000000001", "type": "STANDARD"}
REFUSED = NewConnectionError(None, "any words")
REFUSED.__cause__ = ConnectionRefusedError(111, "any words")
UNREACHABLE = NewConnectionError(None, "any words")
UNREACHABLE.__cause__ = OSError(113, "any words")
UNRESOLVED = NameResolutionError("api.example.com", None, socket.gaierror(-2, "any words"))


def exceptions_of(module, base):
    found = {kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, base)}
    return sorted((kind for kind in found if not issubclass(kind, Warning)), key=lambda kind: kind.__name__)


@pytest.mark.parametrize(
    "kind",
    [
        *exceptions_of(requests.exceptions, requests.exceptions.RequestException),
        *exceptions_of(urllib3.exceptions, urllib3.exceptions.HTTPError),
        # Not below urllib3's own base, but its own all the same.
        urllib3.exceptions.ProxySchemeUnsupported,
    ],
    ids=lambda kind: f"{kind.__module__.split('.')[0]}.{kind.__name__}",
)
def test_every_exception_of_the_http_libraries_has_a_meaning(kind):
    assert kind in MEANINGS, f"{kind} needs a row in MEANINGS: may the request have been sent?"


def in_requests(kind, reason):
    return kind(MaxRetryError(POOL, "/v1", reason))


def proxied(inner):
    return in_requests(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError("any words", inner))


def tls(inner):
    return in_requests(requests.exceptions.SSLError, urllib3.exceptions.SSLError(inner))


#: As the libraries raise them: what a person reads, and whether the request may have been sent.
FOUND = {
    "refused": (in_requests(requests.exceptions.ConnectionError, REFUSED), "connection refused", False),
    "no route": (in_requests(requests.exceptions.ConnectionError, UNREACHABLE), "could not be established", False),
    "no such host": (in_requests(requests.exceptions.ConnectionError, UNRESOLVED), "cannot be resolved", False),
    "connect timeout": (
        in_requests(requests.exceptions.ConnectTimeout, ConnectTimeoutError(POOL, "any words")),
        "no connection within 10 s",
        False,
    ),
    "read timeout": (
        requests.exceptions.ReadTimeout(ReadTimeoutError(POOL, "/v1", "any words")),
        "timed out after 60 s",
        True,
    ),
    "read timeout within the body": (
        requests.exceptions.ConnectionError(ReadTimeoutError(POOL, "/v1", "any words")),
        "timed out after 60 s",
        True,
    ),
    "reset": (
        requests.exceptions.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "x"))),
        "dropped before the response",
        True,
    ),
    # Texts say nothing: by its words this would be a connection that was never made.
    "words of another failure": (
        requests.exceptions.ConnectionError(ProtocolError("Connection refused, NewConnectionError, getaddrinfo")),
        "dropped before the response",
        True,
    ),
    "certificate": (tls(ssl.SSLCertVerificationError(1, "any words")), "certificate is not trusted", False),
    "TLS broken in the middle": (tls(ssl.SSLEOFError(8, "any words")), "TLS connection failed", True),
    "proxy refused": (proxied(REFUSED), "no connection through the proxy: connection refused", False),
    "proxy without tunnel": (proxied(OSError("any words")), "proxy refused or dropped", True),
    "proxy of urllib3 1.26 that was reset": (proxied(ConnectionResetError(104, "x")), "proxy refused or dropped", True),
    "cut body": (requests.exceptions.ChunkedEncodingError(ProtocolError("any words")), "dropped", True),
    "an unknown type": (type("Newer", (requests.exceptions.ConnectionError,), {})(), "dropped", True),
    "a type without a base in the table": (type("Newest", (OSError,), {})(), "the request failed", True),
}


@pytest.mark.parametrize("name", FOUND)
def test_a_failure_is_told_in_words_and_says_whether_the_request_may_have_arrived(name):
    error, words, sent = FOUND[name]
    told = explained("POST", "/x", error, (10.0, 60.0))
    assert isinstance(told, NoResponseError)
    assert words in told.reason
    assert told.sent is sent


@pytest.mark.parametrize("name", FOUND)
def test_a_create_is_sent_again_without_a_lookup_only_if_it_was_surely_never_sent(client, requests_mock, name):
    error, _, sent = FOUND[name]
    create = requests_mock.post(LIST, [{"exc": error}, {"json": deployment()}])
    looked_up = requests_mock.get(LIST, json=listing())
    assert client.deployments.create(BODY).name == "staging"
    assert create.call_count == 2
    assert looked_up.call_count == (1 if sent else 0)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (requests.exceptions.InvalidProxyURL(), "proxy's address"),
        (requests.exceptions.InvalidSchema("any words"), "URL cannot be used"),
        (requests.exceptions.InvalidHeader("Bearer a-token"), "a header has characters"),
        (OSError("Could not find a suitable TLS CA certificate bundle, invalid path: /nowhere"), "/nowhere"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_can_never_be_sent_is_not_tried_again(client, requests_mock, pauses, error, words):
    requests_mock.get(LIST, exc=error)
    with pytest.raises(ConfigurationError, match=words) as caught:
        client.deployments.list()
    assert not caught.value.retryable
    assert requests_mock.call_count == 1
    assert "a-token" not in str(caught.value)


def test_an_exception_that_wraps_itself_ends():
    error = requests.exceptions.ConnectionError()
    error.args = (error,)
    assert meaning_of(error).sent
