"""Rate limits."""

from __future__ import annotations

import requests

from astro_provider.emulator import Emulator
from tests.emulator.calls import Caller


def test_the_rate_limits_are_the_apis():
    now = [1000.0]
    with Emulator(rate_limit=True, clock=lambda: now[0]) as astro, requests.Session() as session:
        call = Caller(astro, astro.token, session)
        statuses = [call("GET", "/deployments").status_code for _ in range(26)]
        assert statuses == [200] * 25 + [429]
        limited = call("GET", "/deployments")
        assert limited.headers["Retry-After"] == "1"
        now[0] += 1
        assert call("GET", "/deployments").status_code == 200
