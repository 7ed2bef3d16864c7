from __future__ import annotations

from functools import partial

import pytest

from astro_provider.http.login import Login
from astro_provider.images import copy_image, read_image
from tests.builders.images import image, layer

from .registries import FakeRegistry

TOKEN = "astro-api-token"


@pytest.fixture
def source(requests_mock) -> FakeRegistry:
    registry = FakeRegistry(requests_mock, "ghcr.io")
    registry.add(image(layer("base"), layer("own")), "1.2")
    return registry


@pytest.fixture
def target(requests_mock) -> FakeRegistry:
    """Astro's, which takes user ``cli`` with the token."""
    login = Login("cli", TOKEN)
    return FakeRegistry(requests_mock, "images.astronomer.cloud", challenge='Basic realm="astro"', accepts=login.basic)


@pytest.fixture
def read(pauses):
    return partial(read_image, "ghcr.io/acme/astro:1.2", sleep=pauses.append)


@pytest.fixture
def copy(pauses):
    """Copy an image that was read into Astro's registry."""
    repository = "images.astronomer.cloud/org/dep"
    return partial(copy_image, repository=repository, tag="deploy-1", token=TOKEN, sleep=pauses.append)


@pytest.fixture
def built(source) -> tuple[bytes, str]:
    return source.manifests["1.2"]
