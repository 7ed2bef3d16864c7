"""Fixtures for your own tests: a local Astro API and its connection. pytest finds them once this package is installed.

Loaded at the start of every pytest run: imports nothing that such a run would notice.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from astro_provider.emulator import Emulator

MARKERS = (
    "astro_emulator(**options): options of astro_provider.emulator.Emulator for the fixture astro_emulator",
    "astro_connection(conn_id): id of the connection that the fixture astro_connection sets up",
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known.

    :param config: pytest's configuration.
    """
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture
def astro_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A local Astro API, new for each test. Statuses move on with each read, so that no test has to wait."""
    from astro_provider.emulator import Emulator

    marker = request.node.get_closest_marker("astro_emulator")
    options: dict[str, Any] = {"progress": "reads:1", **(marker.kwargs if marker else {})}
    with Emulator(**options) as emulator:
        yield emulator
        never = [fault for fault in emulator.faults.waiting() if not fault["happened"]]
        # Shown if the test fails; a warning would break suites that make warnings errors.
        lines = [f"This fault never happened: {fault['method']} {fault['path']}\n" for fault in never]
        if lines:
            request.node.add_report_section("teardown", "emulator", "".join(lines))


@pytest.fixture
def astro_connection(request: pytest.FixtureRequest, astro_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> str:
    """Id of an Airflow connection to the emulator: ``astro_default``, or what the marker says."""
    marker = request.node.get_closest_marker("astro_connection")
    conn_id = str(marker.args[0]) if marker else "astro_default"
    for name in ("ASTRO_API_TOKEN", "ASTRO_ORGANIZATION_ID"):
        monkeypatch.delenv(name, raising=False)  # the real ones of whoever runs the tests
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(astro_emulator.connection()))
    return conn_id
