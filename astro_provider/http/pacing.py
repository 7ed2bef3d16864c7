"""Keeping below the API's rate limits by spacing calls out, and keeping away while the API cannot answer.

Astro limits each token to 25 GET, 10 POST and 5 DELETE a second (source: "Astro API overview" of Astronomer's docs).
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

from astro_provider.errors import ApiError

if TYPE_CHECKING:
    from astro_provider.errors import AstroError

#: Calls a second that one token may make.
LIMITS = {"GET": 25.0, "POST": 10.0, "DELETE": 5.0}
#: Longest time in seconds for which calls are held back.
LONGEST_HOLD = 300.0


class Pacer:
    """Says how long a call has to wait for its turn. Safe to share between threads.

    :param rate: Calls a second.
    :param burst: How many calls may go at once after a time without any.
    """

    def __init__(self, rate: float, *, burst: int = 1) -> None:
        self._interval = 1 / rate
        self._credit = (burst - 1) * self._interval
        self._next = float("-inf")
        self._lock = threading.Lock()

    def delay(self, now: float) -> float:
        """Take a turn; returns the seconds until it comes.

        :param now: Seconds of a clock that never goes back.
        """
        with self._lock:
            turn = max(self._next, now - self._credit)
            self._next = turn + self._interval
            return max(0.0, turn - now)


def pacers() -> dict[str, Pacer]:
    """Return a pacer for each method, which lets a second's worth of calls go at once."""
    return {method: Pacer(rate, burst=int(rate)) for method, rate in LIMITS.items()}


class Hold:
    """How long reads are held back after failures: the more of them in a row, the longer; ``Retry-After`` wins."""

    def __init__(self) -> None:
        self.until = float("-inf")
        self._failures = 0
        self._failed_at = float("-inf")

    def failed(self, error: AstroError, began: float, now: float, interval: float) -> None:
        """Take in that a read failed in a way that may pass.

        :param error: What it ended with.
        :param began: When the read began; several that were under way together count once.
        :param now: The loop's time.
        :param interval: Shortest pause of the waits concerned, in seconds.
        """
        pause = 0.0
        if began >= self._failed_at:
            self._failed_at = now
            pause = min(interval * 2**self._failures, LONGEST_HOLD)
            self._failures = min(self._failures + 1, 30)
        retry_after = error.retry_after if isinstance(error, ApiError) else None
        least = pause / 2 if retry_after is None else min(retry_after, LONGEST_HOLD)
        # Never before the time that any answer named; and triggerers that failed together do not come back together.
        self.until = max(self.until, now + least + random.uniform(0, pause / 2))  # noqa: S311

    def succeeded(self, began: float) -> None:
        """Take in that a read arrived.

        :param began: When the read began; one from before the last failure proves nothing.
        """
        if began >= self._failed_at:
            self._failures = 0
            self.until = float("-inf")
