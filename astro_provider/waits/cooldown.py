"""Holding reads back while the API fails. Pure."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from astro_provider.errors import ApiError

if TYPE_CHECKING:
    from astro_provider.errors import AstroError

#: Longest time in seconds for which reads are held back.
LONGEST_COOLDOWN = 300.0


class Cooldown:
    """How long reads are held back after failures: the more of them in a row, the longer; ``Retry-After`` wins."""

    def __init__(self) -> None:
        self.until = float("-inf")
        self._failures = 0
        self._failed_at = float("-inf")

    def failed(self, error: AstroError, began: float, now: float, interval: float) -> None:
        """Record a read that failed in a way that may pass.

        :param error: What it failed with.
        :param began: When the read began; several that ran at the same time count once.
        :param now: The loop's time.
        :param interval: Shortest poll interval of the waits concerned, in seconds.
        """
        pause = 0.0
        if began >= self._failed_at:
            self._failed_at = now
            pause = min(interval * 2**self._failures, LONGEST_COOLDOWN)
            self._failures = min(self._failures + 1, 30)
        retry_after = error.retry_after if isinstance(error, ApiError) else None
        least = pause / 2 if retry_after is None else min(retry_after, LONGEST_COOLDOWN)
        # Never before the time that any response named; and triggerers that failed together do not come back together.
        self.until = max(self.until, now + least + random.uniform(0, pause / 2))  # noqa: S311

    def succeeded(self, began: float) -> None:
        """Record a read that succeeded.

        :param began: When the read began; one from before the last failure proves nothing.
        """
        if began >= self._failed_at:
            self._failures = 0
            self.until = float("-inf")
