"""Keeping below an API's rate limits by spacing requests out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Pacer:
    """Says how long a request has to wait for its turn. Safe to share between threads.

    :param rate: Requests a second.
    :param burst: How many requests may go at once after a time without any.
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


def pacers(limits: Mapping[str, float]) -> dict[str, Pacer]:
    """Return a pacer for each method, which lets a second's worth of requests go at once.

    :param limits: Requests a second, for each method.
    """
    return {method: Pacer(rate, burst=int(rate)) for method, rate in limits.items()}
