"""Reading an image: who gets the login, and where a registry may lead to."""

from __future__ import annotations

import logging

import pytest

from astro_provider.errors import ForbiddenError, NoResponseError, UnauthorizedError, UnexpectedResponseError
from astro_provider.http.login import Login
from tests.builders.images import image, layer

from .registries import Answer, FakeRegistry

LOGIN = Login("bot", "s3cret")
BEARER = 'Bearer realm="https://auth.example/token",service="ghcr",scope="repository:acme/astro:pull"'


# Logging in


@pytest.fixture
def guarded(requests_mock) -> FakeRegistry:
    registry = FakeRegistry(requests_mock, "ghcr.io", challenge=BEARER, accepts="Bearer short-lived")
    registry.add(image(layer("a")), "1.2")
    return registry


@pytest.fixture
def service(requests_mock) -> FakeRegistry:
    service = FakeRegistry(requests_mock, "auth.example")
    service.fail("GET", "/token", *[Answer(200, b'{"token": "short-lived"}')] * 3)
    return service


@pytest.mark.parametrize("login", [None, LOGIN])
def test_a_token_service_gets_the_login_and_the_registry_its_token(login, guarded, service, read):
    assert read(login=login).runtime_version == "3.1-5"
    (asked,) = service.seen
    assert asked == (
        "GET",
        "/token?service=ghcr&scope=repository%3Aacme%2Fastro%3Apull",
        LOGIN.basic if login else None,
    )
    assert [authorization for *_, authorization in guarded.seen] == [None, *["Bearer short-lived"] * 2]


def test_a_registry_that_names_no_scope_is_asked_for_reading(guarded, service, read):
    guarded.challenge = 'Bearer realm="https://auth.example/token"'
    read()
    assert service.calls("GET") == ["/token?scope=repository%3Aacme%2Fastro%3Apull"]


def test_basic_is_sent_only_where_it_is_asked_for(requests_mock, read):
    registry = FakeRegistry(requests_mock, "ghcr.io", challenge='Basic realm="x"', accepts=LOGIN.basic)
    registry.add(image(layer("a")), "1.2")
    read(login=LOGIN)
    assert [authorization for *_, authorization in registry.seen] == [None, LOGIN.basic, LOGIN.basic]


def test_of_two_ways_to_log_in_the_token_is_taken(guarded, service, read):
    guarded.challenge = f'Basic realm="x, y=\\"z\\"", {BEARER}'
    read(login=LOGIN)
    assert len(service.seen) == 1


def test_a_token_that_is_refused_is_not_asked_for_without_end(guarded, service, read):
    guarded.accepts = "Bearer another"
    with pytest.raises(UnauthorizedError, match=r"refused the login of user 'bot'"):
        read(login=LOGIN)
    assert len(service.seen) == 1


def test_without_a_login_the_error_asks_for_one(guarded, service, read):
    guarded.accepts = "Bearer another"
    with pytest.raises(
        UnauthorizedError, match=r"shows it only after a login\. If the image is private, set registry_conn_id"
    ):
        read()


def test_a_login_that_must_not_read_is_told_so(source, read):
    source.fail("GET", "/manifests/", Answer(403, b'{"errors": [{"code": "DENIED", "message": "no access"}]}'))
    with pytest.raises(ForbiddenError, match=r"does not let user 'bot' read the image .*DENIED: no access"):
        read(login=LOGIN)


def test_a_token_service_that_fails_for_a_moment_is_asked_again(guarded, service, read, pauses):
    service.faults.insert(0, ("GET", "/token", Answer(429, b"", {"Retry-After": "3"})))
    read(login=LOGIN)
    assert pauses == [3]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(401, b'{"details": "no login bot:s3cret"}'),
        Answer(200, b"short-lived-s3cret"),
        Answer(200, b'["short-lived-s3cret"]'),
        Answer(200, b'{"token": "short-lived-s3cret\\n"}'),
        Answer(200, b'{"password": "s3cret"}'),
        Answer(307, b"", {"Location": "https://elsewhere.example/?password=s3cret"}),
    ],
    ids=lambda answer: f"{answer.status}",
)
def test_what_a_token_service_says_instead_of_a_token_is_not_repeated(answer, guarded, requests_mock, read, caplog):
    caplog.set_level(logging.DEBUG)
    FakeRegistry(requests_mock, "auth.example").fail("GET", "/token", *[answer] * 9)
    with pytest.raises((UnauthorizedError, UnexpectedResponseError)) as caught:
        read(login=LOGIN, max_retries=0)
    assert "s3cret" not in str(caught.value) + caplog.text
    assert LOGIN.basic.split()[1] not in str(caught.value) + caplog.text


