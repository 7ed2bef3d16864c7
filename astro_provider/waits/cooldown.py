"""Keeping away from the API while it cannot answer. Pure."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from astro_provider.errors import ApiError

if TYPE_CHECKING:
    from astro_provider.errors import AstroError

#: Longest time in seconds for which reads are held back.
LONGEST_HOLD = 300.0


class Cooldown:
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
