from __future__ import annotations

from collections.abc import Iterator

import pytest

from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator


@pytest.fixture
def astro() -> Iterator[Emulator]:
    with Emulator(progress="immediately") as astro:
        yield astro


@pytest.fixture
def emulated(astro) -> Iterator[AstroClient]:
    """A client of the emulator that does not pause between attempts."""
    with AstroClient(astro.token, url=astro.url, sleep=lambda seconds: None) as client:
        yield client


@pytest.fixture
def sent(astro):
    """The requests so far, each as method and path, without those that only read."""

    def sent() -> list[str]:
        organization = f"/organizations/{astro.organization_id}"
        return [f"{r.method} {r.path.removeprefix(organization)}" for r in astro.requests if r.method != "GET"]

    return sent