@pytest.mark.parametrize(
    ("realm", "what"),
    [
        ("http://auth.example/token", "its token service at auth.example is not https"),
        ("http://127.0.0.1:1/token", "is an address of this machine"),
        ("https://localhost/token", "is an address of this machine"),
        ("https://user@auth.example/token", "no usable address"),
        ("https://auth.example\\@ghcr.io/token", "no usable address"),
        ("/token", "no usable address"),
        ("", "no usable address"),
        ("https://[::1/token", "no usable address"),
        ("https://auth.example:0/token", "no usable address"),
    ],
)
def test_a_token_service_at_a_strange_address_gets_nothing(realm, what, guarded, read, requests_mock):
    guarded.challenge = 'Bearer realm="' + realm.replace("\\", "\\\\") + '"'
    with pytest.raises(UnexpectedResponseError, match=what):
        read(login=LOGIN)
    assert {request.hostname for request in requests_mock.request_history} == {"ghcr.io"}


def test_a_challenge_of_another_kind_is_the_registrys_last_word(guarded, read):
    guarded.challenge = "Negotiate"
    with pytest.raises(UnauthorizedError):
        read(login=LOGIN)
    assert len(guarded.seen) == 1


# Redirects


def test_a_blob_is_read_where_it_is_without_the_login(requests_mock, read):
    registry = FakeRegistry(requests_mock, "ghcr.io", challenge="Basic realm=x", accepts=LOGIN.basic)
    built = registry.add(image(layer("a")), "1.2")
    storage = FakeRegistry(requests_mock, "storage.example")
    storage.blobs = built.blobs
    (config,) = [digest for digest in built.blobs if b"maintainer" in built.blobs[digest]]
    signed = f"https://storage.example/blobs/{config}?sig=signed-s3cret"
    registry.fail("GET", "/blobs/", lambda _: Answer(307, b"", {"Location": signed}))
    read(login=LOGIN)
    assert storage.seen == [("GET", f"/blobs/{config}?sig=signed-s3cret", None)]


@pytest.mark.parametrize(
    ("location", "what"),
    [
        ("http://storage.example/blob", "it redirects to http://storage.example, which is not https"),
        ("http://127.0.0.1:9/blob", "an address of this machine"),
        ("https://127.0.0.1:9/blob", "an address of this machine"),
        ("https://a@storage.example/blob", "its Location is not a URL"),
        ("https://storage.example\\@ghcr.io/blob", "its Location is not a URL"),
        ("ftp://storage.example/blob", "is not https"),
        ("", "it redirects without a Location header"),
    ],
)
def test_a_redirect_to_a_strange_address_is_not_followed(location, what, source, read, requests_mock):
    source.fail("GET", "/blobs/", Answer(307, b"", {"Location": location}))
    with pytest.raises(UnexpectedResponseError, match=what):
        read()
    assert {request.hostname for request in requests_mock.request_history} == {"ghcr.io"}


def test_a_registry_that_only_redirects_is_given_up(source, read, requests_mock):
    source.fail("GET", "/", *[Answer(301, b"", {"Location": "/v2/acme/astro/manifests/1.2"})] * 9)
    with pytest.raises(UnexpectedResponseError, match="redirects without end"):
        read()
    assert len(source.seen) == 5


def test_a_signed_address_and_what_the_storage_says_are_not_repeated(source, requests_mock, read, caplog):
    caplog.set_level(logging.DEBUG)
    storage = FakeRegistry(requests_mock, "storage.example")
    storage.fail("GET", "/", *[Answer(403, b"<Error><StringToSign>signed-s3cret</StringToSign></Error>")] * 9)
    location = {"Location": "https://storage.example/blob?sig=signed-s3cret"}
    source.fail("GET", "/blobs/", *[Answer(307, b"", location)] * 9)
    with pytest.raises(ForbiddenError, match=r"storage\.example, which the registry redirects to") as caught:
        read()
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("requests_mock")]
    assert "signed-s3cret" not in str(caught.value) + "".join(ours)


def test_a_storage_that_cannot_be_reached_is_named(source, requests_mock, read):
    source.fail("GET", "/blobs/", Answer(307, b"", {"Location": "https://nowhere.example/blob?sig=s3cret"}))
    requests_mock.get("https://nowhere.example/blob", exc=ConnectionRefusedError)
    with pytest.raises(
        NoResponseError, match=r"connection refused \(at nowhere\.example, which the registry redirects to\)"
    ):
        read(max_retries=0)


def test_an_image_shows_no_login(source, read):
    assert "s3cret" not in repr(read(login=LOGIN)) + repr(LOGIN)
