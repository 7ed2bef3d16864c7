"""One wait in progress: whether it is over, and what it logs. Pure: no clock, no network, no Airflow.

The loop of a worker and the loop of a trigger both feed a :class:`Watch` with responses and do what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.common.durations import format_wait
from astro_provider.waits.goal import Outcome
from astro_provider.waits.verdict import Verdict
from astro_provider.waits.wait import LIMITS

if TYPE_CHECKING:
    from astro_provider.errors import AstroError
    from astro_provider.waits.goal import State
    from astro_provider.waits.wait import Wait, Words

#: Longest silence of a wait's log, in seconds.
HEARTBEAT = 180.0
#: Shortest interval between polls, in seconds; an interval of 0 means this.
SHORTEST_INTERVAL = 0.01


class Watch:
    """One wait in progress.

    :param wait: What is waited for, and for how long.
    :param name: What messages call the thing until it is seen.
    :param words: What messages call things of its kind.
    :param phase: Seconds by which polls are shifted against whole multiples of the interval: the same for waits that
        share bulk reads, different for those that do not, so that they do not all poll at once.
    """

    def __init__(self, wait: Wait, name: str, words: Words, *, phase: float = 0.0) -> None:
        self.wait = wait
        self.phase = phase
        #: How the wait stands.
        self.outcome = Outcome.PENDING
        #: What the API said last.
        self.state: State | None = None
        #: What the last poll failed with; ``None`` after one that succeeded.
        self.last_error: str | None = None
        self._words = words
        self._first_name = name
        self._moved = False
        self._logged: tuple[str | None, str | None] | None = None
        self._logged_at = float("-inf")

    def record(self, state: State | None, now: float) -> Outcome:
        """Record a response; returns how the wait stands.

        :param state: What the API says; ``None`` if the thing certainly does not exist.
        :param now: The time, in epoch seconds.
        """
        self.last_error = None
        if state is not None:
            if state != self.state:  # an equal one is dropped: less for the garbage collector of a triggerer
                self.state = state
            self._moved = self._moved or state.status not in self.wait.target_statuses
        return self._conclude(self.wait.judge(state, moved=self._moved, now=now), now)

    def record_error(self, error: AstroError, now: float) -> Outcome:
        """Record a poll that failed; only an error that a later poll cannot mend ends the wait.

        :param error: What it failed with.
        :param now: The time, in epoch seconds.
        """
        self.last_error = str(error)
        return self._conclude(Outcome.PENDING if error.retryable else Outcome.ERROR, now)

    def _conclude(self, outcome: Outcome, now: float) -> Outcome:
        late = outcome is Outcome.PENDING and now >= self.wait.deadline
        self.outcome = LIMITS[self.wait.limit] if late else outcome
        return self.outcome

    def handover(self) -> dict[str, Any]:
        """Return the fields of the wait that have changed since it began, for whoever continues it."""
        return {
            # Once another status was seen, the next target status is the new one.
            "settle_until": 0.0 if self._moved else self.wait.settle_until,
            "known_as": self.name,
            "last_status": self._status(),
        }

    def pause(self, now: float) -> float:
        """Return the seconds until the next poll.

        Polls fall on whole multiples of the interval, shifted by ``phase``, so that waits with the same interval and
        phase share one bulk read.

        :param now: The time, in epoch seconds.
        """
        interval = max(self.wait.poll_interval, SHORTEST_INTERVAL)
        until_tick = interval - (now - self.phase) % interval
        return max(0.0, min(until_tick, self.wait.deadline - now))

    def log_message(self, now: float) -> str | None:
        """Return what to log now, if anything: each change of the status, and a sign of life every three minutes.

        :param now: The time, in epoch seconds.
        """
        current = (self.state.status if self.state else None, self.last_error)
        if current == self._logged and now - self._logged_at < HEARTBEAT:
            return None
        self._logged, self._logged_at = current, now
        waiting = f"{self._elapsed(now)}, waiting for {self._goal()}"
        if self.last_error:
            return f"{self.name}: could not be read{waiting}. {self.last_error}"
        unsettled = self.state is not None and self.state.status in self.wait.target_statuses
        doubt = " This may still be the state from before the update." if unsettled else ""
        return f"{self.name}: {self._status()}{waiting}.{doubt}"

    def verdict(self, now: float) -> Verdict:
        """Return the end of the wait.

        :param now: The time, in epoch seconds.
        """
        return Verdict(self.outcome, self._end_message(now), self.state.facts if self.state else {})

    def _end_message(self, now: float) -> str:
        look = f" Look at {self.wait.url}" if self.wait.url else ""
        if self.outcome is Outcome.DONE:
            return f"{self.name}: {self._words.gone if self.wait.gone else self._status()}{self._elapsed(now)}."
        if self.outcome is Outcome.GONE:
            return f"{self.name} was deleted while this task waited for {self._goal()}; somebody deleted it."
        if self.outcome is Outcome.FAILED:
            return f"{self.name} is {self._status()}{self._elapsed(now)}, which this task counts as a failure.{look}"
        if self.outcome is Outcome.ERROR:
            return str(self.last_error)
        return self.unmet(now, f", and the task's {self.wait.limit} is over")

    def unmet(self, now: float, limit: str = "") -> str:
        """Say that the goal has not been reached, and what is known instead.

        :param now: The time, in epoch seconds.
        :param limit: Which limit ended the wait, if one did.
        """
        failed = f" The last read failed: {self.last_error}" if self.last_error else ""
        look = f" Look at {self.wait.url}" if self.wait.url else ""
        status = f"its last status is {self._status()}"
        return f"{self.name} is not {self._goal()}{self._elapsed(now)}{limit}; {status}.{failed}{look}"

    @property
    def name(self) -> str:
        """What messages call the thing that is waited for."""
        return self.state.label if self.state else self._first_name

    def _goal(self) -> str:
        return self._words.gone if self.wait.gone else " or ".join(self.wait.target_statuses)

    def _elapsed(self, now: float) -> str:
        return "" if self.wait.started_at is None else f" after {format_wait(now - self.wait.started_at)}"

    def _status(self) -> str:
        if self.state is None:
            return self.wait.last_status or "not known"
        reason = f" ({self.state.status_reason})" if self.state.status_reason else ""
        return f"{self.state.status}{reason}"
