"""Two real registries: one with images, and one like Astro's, for user ``cli`` with the API token alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from dev.programs import REGISTRY, executable
from dev.registry import LocalRegistry
from tests.builders.images import BuiltImage

#: As long as a real one: a registry that hashes passwords looks at their first 72 bytes only.
TOKEN = "astro-token-" + "0123456789abcdef" * 3
MakeRegistry = Callable[..., LocalRegistry]


@pytest.fixture
def make_registry(tmp_path) -> Iterator[MakeRegistry]:
    if executable(REGISTRY) is None:
        pytest.skip("there is no docker-registry; as root on Debian, dev/programs.py gets it")
    with ExitStack() as stack:
        count = iter(range(100))

        def make_registry(**how: Any) -> LocalRegistry:
            return stack.enter_context(LocalRegistry(tmp_path / f"registry-{next(count)}", **how))

        yield make_registry


@pytest.fixture
def source(make_registry) -> LocalRegistry:
    return make_registry()


@pytest.fixture
def target(make_registry) -> LocalRegistry:
    return make_registry(users={"cli": TOKEN})


@pytest.fixture
def push() -> Callable[..., None]:
    """Put an image into a registry, without this package."""

    def push(
        registry: LocalRegistry,
        repository: str,
        built: BuiltImage,
        name: str | None = None,
        auth: tuple[str, str] | None = None,
    ) -> None:
        base = f"http://{registry.address}/v2/{repository}"
        for digest, blob in built.blobs.items():
            begun = requests.post(f"{base}/blobs/uploads/", auth=auth)
            done = requests.put(begun.headers["Location"], params={"digest": digest}, data=blob, auth=auth)
            assert done.status_code == 201, done.text
        kept = requests.put(
            f"{base}/manifests/{name or built.digest}",
            data=built.manifest,
            headers={"Content-Type": built.media_type},
            auth=auth,
        )
        assert kept.status_code == 201, kept.text

    return push
