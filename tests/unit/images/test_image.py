"""Reading an image: what is read, what is refused, and who gets the login."""

from __future__ import annotations

import json
import logging

import pytest

from astro_provider.errors import (
    ForbiddenError,
    ImageError,
    NoResponseError,
    NotFoundError,
    RateLimitedError,
    UnauthorizedError,
    UnexpectedResponseError,
)
from astro_provider.http.login import Login
from astro_provider.images import read_image
from tests.builders.images import TYPES, BuiltImage, attestation, digest_of, image, index, layer

from .registries import Answer, FakeRegistry

LOGIN = Login("bot", "s3cret")
AMD64 = {"os": "linux", "architecture": "amd64"}
ARM64 = {"os": "linux", "architecture": "arm64", "variant": "v8"}
BEARER = 'Bearer realm="https://auth.example/token",service="ghcr",scope="repository:acme/astro:pull"'


def document(**fields) -> bytes:
    return json.dumps({"schemaVersion": 2, **fields}).encode()


@pytest.mark.parametrize("form", ["oci", "docker"])
def test_an_image_is_described_by_its_manifest_and_config(form, requests_mock, read):
    built = FakeRegistry(requests_mock, "ghcr.io").add(image(layer("a"), form=form, runtime="13.1.0"), "1.2")
    found = read()
    assert (found.digest, found.content, found.media_type) == (built.digest, built.manifest, built.media_type)
    assert found.runtime_version == "13.1.0"
    assert found.size == sum(map(len, built.blobs.values()))
    assert str(found.reference) == "ghcr.io/acme/astro:1.2"


@pytest.mark.parametrize("config", [b'{"os": "linux", "architecture": "amd64"}', None])
def test_an_image_without_the_runtimes_label_has_no_runtime(config, source, read):
    built = image(layer("a"), runtime=None)
    if config:
        changes = {"config": {"mediaType": TYPES["oci"][2], "digest": digest_of(config), "size": len(config)}}
        built = image(layer("a"), changes=changes)
        source.blobs[digest_of(config)] = config
    source.add(built, "1.2")
    assert read().runtime_version is None


def test_docker_hub_is_asked_at_its_apis_own_host(requests_mock):
    hub = FakeRegistry(requests_mock, "registry-1.docker.io")
    built = hub.add(image(layer("a")), "latest")
    assert read_image("astro").digest == built.digest
    assert hub.calls("GET")[0] == "/v2/library/astro/manifests/latest"


def test_the_types_that_are_understood_are_asked_for(source, read, requests_mock):
    read()
    assert requests_mock.request_history[0].headers["Accept"].split(", ") == [
        TYPES["oci"][1],
        TYPES["docker"][1],
        TYPES["oci"][0],
        TYPES["docker"][0],
    ]
    assert {each.headers["Accept-Encoding"] for each in requests_mock.request_history} == {"identity"}


def test_what_buildkit_says_about_an_image_is_not_an_image(source, read):
    amd, about = source.add(image(layer("a"))), source.add(attestation())
    listed = index((about, AMD64), (about, {"os": "unknown", "architecture": "unknown"}), (amd, AMD64))
    # BuildKit marks it by an annotation; the platform alone does not say it.
    marked = json.loads(listed.manifest)
    marked["manifests"][0]["annotations"] = {"vnd.docker.reference.type": "attestation-manifest"}
    source.add(BuiltImage(json.dumps(marked).encode(), listed.media_type), "1.2")
    assert read().digest == amd.digest


def test_a_variant_for_newer_processors_is_the_second_choice(source, read):
    plain, newer = source.add(image(layer("a"))), source.add(image(layer("b")))
    source.add(index((newer, {**AMD64, "variant": "v3"}), (plain, AMD64)), "1.2")
    assert read().digest == plain.digest


def test_a_list_of_one_image_needs_no_platform(source, read):
    only = source.add(image(layer("a")))
    source.add(index((only, None)), "1.2")
    assert read().digest == only.digest


