"""Reading an image: what is read, and what is refused."""

from __future__ import annotations

import json

import pytest

from astro_provider.errors import ImageError, NotFoundError, RateLimitedError, UnexpectedResponseError
from astro_provider.images import read_image
from tests.builders.images import TYPES, BuiltImage, attestation, digest_of, image, index, layer

from .registries import Answer, FakeRegistry

AMD64 = {"os": "linux", "architecture": "amd64"}
ARM64 = {"os": "linux", "architecture": "arm64", "variant": "v8"}


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
    with pytest.raises(ImageError, match=r"not available for linux/amd64; available: linux/arm64/v8, windows/amd64\. "):
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
        (document(manifests=[], layers=[]), TYPES["oci"][1], "describes both one image and several"),
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
