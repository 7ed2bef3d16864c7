"""When a request is sent again, and after how long. What may be repeated at all, the resources decide."""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass

from astro_provider.errors import ApiError, AstroError, NoResponseError, RateLimitedError, UnexpectedResponseError

#: Status codes that another attempt may mend. Others (501, 505, ...) describe a lasting state.
TRANSIENT_STATUSES = frozenset({429, 500, 502, 503, 504})


class Repeat(enum.Enum):
    """How freely a request may be sent again."""

    SAFE = "safe"
    """The request is idempotent: send it again after anything transient."""
    UNSENT = "unsent"
    """Send it again only if it surely had no effect: it never left, or it was refused with 429."""
    NEVER = "never"
    """One attempt; the caller has a retry loop of its own."""


#: How freely a request of each method may be sent again unless its caller decides otherwise (RFC 9110, section 9.2.2).
IDEMPOTENT = {
    "GET": Repeat.SAFE,
    "HEAD": Repeat.SAFE,
    "PUT": Repeat.SAFE,
    "DELETE": Repeat.SAFE,
    "POST": Repeat.UNSENT,
    "PATCH": Repeat.UNSENT,
}


@dataclass(frozen=True)
class Backoff:
    """Pauses between attempts: exponential with jitter, capped; ``Retry-After`` wins if the API sends it.

    :param max_retries: How often a request is sent again at most.
    :param first: Seconds before the first repetition, before jitter.
    :param cap: Longest pause in seconds that this side chooses.
    :param retry_after_cap: Longest ``Retry-After`` in seconds that is waited for; a longer one ends the attempts.
    """

    max_retries: int = 6
    first: float = 1.0
    cap: float = 30.0
    retry_after_cap: float = 120.0

    def pause(self, error: AstroError, retries_so_far: int, repeat: Repeat) -> float | None:
        """Return the seconds to wait before the next attempt, or ``None`` to give up.

        :param error: What the last attempt ended with.
        :param retries_so_far: How often the request has been sent again already.
        :param repeat: How freely the request may be repeated.
        """
        if retries_so_far >= self.max_retries or not may_repeat(error, repeat):
            return None
        retry_after = error.retry_after if isinstance(error, ApiError) else None
        if retry_after is not None:
            return retry_after if retry_after <= self.retry_after_cap else None
        return self.exponential(retries_so_far)

    def exponential(self, retries_so_far: int) -> float:
        """Return the seconds to wait if the API named none.

        :param retries_so_far: How often the request has been sent again already.
        """
        ceiling: float = min(self.cap, self.first * 2**retries_so_far)
        # Half fixed, half random: many tasks that failed together do not come back together.
        return ceiling / 2 + random.uniform(0, ceiling / 2)  # noqa: S311


def may_repeat(error: AstroError, repeat: Repeat) -> bool:
    """Whether sending the request again is both useful and safe.

    :param error: What the last attempt ended with.
    :param repeat: How freely the request may be repeated.
    """
    if repeat is Repeat.NEVER:
        return False
    if isinstance(error, RateLimitedError):
        return True
    if isinstance(error, NoResponseError):
        return repeat is Repeat.SAFE or not error.sent
    if isinstance(error, ApiError):
        return repeat is Repeat.SAFE and error.status in TRANSIENT_STATUSES
    return repeat is Repeat.SAFE and isinstance(error, UnexpectedResponseError) and error.retryable


def is_ambiguous(error: AstroError) -> bool:
    """Whether a request may have taken effect although it seems to have failed.

    :param error: What it ended with.
    """
    if isinstance(error, NoResponseError):
        return error.sent
    if isinstance(error, UnexpectedResponseError):
        return error.status < 300
    return isinstance(error, ApiError) and error.status in TRANSIENT_STATUSES - {429}
