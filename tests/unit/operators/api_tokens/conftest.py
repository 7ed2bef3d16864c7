"""An Organization's tokens, a store, and a client that does not pause."""

from __future__ import annotations

import pytest

from astro_provider.client import AstroClient
from tests.unit.operators.api_tokens.organization import Store, Tokens


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch, pauses):
    monkeypatch.setitem(AstroClient.__init__.__kwdefaults__, "sleep", pauses.append)


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def tokens(astro):
    return Tokens(astro)
