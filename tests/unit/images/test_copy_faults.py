"""Copying an image while something fails: what is sent again, and what is never stored."""

from __future__ import annotations

import pytest
import requests

from astro_provider.errors import (
    BadRequestError,
    ForbiddenError,
    NoResponseError,
    ServerError,
    UnauthorizedError,
    UnexpectedResponseError,
)
from tests.builders.images import digest_of

from .conftest import TOKEN
from .registries import Answer, FakeRegistry


def stored(target: FakeRegistry) -> set[str]:
    return set(target.manifests)


def broken_off(request) -> Answer:
    return Answer(200, b"half", declared=1000)


def altered(request) -> Answer:
    return Answer(200, b"x" * 173)


@pytest.mark.parametrize("fault", [broken_off, altered], ids=["broken off", "altered"])
def test_a_layer_that_does_not_arrive_whole_is_sent_again(fault, source, target, read, copy, built, pauses):
    found = read()
    source.fail("GET", "/blobs/", fault)
    copy(found)
    assert target.manifests["deploy-1"] == built
    assert target.blobs == source.blobs
    assert len(pauses) == 1


def test_a_layer_that_is_never_right_ends_the_copy_before_the_manifest(source, target, read, copy):
    found = read()
    digest = found.blobs[0].digest
    source.blobs[digest] = source.blobs[digest][:-1] + b"?"
    with pytest.raises(UnexpectedResponseError, match=rf"ghcr\.io/v2/acme/astro/blobs/{digest} .*instead of"):
        copy(found, max_retries=2)
    assert digest not in target.blobs
    assert stored(target) == set()
    assert not [path for path in target.calls("PUT") if digest.replace(":", "%3A") in path]


def test_more_bytes_than_announced_are_never_sent(source, target, read, copy):
    found = read()
    digest = found.blobs[0].digest
    source.blobs[digest] += b"more" * 100_000
    received = []

    def listen(request):
        for piece in request.body:
            received.append(piece)
        return Answer(202)

    target.fail("PATCH", "", listen)
    with pytest.raises(UnexpectedResponseError, match="instead of"):
        copy(found, max_retries=0)
    assert len(b"".join(received)) <= found.blobs[0].size
    assert digest not in target.blobs


TRANSIENT = [
    Answer(429, b"", {"Retry-After": "5"}),
    Answer(503),
    Answer(500),
]


@pytest.mark.parametrize("answer", TRANSIENT, ids=lambda answer: f"{answer.status}")
@pytest.mark.parametrize(
    ("method", "path"),
    [("HEAD", "/blobs/"), ("POST", "uploads"), ("PATCH", ""), ("PUT", "uploads"), ("PUT", "manifests")],
)
def test_a_step_that_fails_for_a_moment_is_repeated(answer, method, path, source, target, read, copy, built, pauses):
    target.fail(method, path, answer)
    copy(read())
    assert target.manifests["deploy-1"] == built
    assert target.blobs == source.blobs
    assert len(pauses) == 1
    assert answer.status != 429 or pauses == [5]


@pytest.mark.parametrize(
    ("method", "path"),
    [("HEAD", "/blobs/"), ("POST", "uploads"), ("PATCH", ""), ("PUT", "uploads"), ("PUT", "manifests")],
)
def test_a_lost_response_is_no_obstacle(method, path, source, target, read, copy, built):
    def lost(request):
        if request.method == "PATCH":
            b"".join(request.body)
        raise requests.ConnectionError("reset")

    target.fail(method, path, lost)
    copy(read())
    assert target.manifests["deploy-1"] == built
    assert target.blobs == source.blobs


def test_a_registry_that_never_recovers_ends_the_copy(source, target, read, copy):
    target.fail("PATCH", "", *[Answer(503)] * 9)
    with pytest.raises(ServerError):
        copy(read(), max_retries=2)
    assert stored(target) == set()


def test_a_login_that_expires_while_a_layer_is_sent_is_renewed(source, target, read, copy, built):
    target.fail("PATCH", "", Answer(401, b"", {"WWW-Authenticate": "Basic"}))
    copy(read())
    assert target.manifests["deploy-1"] == built
    assert target.blobs == source.blobs


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(("method", "path"), [("POST", "uploads"), ("PATCH", ""), ("PUT", "manifests")])
def test_a_token_that_must_not_push_is_told_so(status, method, path, source, target, read, copy):
    target.fail(method, path, *[Answer(status, b'{"errors": [{"code": "DENIED"}]}')] * 9)
    with pytest.raises(
        (UnauthorizedError, ForbiddenError), match=r"does not let this API token push.*DENIED"
    ) as caught:
        copy(read())
    assert TOKEN not in str(caught.value)
    assert stored(target) == set()


def test_a_source_that_refuses_a_layer_is_named(source, target, read, copy):
    found = read()
    source.fail("GET", "/blobs/", Answer(403, b'{"errors": [{"code": "DENIED"}]}'))
    with pytest.raises(ForbiddenError, match=r"^GET ghcr\.io/v2/acme/astro/blobs/.* returned 403: DENIED"):
        copy(found)


def test_a_manifest_that_is_refused_says_why(source, target, read, copy):
    body = b'{"errors": [{"code": "MANIFEST_INVALID", "message": "manifest invalid", "detail": {"secret": 1}}]}'
    target.fail("PUT", "manifests", Answer(400, body))
    with pytest.raises(BadRequestError, match=r"returned 400: MANIFEST_INVALID: manifest invalid$"):
        copy(read())


def test_a_manifest_that_is_stored_otherwise_is_noticed(source, target, read, copy):
    target.fail("PUT", "manifests", Answer(201, b"", {"Docker-Content-Digest": digest_of(b"converted")}))
    with pytest.raises(UnexpectedResponseError, match=rf"stored the manifest {digest_of(b'converted')} instead of"):
        copy(read())


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_what_is_sent_is_not_redirected(method, source, target, read, copy, requests_mock):
    target.fail(method, "", Answer(307, b"", {"Location": "https://elsewhere.example/"}))
    with pytest.raises(UnexpectedResponseError, match=f"a {method} is not sent again to another address"):
        copy(read())
    assert "elsewhere.example" not in {request.hostname for request in requests_mock.request_history}


def test_a_session_that_cannot_be_reached_is_named(source, target, read, copy, requests_mock):
    target.fail(
        "POST", "uploads", *[Answer(202, b"", {"Location": "https://nowhere.example/session?_state=s3cret"})] * 3
    )
    requests_mock.patch("https://nowhere.example/session", exc=ConnectionRefusedError)
    with pytest.raises(NoResponseError, match=r"connection refused \(at nowhere\.example") as caught:
        copy(read(), max_retries=0)
    assert "s3cret" not in str(caught.value)
