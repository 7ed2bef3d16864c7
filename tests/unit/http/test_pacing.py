"""Calls are spaced out before the API has to refuse them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from astro_provider.http.pacing import Pacer
from astro_provider.http.profile import ASTRO
from tests.builders.addresses import path
from tests.builders.deployments import deployment, listing


def test_turns_come_at_the_given_rate():
    pacer = Pacer(10)
    assert [round(pacer.delay(100.0), 6) for _ in range(4)] == [0.0, 0.1, 0.2, 0.3]


def test_a_burst_goes_at_once_and_is_earned_back():
    pacer = Pacer(10, burst=3)
    assert [round(pacer.delay(100.0), 6) for _ in range(4)] == [0.0, 0.0, 0.0, 0.1]
    assert round(pacer.delay(100.25), 6) == 0.0


CALLS = {
    "GET": lambda client: client.deployments.count(),
    "POST": lambda client: client.deployments.update("d", {}),
    "DELETE": lambda client: client.deployments.delete("d"),
}


@pytest.mark.parametrize("method", CALLS)
def test_no_second_holds_more_calls_than_the_api_allows_after_the_first_burst(
    method, requests_mock, client, pauses, monkeypatch
):
    # No time passes: the pauses are recorded, not slept, so each call waits behind all the turns before it.
    monkeypatch.setattr("astro_provider.http.api.time", SimpleNamespace(monotonic=lambda: 1000.0))
    requests_mock.get(path("/deployments"), json=listing())
    requests_mock.post(path("/deployments/d"), json=deployment())
    requests_mock.delete(path("/deployments/d"), status_code=204)
    limit = int(ASTRO.limits[method])
    for _ in range(limit * 2):
        CALLS[method](client)
    assert [p for p in pauses if p > 1e-6] == [pytest.approx(number / limit) for number in range(1, limit + 1)]
