"""An API with a profile of its own, over a transport of one's own: what both seams promise."""

from __future__ import annotations

import json

import pytest

from astro_provider.client import AstroClient
from astro_provider.errors import (
    BadRequestError,
    ConfigurationError,
    NoResponseError,
    ServerError,
    UnexpectedResponseError,
)
from astro_provider.http.api import Api
from astro_provider.http.messages import Response
from astro_provider.http.profile import ErrorBody, Profile
from astro_provider.http.transport import Transport
from tests.builders.addresses import ORG
from tests.builders.deployments import deployment, listing

#: An API unlike Astro's: other headers, limits and error bodies, and a host that alone may be sent the token.
OTHER = Profile(
    headers={"Accept": "application/json", "X-Other": "1"},
    limits={"PATCH": 1.0},
    read_error=lambda body: ErrorBody(body.get("detail"), body.get("trace")),
    takes_token=lambda url: url.startswith("https://other.example.com/"),
)


class Canned(Transport):
    """Gives each response once, the last one for ever, and keeps what was sent."""

    def __init__(self, *responses: Response | Exception) -> None:
        self.responses = list(responses)
        self.sent: list = []
        self.closed = False

    def send(self, request, path):
        self.sent.append(request)
        response = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        if isinstance(response, Exception):
            raise response
        return response

    def close(self):
        self.closed = True


def api(*responses, token="a-token", url="https://other.example.com/api", **arguments):
    transport = Canned(*responses)
    pauses: list[float] = []
    return Api(OTHER, url, token, transport=transport, sleep=pauses.append, **arguments), transport, pauses


def test_a_client_works_over_a_transport_of_ones_own():
    transport = Canned(Response(200, content=json.dumps(listing(deployment())).encode()))
    with AstroClient("a-token", organization_id=ORG, transport=transport) as client:
        assert client.deployments.find("staging").id == "cldeployment0000000000001"
    sent = transport.sent[0]
    assert (sent.method, sent.url) == ("GET", f"https://api.astronomer.io/v1/organizations/{ORG}/deployments")
    assert ("names", "staging") in sent.params
    assert sent.headers["Authorization"] == "Bearer a-token"
    assert transport.closed


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_sent_with_the_profiles_headers(method):
    client, transport, _ = api(Response(200, content=b'{"done": true}'))
    body = None if method in {"GET", "HEAD"} else {"a": 1}
    assert client.json(method, "/things", body=body) == {"done": True}
    sent = transport.sent[0]
    assert (sent.method, sent.url, sent.json) == (method, "https://other.example.com/api/things", body)
    assert sent.headers == {"Accept": "application/json", "X-Other": "1", "Authorization": "Bearer a-token"}


@pytest.mark.parametrize(
    ("method", "attempts"),
    [("GET", 2), ("HEAD", 2), ("PUT", 2), ("DELETE", 2), ("POST", 1), ("PATCH", 1)],
    ids=str,
)
def test_only_idempotent_methods_are_sent_again_when_nobody_says_more(method, attempts):
    client, transport, _ = api(Response(503), Response(200, content=b"{}"))
    if attempts == 1:
        with pytest.raises(ServerError):
            client.json(method, "/things")
    else:
        client.json(method, "/things")
    assert len(transport.sent) == attempts


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_write_that_was_never_sent_is_sent_again(method):
    unsent = NoResponseError(method, "/things", "connection refused", sent=False)
    client, transport, _ = api(unsent, Response(200, content=b"{}"))
    assert client.json(method, "/things") == {}
    assert len(transport.sent) == 2


def test_an_error_is_read_in_the_profiles_format():
    client, _, _ = api(Response(400, content=b'{"detail": "no such thing a-token", "trace": "t-7"}'))
    with pytest.raises(BadRequestError, match=r"no such thing \*{4} \[requestId t-7\]"):
        client.json("GET", "/things")


def test_only_the_profiles_methods_are_paced(monkeypatch):
    monkeypatch.setattr("astro_provider.http.api.time", type("Clock", (), {"monotonic": staticmethod(lambda: 0.0)}))
    client, _, pauses = api(Response(200, content=b"{}"))
    for method in ("GET", "GET", "GET", "PATCH", "PATCH"):
        client.json(method, "/things")
    assert pauses == [1.0]


def test_a_host_that_the_profile_does_not_allow_gets_no_request():
    with pytest.raises(ConfigurationError, match=r"not sent to 'evil\.example\.com'"):
        api(Response(200), url="https://evil.example.com/api")


@pytest.mark.parametrize("location", ["https://evil.example.com/x", "http://other.example.com/x", "//evil.example.com"])
def test_a_redirect_elsewhere_is_refused_over_every_transport(location):
    client, transport, _ = api(Response(302, {"location": location}))
    with pytest.raises(UnexpectedResponseError, match="nothing is sent there"):
        client.json("GET", "/things")
    assert len(transport.sent) == 1


def test_neither_request_nor_transport_shows_the_token():
    client, transport, _ = api(Response(200, content=b"{}"))
    client.json("GET", "/things")
    for shown in (transport.sent[0], transport, client, vars(client)["_profile"]):
        assert "a-token" not in repr(shown)


def test_a_download_is_handed_over_as_it_arrives_and_given_back():
    given_back = []
    response = Response(200, pieces=iter([b"a", b"b"]), close=lambda: given_back.append(True))
    client, transport, _ = api(response)
    assert client.download("/logs", [("a", "1")], lambda r: b"".join(r.pieces)) == b"ab"
    assert given_back == [True]
    assert transport.sent[0].stream
    assert transport.sent[0].headers["Accept-Encoding"] == "gzip"


def test_content_is_sent_as_it_is_with_headers_of_its_own():
    client, transport, _ = api(Response(201))
    client.send("PUT", "/blobs", content=b"\x00\xff", headers={"Content-Type": "application/x-tar", "Accept": "*/*"})
    sent = transport.sent[0]
    assert (sent.content, sent.json) == (b"\x00\xff", None)
    assert sent.headers == {
        "Accept": "*/*",
        "X-Other": "1",
        "Content-Type": "application/x-tar",
        "Authorization": "Bearer a-token",
    }


def test_a_request_has_one_body():
    client, transport, _ = api(Response(200))
    with pytest.raises(ValueError, match="one body"):
        client.send("PUT", "/blobs", body={}, content=b"")
    assert transport.sent == []


def test_without_a_token_nothing_authenticates_and_every_address_will_do():
    client, transport, _ = api(Response(200, content=b"{}"), token=None, url="http://elsewhere.example.com")
    assert client.json("GET", "/v2") == {}
    assert transport.sent[0].headers == {"Accept": "application/json", "X-Other": "1"}
    assert transport.sent[0].url == "http://elsewhere.example.com/v2"


def test_a_head_follows_a_redirect_on_its_own_host_as_a_get_does():
    client, transport, _ = api(Response(307, {"Location": "/moved"}), Response(200))
    assert client.send("HEAD", "/blobs").status == 200
    assert [sent.url for sent in transport.sent][1:] == ["https://other.example.com/moved"]


def test_a_redirect_to_what_is_no_url_is_an_error_of_ours():
    client, _, _ = api(Response(302, {"Location": "https://[oops"}))
    with pytest.raises(UnexpectedResponseError, match="not a URL"):
        client.json("GET", "/things")