def test_a_list_without_linux_amd64_says_what_is_there(source, read):
    arm = source.add(image(layer("a"), platform=("linux", "arm64")))
    about = source.add(attestation())
    entries = ((arm, ARM64), (arm, {"os": "windows", "architecture": "amd64"}))
    source.add(index(*entries, (about, {"os": "unknown", "architecture": "unknown"})), "1.2")
    with pytest.raises(ImageError, match=r"not there for linux/amd64, but for: linux/arm64/v8, windows/amd64\. "):
        read()


def test_an_image_for_another_machine_is_refused(source, read):
    source.add(image(layer("a"), platform=("linux", "arm64")), "1.2")
    with pytest.raises(ImageError, match=r"is for linux/arm64\. Astro runs linux/amd64: build it with --platform"):
        read()


SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"


@pytest.mark.parametrize(
    ("body", "content_type", "what"),
    [
        (b'{"schemaVersion": 1, "fsLayers": []}', "application/json", "Docker's schema 1"),
        (document(), SCHEMA_1, "Docker's schema 1"),
        (document(manifests=[], layers=[]), TYPES["oci"][1], "could be read as one image and as several"),
        (document(mediaType=TYPES["oci"][0]), TYPES["oci"][1], "but its registry says it is"),
        (document(mediaType="application/vnd.acme+json"), "application/json", "'application/vnd.acme\\+json'; allowed"),
        (document(), TYPES["oci"][0], "has a broken manifest: config: Field required"),
        (b"<html>", "text/html", "not a JSON object"),
        (b"[]", TYPES["oci"][0], "not a JSON object"),
    ],
)
def test_what_is_no_image_is_refused(body, content_type, what, source, read):
    source.manifests["1.2"] = (body, content_type)
    with pytest.raises(ImageError, match=what):
        read()


def test_a_registry_that_only_says_json_is_believed(source, read):
    built = image(layer("a"), changes={"mediaType": None})
    plain = json.loads(built.manifest)
    del plain["mediaType"]
    source.blobs |= built.blobs
    source.manifests["1.2"] = (json.dumps(plain).encode(), "application/json; charset=utf-8")
    assert read().media_type == TYPES["oci"][0]


