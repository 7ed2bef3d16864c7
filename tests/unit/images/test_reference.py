"""References to images: read as Docker reads them, and refused with the nearest valid spelling."""

from __future__ import annotations

import pytest

from astro_provider.errors import ConfigurationError
from astro_provider.images.reference import parse_reference, parse_repository, registry_of

DIGEST = f"sha256:{'0a' * 32}"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("astro", "docker.io/library/astro:latest"),
        ("acme/astro", "docker.io/acme/astro:latest"),
        ("docker.io/astro", "docker.io/library/astro:latest"),
        ("index.docker.io/acme/astro", "docker.io/acme/astro:latest"),
        (" acme/astro:1.2\n", "docker.io/acme/astro:1.2"),
        ("ghcr.io/acme/astro:1.2", "ghcr.io/acme/astro:1.2"),
        ("GHCR.io/acme/astro:V1", "ghcr.io/acme/astro:V1"),
        ("ghcr.io:443/acme/astro", "ghcr.io/acme/astro:latest"),
        ("registry:5000/astro", "registry:5000/astro:latest"),
        ("localhost/astro", "localhost/astro:latest"),
        ("127.0.0.1:5000/a/b/c:x", "127.0.0.1:5000/a/b/c:x"),
        ("[::1]:5000/astro", "[::1]:5000/astro:latest"),
        (f"acme/astro@{DIGEST}", f"docker.io/acme/astro@{DIGEST}"),
        (f"ghcr.io/acme/astro:1.2@{DIGEST}", f"ghcr.io/acme/astro:1.2@{DIGEST}"),
        (f"acme/astro@sha512:{'0a' * 64}", f"docker.io/acme/astro@sha512:{'0a' * 64}"),
        ("acme/a__b.c--d_e", "docker.io/acme/a__b.c--d_e:latest"),
    ],
)
def test_a_reference_is_read_as_docker_reads_it(text, whole):
    assert str(parse_reference(text)) == whole
    assert parse_reference(whole) == parse_reference(text)


def test_a_digest_takes_precedence_over_a_tag():
    assert parse_reference(f"acme/astro:1.2@{DIGEST}").version == DIGEST
    assert parse_reference("acme/astro:1.2").version == "1.2"


def test_docker_hubs_api_is_on_another_host():
    assert parse_reference("acme/astro").host == "registry-1.docker.io"
    assert parse_reference("ghcr.io/acme/astro").host == "ghcr.io"


@pytest.mark.parametrize(
    ("text", "what", "near"),
    [
        ("https://ghcr.io/acme/astro:1", "it is a URL", "ghcr.io/acme/astro:1"),
        ("docker://acme/astro", "it is a URL", "acme/astro"),
        ("Acme/Astro", "'Acme' cannot be part of a repository's name", "acme/astro"),
        ("ghcr.io/Acme/astro:V1", "'Acme' cannot be part of a repository's name", "ghcr.io/acme/astro:V1"),
        ("acme//astro", "one slash too many", "acme/astro"),
        ("acme/astro/", "one slash too many", "acme/astro"),
        ("ghcr.io/", "the repository is missing", "ghcr.io/acme/astro:1.2"),
        ("acme/astro:", "the tag is empty", "acme/astro"),
        (f"acme/astro:@{DIGEST}", "the tag is empty", f"acme/astro@{DIGEST}"),
        ("acme/astro:1.2+abc", "the tag is '1.2+abc'", "acme/astro:1.2-abc"),
        ("acme/astro:-1", "the tag is '-1'", "acme/astro:1"),
        (f"acme/astro:{'x' * 129}", "the tag has 129 characters; allowed: 128", None),
        (f"acme/{'x' * 251}", "the repository has 256 characters; allowed: 255", None),
        (f"acme/astro@{'0a' * 32}", "does not name its algorithm", f"acme/astro@{DIGEST}"),
        (f"acme/astro@sha265:{'0a' * 32}", "'sha265' is not an algorithm", f"acme/astro@{DIGEST}"),
        ("acme/astro@md5:0a", "'md5' is not an algorithm of a digest; allowed: sha256, sha512", None),
        (f"acme/astro@{DIGEST.upper().replace('SHA', 'sha')}", "in lower case", f"acme/astro@{DIGEST}"),
        ("acme/astro@sha256:0a", "has 64 hexadecimal digits, but this has 2", None),
        (f"acme/astro@sha256:{'xy' * 32}", "characters other than 0-9 and a-f", None),
        ("acme/astro@latest", "'latest' is not a digest", "acme/astro:latest"),
        ("acme/astro@", "the digest is empty", "acme/astro"),
        (f"@{DIGEST}", "the repository is missing", None),
        (DIGEST, "a digest or a local image's id", f"acme/astro@{DIGEST}"),
        ("0a" * 32, "a digest or a local image's id", f"acme/astro@{DIGEST}"),
        ("ghcr.io:99999/astro", "99999 is not a valid port; allowed: 1 to 65535", None),
        ("gh_cr.io/astro", "'gh_cr.io' is not a host", None),
        ("acme/as tro", "white space", "acme/astro"),
    ],
)
def test_what_is_no_reference_is_refused_with_the_nearest_one(text, what, near):
    with pytest.raises(ConfigurationError) as caught:
        parse_reference(text)
    assert what in str(caught.value)
    assert text in str(caught.value)
    assert str(caught.value).endswith(f"Did you mean {near!r}?" if near else "Example: ghcr.io/acme/astro:1.2")
    if near:
        parse_reference(near)


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_an_empty_reference_is_refused(text):
    with pytest.raises(ConfigurationError, match="The image is empty"):
        parse_reference(text)


@pytest.mark.parametrize(
    "text",
    [
        "bot:s3cret@ghcr.io/acme/astro:1",
        "https://bot:s3cret@ghcr.io/acme/astro:1",
        "bot:s3cret/x@ghcr.io/acme/astro:1",
        "bot:s3cret@x@ghcr.io/acme/astro:1",
        "bot:s3cret@ghcr.io",
        "docker://bot:s3cret@localhost:5000/astro",
    ],
)
def test_a_password_in_a_reference_is_not_repeated(text):
    with pytest.raises(ConfigurationError, match="credentials belong in an Airflow connection") as caught:
        parse_reference(text)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["images.example/org/dep", "https://images.example/org/dep/", "IMAGES.example/org/dep"]
)
def test_a_repository_of_the_api_has_neither_tag_nor_digest(text):
    repository = parse_repository(text)
    assert (repository.registry, repository.repository) == ("images.example", "org/dep")
    assert (repository.tag, repository.digest) == (None, None)


@pytest.mark.parametrize("text", ["https://my-image-repository", "org/dep", "", "https://"])
def test_a_repository_without_a_registry_is_not_taken_for_one_on_docker_hub(text):
    with pytest.raises(ConfigurationError, match="names no registry; nothing is sent"):
        parse_repository(text)


@pytest.mark.parametrize(
    ("host", "registry"),
    [
        ("https://index.docker.io/v1/", "docker.io"),
        ("registry-1.docker.io", "docker.io"),
        ("docker.io", "docker.io"),
        ("https://GHCR.io", "ghcr.io"),
        ("ghcr.io:443", "ghcr.io"),
        ("http://localhost:5000", "localhost:5000"),
    ],
)
def test_a_connections_host_names_a_registry(host, registry):
    assert registry_of(host) == registry
