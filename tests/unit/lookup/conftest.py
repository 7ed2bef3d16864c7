"""A client of the emulator."""

from __future__ import annotations

import pytest

from astro_provider.client import AstroClient


@pytest.fixture
def client(astro):
    with AstroClient(astro.token, url=astro.url, organization_id=astro.organization_id) as client:
        astro.clear_requests()
        yield client
