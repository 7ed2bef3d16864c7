"""How statuses move on."""

from __future__ import annotations

import pytest
import requests

from astro_provider.emulator import Emulator
from tests.emulator.calls import Caller, least


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        ("immediately", ["HEALTHY", "HEALTHY"]),
        ("reads:2", ["CREATING", "CREATING", "UNHEALTHY", "UNHEALTHY", "HEALTHY"]),
    ],
)
def test_a_status_moves_on_with_reads(progress, expected):
    with Emulator(progress=progress) as astro, requests.Session() as session:
        call = Caller(astro, astro.token, session)
        made = call("POST", "/deployments", least(astro)).json()
        assert made["status"] == "CREATING"
        assert [call("GET", f"/deployments/{made['id']}").json()["status"] for _ in expected] == expected


def test_a_status_moves_on_with_time():
    now = [1000.0]
    with Emulator(progress="seconds:5", clock=lambda: now[0]) as astro, requests.Session() as session:
        call = Caller(astro, astro.token, session)
        made = call("POST", "/deployments", least(astro)).json()
        seen = []
        for now[0] in (1004, 1005, 1009, 1010):
            seen.append(call("GET", f"/deployments/{made['id']}").json()["status"])
        assert seen == ["CREATING", "UNHEALTHY", "UNHEALTHY", "HEALTHY"]
