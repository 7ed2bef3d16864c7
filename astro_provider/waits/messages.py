"""What a wait says: in the log while it lasts, and in the message of its end. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.durations import format_wait
from astro_provider.waits.goal import NOT_YET, Outcome

if TYPE_CHECKING:
    from astro_provider.waits.goal import State
    from astro_provider.waits.wait import Wait, Words

#: Longest silence of a wait's log, in seconds.
HEARTBEAT = 180.0
#: What stands for the status of a thing of which none has been read.
UNKNOWN = "not known"


class Messages:
    """The messages of one wait, and what they are made from.

    :param wait: What is waited for, and for how long.
    :param name: What messages call the thing until it is seen.
    :param words: What messages call things of its kind.
    """

    def __init__(self, wait: Wait, name: str, words: Words) -> None:
        self.wait = wait
        #: How the wait stands.
        self.outcome = Outcome.PENDING
        #: What the API said last.
        self.state: State | None = None
        #: What the last poll failed with; ``None`` after one that succeeded.
        self.last_error: str | None = None
        self._words = words
        self._first_name = name
        self._logged: tuple[str | None, str | None] | None = None
        self._logged_at = float("-inf")

    def log_message(self, now: float) -> str | None:
        """Return what to log now, if anything: each change of the status, and a sign of life every three minutes.

        :param now: The time, in epoch seconds.
        """
        current = (self.state.status if self.state else None, self.last_error)
        if current == self._logged and now - self._logged_at < HEARTBEAT:
            return None
        self._logged, self._logged_at = current, now
        waiting = f"waiting {'to be' if self.wait.gone else 'for'} {self._goal()}"
        if self.last_error:
            so_far = "" if self.wait.started_at is None else f", {format_wait(now - self.wait.started_at)} so far"
            return f"{self.name}: the last read failed; still {waiting}{so_far}. {self.last_error}"
        unsettled = self.state is not None and self.state.status in self.wait.target_statuses
        doubt = " This may still be the state from before the update." if unsettled else ""
        return f"{self.name}: {self.status_in_words()}{self._elapsed(now)}, {waiting}.{doubt}"

    def end_message(self, now: float) -> str:
        """Return how the wait ended.

        :param now: The time, in epoch seconds.
        """
        look = f" See {self.wait.url}" if self.wait.url else ""
        if self.outcome is Outcome.DONE:
            return f"{self.name}: {self._words.gone if self.wait.gone else self.status_in_words()}{self._elapsed(now)}."
        if self.outcome is Outcome.GONE:
            return f"{self.name} was deleted while this task waited for {self._goal()}."
        if self.outcome is Outcome.FAILED:
            waited = f"{elapsed} of waiting" if (elapsed := self._elapsed(now)) else ""
            status = self.state.status if self.state else "failed"
            counts = "" if status.lower() == "failed" else f"; this task counts {status} as a failure"
            return f"{self.name}: {self.status_in_words()}{waited}{counts}.{look}{self._details()}"
        if self.outcome is Outcome.ERROR:
            return f"{self.last_error}\n{self.aim()}"
        return self.unmet(now, f", when the task's {self.wait.limit} expired")

    def aim(self) -> str:
        """Say what the task was waiting for, for an error that does not name it: one request reads many things."""
        look = f" See {self.wait.url}" if self.wait.url else ""
        return f"The task was waiting for {self.name}.{look}"

    def unmet(self, now: float, limit: str = "") -> str:
        """Say that the goal has not been reached, and what is known instead.

        :param now: The time, in epoch seconds.
        :param limit: Which limit ended the wait, if one did.
        """
        failed = f" The last read failed: {str(self.last_error).rstrip('.')}." if self.last_error else ""
        look = f" See {self.wait.url}" if self.wait.url else ""
        more = f" To wait longer, increase {self.wait.limit}." if limit else ""
        goal = f"been {self._goal()}" if self.wait.gone else f"reached the status {self._goal()}"
        return f"{self.name} had not {goal}{self._elapsed(now)}{limit}; {self._last_status()}.{failed}{more}{look}"

    @property
    def name(self) -> str:
        """What messages call the thing that is waited for."""
        return self.state.label if self.state else self._first_name

    def _goal(self) -> str:
        return self._words.gone if self.wait.gone else " or ".join(self.wait.target_statuses)

    def _elapsed(self, now: float) -> str:
        return "" if self.wait.started_at is None else f" after {format_wait(now - self.wait.started_at)}"

    def status_in_words(self) -> str:
        """Return the last known status, with the first line of the reason for it."""
        if self.state is None:
            return self.wait.last_status or UNKNOWN
        reason = (self.state.status_reason or "").partition("\n")[0]
        return f"{self.state.status} ({reason})" if reason else self.state.status

    def _last_status(self) -> str:
        """Return what is known at the end, as a part of a sentence that fits one thing and several."""
        seen = self.status_in_words()
        if seen.startswith(NOT_YET):
            return f"there was {seen.removeprefix(NOT_YET).strip(' ()') or f'no such {self._words.noun}'} yet"
        return f"the status is {UNKNOWN}" if seen == UNKNOWN else f"the last status was {seen}"

    def _details(self) -> str:
        """Return what the reason says beyond its first line, such as a stack trace."""
        reason = (self.state and self.state.status_reason) or ""
        return f"\n{details}" if (details := reason.partition("\n")[2]) else ""
