"""Copying an image: what is sent, what is not, and who gets the token."""

from __future__ import annotations

import json
import logging

import pytest

from astro_provider.errors import ConfigurationError, UnexpectedResponseError
from astro_provider.http.login import Login
from astro_provider.images import read_image
from tests.builders.images import TYPES, descriptor, digest_of, image, layer

from .conftest import TOKEN
from .registries import Answer, FakeRegistry

CLI = Login("cli", TOKEN)


def test_the_manifest_comes_last_with_its_own_bytes_and_type(source, target, read, copy, built):
    copy(read())
    assert target.manifests["deploy-1"] == built
    assert target.blobs == source.blobs
    assert [(method, path) for method, path, _ in target.seen][-1] == ("PUT", "/v2/org/dep/manifests/deploy-1")
    assert len(target.calls("PATCH")) == 3


def test_each_upload_session_is_followed_where_it_leads(source, target, read, copy):
    copy(read())
    assert set(target.calls("PATCH")) == {"/v2/org/dep/blobs/uploads/session-1?_state=s3cretstate"}
    closing = [path for path in target.calls("PUT") if "uploads" in path]
    assert {path.partition("&")[0] for path in closing} == {"/v2/org/dep/blobs/uploads/session-2?_state=s3cretstate2"}
    assert all("digest=sha256%3A" in path for path in closing)


@pytest.mark.parametrize(
    "location",
    [
        "/v2/org/dep/blobs/uploads/session-1?_state=a",
        "https://IMAGES.astronomer.cloud:443/v2/org/dep/blobs/uploads/session-1",
    ],
)
def test_a_session_may_be_named_in_each_form(location, source, target, read, copy, built):
    target.fail("POST", "uploads", Answer(202, b"", {"Location": location}))
    copy(read())
    assert target.manifests["deploy-1"] == built
    assert {authorization for method, _, authorization in target.seen if method == "PATCH"} == {CLI.basic}


def test_a_session_at_another_host_gets_the_layer_but_not_the_token(source, target, read, copy, requests_mock):
    elsewhere = FakeRegistry(requests_mock, "backend.example")
    session = "https://backend.example/blobs/uploads/session-1?_state=1"
    target.fail("POST", "uploads", Answer(202, b"", {"Location": session}))
    copy(read())
    assert [method for method, *_ in elsewhere.seen] == ["PATCH", "PUT"]
    assert {authorization for *_, authorization in elsewhere.seen} == {None}


@pytest.mark.parametrize(
    ("location", "what"),
    [
        ("", "it redirects without a Location header"),
        ("http://images.astronomer.cloud/x", "which is not https"),
        ("http://169.254.169.254/x", "which is not https"),
        ("https://localhost/x", "an address of this machine"),
        ("https://evil.example\\@images.astronomer.cloud/x", "not a URL"),
        ("//user:secret@images.astronomer.cloud/x", "not a URL"),
    ],
)
def test_a_session_at_a_strange_address_gets_nothing(location, what, source, target, read, copy, requests_mock):
    target.fail("POST", "uploads", Answer(202, b"", {"Location": location}))
    with pytest.raises(UnexpectedResponseError, match=what) as caught:
        copy(read())
    assert "secret" not in str(caught.value)
    assert {request.hostname for request in requests_mock.request_history} == {"ghcr.io", "images.astronomer.cloud"}
    assert not target.calls("PATCH")


def test_the_token_goes_to_the_registry_of_the_repository_alone(source, target, read, copy, requests_mock):
    copy(read())
    for request in requests_mock.request_history:
        assert (request.hostname == "images.astronomer.cloud") or "Authorization" not in request.headers


def test_what_is_there_is_not_sent(source, target, read, copy, built):
    target.blobs |= source.blobs
    copy(read())
    assert not target.calls("POST")
    assert target.manifests["deploy-1"] == built


def test_a_head_that_is_refused_does_not_decide(source, target, read, copy):
    target.blobs |= source.blobs
    target.fail("HEAD", "/blobs/", *[Answer(403)] * 3)
    copy(read())
    assert not target.calls("POST")
    assert len({path for path in target.calls("GET") if "/blobs/" in path}) == 3


def test_where_neither_head_nor_get_tells_the_layer_is_sent(source, target, read, copy):
    target.fail("HEAD", "/blobs/", *[Answer(401, b"", {"WWW-Authenticate": "Basic"}), Answer(405)])
    target.fail("GET", "/blobs/", Answer(403))
    copy(read())
    assert target.blobs == source.blobs


def test_a_layer_that_stands_twice_in_an_image_is_sent_once(source, target, read, copy):
    same = layer("same")
    source.add(image(same, same), "1.2")
    copy(read())
    assert len(target.calls("PATCH")) == 2


def test_layers_that_no_registry_may_hand_on_are_left_out(source, target, read, copy):
    foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    away = descriptor(b"elsewhere", foreign, urls=["https://mcr.example/layer"])
    kept = layer("kept")
    built = source.add(image(layer("a"), more_layers=(away, descriptor(kept, foreign))), "1.2")
    source.blobs[digest_of(kept)] = kept
    copy(read())
    assert target.manifests["deploy-1"] == (built.manifest, built.media_type)
    assert digest_of(kept) in target.blobs
    assert digest_of(b"elsewhere") not in target.blobs


