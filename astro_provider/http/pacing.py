"""Keeping below the API's rate limits by spacing calls out.

Astro limits each token to 25 GET, 10 POST and 5 DELETE a second (source: "Astro API overview" of Astronomer's docs).
"""

from __future__ import annotations

import threading

#: Calls a second that one token may make.
LIMITS = {"GET": 25.0, "POST": 10.0, "DELETE": 5.0}


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
