"""Which login an image is read with."""

from __future__ import annotations

import pytest

from astro_provider.errors import ConfigurationError
from astro_provider.http.login import Login
from astro_provider.images import source_login

ASTRO = {"repository": "images.astronomer.cloud/org/dep", "token": "astro-api-token"}


def test_without_a_connection_an_image_is_read_anonymously():
    assert source_login("ghcr.io/acme/astro", **ASTRO) is None


def test_an_image_in_astros_own_registry_is_read_with_the_token():
    login = source_login("images.astronomer.cloud/org/staging:deploy-1", **ASTRO)
    assert login is not None
    assert (login.user, login.password) == ("cli", "astro-api-token")


@pytest.mark.parametrize(
    ("reference", "host"),
    [
        ("ghcr.io/acme/astro", "https://ghcr.io"),
        ("acme/astro", "https://index.docker.io/v1/"),
        ("acme/astro", "docker.io"),
        ("localhost:5000/astro", "localhost:5000"),
        ("images.astronomer.cloud/org/staging", "images.astronomer.cloud"),
    ],
)
def test_a_connection_is_for_the_registry_of_its_host(reference, host):
    assert source_login(reference, host=host, login="bot", password="s3cret", **ASTRO) == Login("bot", "s3cret")


@pytest.mark.parametrize("host", ["quay.io", "ghcr.io:5000", "ghcr.io.evil.example", "docker.io"])
def test_a_connection_for_another_registry_is_refused(host):
    with pytest.raises(ConfigurationError) as caught:
        source_login("ghcr.io/acme/astro:1", host=host, login="bot", password="s3cret", **ASTRO)
    assert f"is for the host {host!r}, but the image ghcr.io/acme/astro:1 is in the registry 'ghcr.io'" in str(
        caught.value
    )
    assert "s3cret" not in str(caught.value)


def test_a_connection_without_a_login_reads_anonymously():
    assert source_login("ghcr.io/acme/astro", host="ghcr.io", **ASTRO) is None


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"login": "bot", "password": "s3cret"}, "has no host. Set it to 'ghcr.io', the registry of this image."),
        ({"host": "", "password": "s3cret"}, "has no host"),
        ({"host": "ghcr.io", "login": "bot"}, "'ghcr.io' has a login, but no password"),
        ({"host": "ghcr.io", "password": "s3cret"}, "'ghcr.io' has a password, but no login"),
    ],
)
def test_half_a_connection_is_refused(fields, what):
    with pytest.raises(ConfigurationError, match=what) as caught:
        source_login("ghcr.io/acme/astro", **fields, **ASTRO)
    assert "s3cret" not in str(caught.value)
