"""One wait in progress: whether it is over, and when to poll next. Pure: no clock, no network, no Airflow.

The loop of a worker and the loop of a trigger both feed a :class:`Watch` with responses and do what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.waits.goal import Outcome
from astro_provider.waits.messages import Messages
from astro_provider.waits.verdict import Verdict
from astro_provider.waits.wait import LIMITS

if TYPE_CHECKING:
    from astro_provider.errors import AstroError
    from astro_provider.waits.goal import State
    from astro_provider.waits.wait import Wait, Words

#: Shortest interval between polls, in seconds; an interval of 0 means this.
SHORTEST_INTERVAL = 0.01


class Watch(Messages):
    """One wait in progress.

    :param wait: What is waited for, and for how long.
    :param name: What messages call the thing until it is seen.
    :param words: What messages call things of its kind.
    :param phase: Seconds by which polls are shifted against whole multiples of the interval: the same for waits that
        share bulk reads, different for those that do not, so that they do not all poll at once.
    """

    def __init__(self, wait: Wait, name: str, words: Words, *, phase: float = 0.0) -> None:
        super().__init__(wait, name, words)
        self.phase = phase
        self._moved = False

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
            "last_status": self.status_in_words(),
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

    def verdict(self, now: float) -> Verdict:
        """Return the end of the wait.

        :param now: The time, in epoch seconds.
        """
        return Verdict(self.outcome, self.end_message(now), self.state.facts if self.state else {})