def test_a_chart_is_not_an_image(source, read):
    config = {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": f"sha256:{'0' * 64}", "size": 2}
    source.add(image(changes={"config": config}), "1.2")
    with pytest.raises(ImageError, match=r"not a container image: its config is 'application/vnd\.cncf\.helm"):
        read()


@pytest.mark.parametrize("digest", ["sha256:../../../v2/other", "md5:00", "sha256:00", f"sha256:{'0' * 64}\n"])
def test_a_digest_that_is_none_never_becomes_part_of_a_path(digest, source, read):
    config = {"mediaType": TYPES["oci"][2], "digest": digest, "size": 2}
    source.add(image(changes={"config": config}), "1.2")
    with pytest.raises(ImageError, match=r"broken manifest: config\.digest"):
        read()
    assert len(source.seen) == 1


def test_a_list_in_a_list_is_refused(source, read):
    inner = source.add(index((image(layer("a")), AMD64)))
    listed = json.loads(index((BuiltImage(inner.manifest, TYPES["oci"][0]), AMD64)).manifest)
    source.manifests["1.2"] = (json.dumps(listed).encode(), TYPES["oci"][1])
    with pytest.raises(ImageError, match="a list of images in a list of images"):
        read()


def test_a_manifest_that_does_not_fit_its_digest_is_read_again_and_then_refused(source, pauses):
    wanted = digest_of(b"something else")
    source.manifests[wanted] = source.manifests["1.2"]
    with pytest.raises(UnexpectedResponseError, match=rf"instead of {wanted}"):
        read_image(f"ghcr.io/acme/astro@{wanted}", sleep=pauses.append, max_retries=2)
    assert len(pauses) == 2


def test_a_manifest_that_was_damaged_on_the_way_is_read_again(source, read, pauses):
    headers = {"Content-Type": TYPES["oci"][0], "Docker-Content-Digest": digest_of(source.manifests["1.2"][0])}
    source.fail("GET", "/manifests/", Answer(200, b"{}", headers))
    assert read().runtime_version == "3.1-5"
    assert len(pauses) == 1


def test_a_document_without_end_is_not_read_to_its_end(source, read):
    source.manifests["1.2"] = (b" " * (4 * 1024 * 1024 + 1), TYPES["oci"][0])
    with pytest.raises(UnexpectedResponseError, match="more than 4,194,304 bytes"):
        read()
    assert len(source.seen) == 1


def test_an_image_that_is_not_there(source, read):
    del source.manifests["1.2"]
    with pytest.raises(
        NotFoundError, match=r"ghcr\.io does not have the image ghcr\.io/acme/astro:1\.2.*manifest unkno"
    ):
        read()


def test_a_registry_that_is_asked_too_often_is_left_alone_for_as_long_as_it_says(source, read, pauses):
    source.fail("GET", "/manifests/", Answer(429, b"", {"Retry-After": "7"}), Answer(503))
    read()
    assert pauses[0] == 7
    assert len(pauses) == 2


def test_a_registry_that_never_recovers_ends_the_attempts(source, read):
    source.fail("GET", "/manifests/", *[Answer(429)] * 3)
    with pytest.raises(RateLimitedError):
        read(max_retries=2)


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
    with pytest.raises(UnauthorizedError, match="shows it only to those who log in"):
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
        ("http://storage.example/blob", "it leads to http://storage.example, which is not https"),
        ("http://127.0.0.1:9/blob", "an address of this machine"),
        ("https://127.0.0.1:9/blob", "an address of this machine"),
        ("https://a@storage.example/blob", "its Location is not a URL"),
        ("https://storage.example\\@ghcr.io/blob", "its Location is not a URL"),
        ("ftp://storage.example/blob", "is not https"),
        ("", "it does not say where to go on"),
    ],
)
def test_a_redirect_to_a_strange_address_is_not_followed(location, what, source, read, requests_mock):
    source.fail("GET", "/blobs/", Answer(307, b"", {"Location": location}))
    with pytest.raises(UnexpectedResponseError, match=what):
        read()
    assert {request.hostname for request in requests_mock.request_history} == {"ghcr.io"}


def test_a_signed_address_and_what_the_storage_says_are_not_repeated(source, requests_mock, read, caplog):
    caplog.set_level(logging.DEBUG)
    storage = FakeRegistry(requests_mock, "storage.example")
    storage.fail("GET", "/", *[Answer(403, b"<Error><StringToSign>signed-s3cret</StringToSign></Error>")] * 9)
    location = {"Location": "https://storage.example/blob?sig=signed-s3cret"}
    source.fail("GET", "/blobs/", *[Answer(307, b"", location)] * 9)
    with pytest.raises(ForbiddenError, match=r"storage\.example, where the registry leads to") as caught:
        read()
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("requests_mock")]
    assert "signed-s3cret" not in str(caught.value) + "".join(ours)


def test_a_storage_that_cannot_be_reached_is_named(source, requests_mock, read):
    source.fail("GET", "/blobs/", Answer(307, b"", {"Location": "https://nowhere.example/blob?sig=s3cret"}))
    requests_mock.get("https://nowhere.example/blob", exc=ConnectionRefusedError)
    with pytest.raises(
        NoResponseError, match=r"connection refused \(at nowhere\.example, where the registry leads to\)"
    ):
        read(max_retries=0)


def test_an_image_shows_no_login(source, read):
    assert "s3cret" not in repr(read(login=LOGIN)) + repr(LOGIN)
