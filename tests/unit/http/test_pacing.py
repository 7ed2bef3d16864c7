"""Calls are spaced out before the API has to refuse them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from astro_provider.errors import RateLimitedError, ServerError
from astro_provider.http.pacing import Pacer
from astro_provider.http.profile import ASTRO
from astro_provider.waits.cooldown import LONGEST_HOLD, Cooldown
from tests.builders.addresses import path
from tests.builders.deployments import deployment, listing

FAILED = ServerError("GET", "/x", 503, "no")


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


def test_failures_in_a_row_hold_longer_up_to_a_limit():
    hold, spans = Cooldown(), []
    for number in range(12):
        hold.failed(FAILED, began=number, now=number + 0.5, interval=30)
        spans.append(hold.until - number - 0.5)
    assert 15 <= spans[0] <= 30
    assert 30 <= spans[1] <= 60
    assert LONGEST_HOLD / 2 <= spans[-1] <= LONGEST_HOLD


def test_reads_that_fail_together_count_once():
    hold = Cooldown()
    for _ in range(10):
        hold.failed(FAILED, began=0, now=1, interval=30)
    assert hold.until - 1 <= 30


def test_retry_after_is_never_undercut():
    hold = Cooldown()
    hold.failed(RateLimitedError("GET", "/x", 429, "slow", retry_after=100), began=0, now=0, interval=30)
    assert 100 <= hold.until <= 115


@pytest.mark.parametrize("began", [0, 3])
def test_retry_after_holds_whatever_failed_just_before(began):
    hold = Cooldown()
    hold.failed(FAILED, began=0, now=2, interval=30)
    hold.failed(RateLimitedError("GET", "/x", 429, "slow", retry_after=100), began=began, now=3, interval=30)
    assert hold.until >= 103
    hold.failed(FAILED, began=began, now=4, interval=30)
    assert hold.until >= 103


def test_a_read_from_before_the_failure_does_not_end_the_hold():
    hold = Cooldown()
    hold.failed(FAILED, began=0, now=5, interval=30)
    hold.succeeded(began=4)
    assert hold.until > 5
    hold.succeeded(began=6)
    assert hold.until < 5
