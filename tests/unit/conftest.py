"""Fixtures of tests that call a client, or run one task against the emulator."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator
from astro_provider.images.copy import copy_image
from astro_provider.images.image import read_image
from tests.builders.addresses import ORG, URL
from tests.slow import mostly_slow

#: So many rows of a table of tests are quick: one of those that need the emulator.
QUICK_ROWS = 4
QUICK_ROWS_WITH_EMULATOR = 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the further rows of a table as slow: `make unit` runs the first ones."""
    rows: Counter[str] = Counter()
    for item in items:
        if isinstance(item, pytest.Function) and not item.get_closest_marker("slow"):
            table = item.nodeid.partition("[")[0]
            rows[table] += 1
            if rows[table] > (QUICK_ROWS_WITH_EMULATOR if "astro" in item.fixturenames else QUICK_ROWS):
                item.add_marker("slow")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every client try again at once."""
    for takes_time in (AstroClient.__init__, copy_image, read_image):
        monkeypatch.setitem(takes_time.__kwdefaults__, "sleep", lambda seconds: None)


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


# Both import Airflow late: with xdist, all wait for the process that hands out the tests, and it reads this, too.
@pytest.fixture
def runner(tmp_path):
    from .running import Runner

    return Runner(dag_folder=tmp_path)


@pytest.fixture
def template(tmp_path) -> str:
    from .running import TEMPLATE

    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return "template.yaml"
