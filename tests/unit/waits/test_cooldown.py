"""After failures, reads are held back; the API's own Retry-After always counts."""

from __future__ import annotations

import pytest

from astro_provider.errors import RateLimitedError, ServerError
from astro_provider.waits.cooldown import LONGEST_COOLDOWN, Cooldown

FAILED = ServerError("GET", "/x", 503, "no")


def test_failures_in_a_row_hold_reads_back_longer_up_to_a_limit():
    cooldown, spans = Cooldown(), []
    for number in range(12):
        cooldown.failed(FAILED, began=number, now=number + 0.5, interval=30)
        spans.append(cooldown.until - number - 0.5)
    assert 15 <= spans[0] <= 30
    assert 30 <= spans[1] <= 60
    assert LONGEST_COOLDOWN / 2 <= spans[-1] <= LONGEST_COOLDOWN


def test_reads_that_fail_together_count_once():
    cooldown = Cooldown()
    for _ in range(10):
        cooldown.failed(FAILED, began=0, now=1, interval=30)
    assert cooldown.until - 1 <= 30


def test_retry_after_is_never_undercut():
    cooldown = Cooldown()
    cooldown.failed(RateLimitedError("GET", "/x", 429, "slow", retry_after=100), began=0, now=0, interval=30)
    assert 100 <= cooldown.until <= 115


@pytest.mark.parametrize("began", [0, 3])
def test_retry_after_holds_whatever_failed_just_before(began):
    cooldown = Cooldown()
    cooldown.failed(FAILED, began=0, now=2, interval=30)
    cooldown.failed(RateLimitedError("GET", "/x", 429, "slow", retry_after=100), began=began, now=3, interval=30)
    assert cooldown.until >= 103
    cooldown.failed(FAILED, began=began, now=4, interval=30)
    assert cooldown.until >= 103


def test_a_read_from_before_the_failure_does_not_end_the_cooldown():
    cooldown = Cooldown()
    cooldown.failed(FAILED, began=0, now=5, interval=30)
    cooldown.succeeded(began=4)
    assert cooldown.until > 5
    cooldown.succeeded(began=6)
    assert cooldown.until < 5