def test_an_empty_layer_arrives(source, target, read, copy):
    source.add(image(b"", layer("a")), "1.2")
    copy(read())
    assert target.blobs[digest_of(b"")] == b""


@pytest.mark.parametrize("refused", [True, False])
def test_what_cannot_be_mounted_is_sent(refused, target, copy, pauses):
    target.add(image(layer("base"), layer("own")), "deploy-0")
    taken = dict(target.blobs)

    def missing_here(request):
        return Answer(404)

    for _ in taken:
        target.fail("HEAD", "/v2/org/dep/blobs/", missing_here)
        if refused:
            target.fail("POST", "mount=", Answer(405))
    copy(read_image("images.astronomer.cloud/org/staging:deploy-0", login=CLI, sleep=pauses.append))
    assert [path for path in target.calls("POST") if "mount=" in path and "from=org%2Fstaging" in path]
    assert len(target.calls("PATCH")) == 3
    assert pauses == []


def test_a_session_that_stays_where_it_is(source, target, read, copy, built):
    def kept(request):
        target.received = b"".join(request.body)
        return Answer(202)

    session = "/v2/org/dep/blobs/uploads/session-9?_state=s3cretstate2"
    target.fail("POST", "uploads", Answer(202, b"", {"Location": session}))
    target.fail("PATCH", "session-9", kept)
    copy(read())
    assert target.manifests["deploy-1"] == built
    assert "session-9" in next(path for path in target.calls("PUT") if "uploads" in path)


# The token


@pytest.mark.parametrize(
    ("realm", "gets_it"),
    [
        ("https://images.astronomer.cloud/token", True),
        ("https://api.astronomer.io/v1/registry/token", True),
        ("https://auth.astronomer.run/token", True),
        ("https://astronomer.io.evil.example/token", False),
        ("https://evilastronomer.io/token", False),
        ("https://ghcr.io/token", False),
        ("http://api.astronomer.io/token", False),
        ("https://evil.example\\\\\\\\.astronomer.io/token", False),
        ("https://evil.example\\\\\\\\@images.astronomer.cloud/token", False),
        ("https://evil.example#.astronomer.io/token", False),
        ("http://127.0.0.1/token", False),
    ],
)
def test_the_token_goes_to_no_token_service_but_astros(realm, gets_it, source, target, read, copy, requests_mock):
    target.challenge, target.accepts = f'Bearer realm="{realm}",service="astro"', "Bearer short-lived"
    found = read()
    asked = requests_mock.get(realm, json={"token": "short-lived"}) if gets_it else None
    if gets_it:
        copy(found)
        assert asked.request_history[0].headers["Authorization"] == CLI.basic
        assert "scope=repository%3Aorg%2Fdep%3Apull%2Cpush" in asked.request_history[0].url
    else:
        with pytest.raises(UnexpectedResponseError, match="nothing is sent there"):
            copy(found)
        assert not [each for each in requests_mock.request_history if each.headers.get("Authorization")]


@pytest.mark.parametrize("repository", ["https://my-image-repository", "org/dep"])
def test_a_repository_without_a_registry_gets_nothing(repository, source, read, copy, requests_mock):
    found = read()
    with pytest.raises(ConfigurationError, match="names no registry"):
        copy(found, repository=repository)
    assert {request.hostname for request in requests_mock.request_history} == {"ghcr.io"}


@pytest.mark.parametrize("tag", ["", "a b", "../x", "x" * 129])
def test_a_tag_that_is_none_is_refused_before_anything_is_sent(tag, source, target, read, copy):
    found = read()
    with pytest.raises(ConfigurationError):
        copy(found, tag=tag)
    assert not target.seen


def test_neither_token_nor_session_is_in_a_log_line(source, target, read, copy, caplog):
    caplog.set_level(logging.DEBUG)
    target.fail("PATCH", "", Answer(503, f'{{"errors": [{{"message": "{TOKEN} {CLI.basic.split()[1]}"}}]}}'.encode()))
    copy(read(login=Login("bot", "s3cret")))
    ours = "".join(r.getMessage() for r in caplog.records if not r.name.startswith("requests_mock"))
    assert "(retry 1 of 6)" in ours
    for secret in (TOKEN, CLI.basic.split()[1], "s3cret"):
        assert secret not in ours


def test_the_log_says_what_was_sent(source, target, read, copy, caplog):
    caplog.set_level(logging.INFO)
    target.blobs |= dict(list(source.blobs.items())[:1])
    copy(read())
    assert "already there" in caplog.text
    assert "Copied ghcr.io/acme/astro:1.2 to images.astronomer.cloud/org/dep:deploy-1" in caplog.text


def test_the_media_type_of_docker_stays_dockers(source, target, read, copy):
    built = source.add(image(layer("a"), form="docker"), "1.2")
    copy(read())
    assert target.manifests["deploy-1"] == (built.manifest, TYPES["docker"][0])
    assert json.loads(built.manifest)["mediaType"] == TYPES["docker"][0]
