"""The API's rate limits for each token: GET 25, POST 10, DELETE 5 a second."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PER_SECOND = {"GET": 25, "POST": 10, "DELETE": 5}


class RateLimits:
    """Counts the calls of the last second.

    :param clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def allow(self, token: str, method: str) -> bool:
        """Count a call; whether it is within the limit.

        :param token: The call's token.
        :param method: Its HTTP method.
        """
        now, calls = self._clock(), self._calls[token, method]
        while calls and calls[0] <= now - 1:
            calls.popleft()
        if len(calls) >= PER_SECOND.get(method, 10):
            return False
        calls.append(now)
        return True
