"""Fixtures of tests that call a client, or run one task against the emulator."""

from __future__ import annotations

import json

import pytest

from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator
from tests.builders.addresses import ORG, URL
from tests.slow import mostly_slow

from .running import TEMPLATE, Runner


@pytest.fixture
def pauses() -> list[float]:
    """The pauses that the client would have made."""
    return []


@pytest.fixture
def client(pauses):
    with AstroClient("a-token", url=URL, organization_id=ORG, sleep=pauses.append) as client:
        yield client


@pytest.fixture
def astro(monkeypatch):
    with Emulator(progress="reads:1") as astro:
        monkeypatch.setenv(
            "AIRFLOW_CONN_ASTRO_DEFAULT",
            json.dumps({"conn_type": "astro", "host": astro.url, "password": astro.token, "extra": {"max_retries": 2}}),
        )
        yield astro


@pytest.fixture(params=mostly_slow([False, True]), ids=["worker", "triggerer"])
def deferrable(request):
    return request.param


@pytest.fixture
def runner(tmp_path):
    return Runner(dag_folder=tmp_path)


@pytest.fixture
def template(tmp_path) -> str:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return "template.yaml"
