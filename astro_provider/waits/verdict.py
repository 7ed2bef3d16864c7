"""How a wait ended, as it travels from a trigger to a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from astro_provider.errors import WaitError, WaitFailedError, WaitGoneError, WaitTimeoutError
from astro_provider.waits.goal import Outcome

_ERRORS: dict[Outcome, type[WaitError]] = {
    Outcome.FAILED: WaitFailedError,
    Outcome.GONE: WaitGoneError,
    Outcome.TIMED_OUT: WaitTimeoutError,
    Outcome.EXECUTION_TIMED_OUT: WaitTimeoutError,
    Outcome.ERROR: WaitError,
}


@dataclass(frozen=True)
class Verdict:
    """The end of a wait.

    :param outcome: How it ended; never ``PENDING``.
    :param message: The same in words.
    :param facts: What tasks pass on about the thing that was waited for; empty if it was never seen.
    """

    outcome: Outcome
    message: str
    facts: Mapping[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.outcome is Outcome.PENDING:
            raise ValueError("A wait that is pending has no verdict yet.")

    def as_event(self) -> dict[str, Any]:
        """Return the verdict as plain data."""
        return {**asdict(self), "outcome": self.outcome.value}

    @classmethod
    def from_event(cls, event: object) -> Verdict:
        """Read the verdict from a trigger's event.

        :param event: What Airflow handed to the task.
        :raises WaitError: It is not a verdict. That must never count as success.
        """
        if not isinstance(event, Mapping):
            raise _unusable(f"it is {_type_name(event)}, not a mapping")
        known = {outcome.value: outcome for outcome in Outcome if outcome is not Outcome.PENDING}
        outcome, message, facts = event.get("outcome"), event.get("message"), event.get("facts")
        if outcome is None:
            raise _unusable("it has no outcome")
        if not isinstance(outcome, str) or outcome not in known:
            raise _unusable(f"its outcome is {outcome!r}; possible outcomes: {', '.join(map(repr, known))}")
        if not isinstance(message, str):
            raise _unusable(f"its message is {_type_name(message)}, not text")
        if not isinstance(facts, Mapping) or not all(_is_fact(*fact) for fact in facts.items()):
            raise _unusable("its facts are not a mapping of names to text")
        return cls(known[outcome], message, dict(facts))

    def raise_if_bad(self) -> None:
        """Raise the error that a bad end stands for; nothing if the wait ended well.

        :raises WaitError: The wait ended badly.
        """
        if self.outcome is not Outcome.DONE:
            raise _ERRORS[self.outcome](self.message)


def _is_fact(key: object, value: object) -> bool:
    return isinstance(key, str) and (value is None or isinstance(value, str))


def _type_name(value: object) -> str:
    return "missing" if value is None else f"of type {type(value).__name__}"


def _unusable(reason: str) -> WaitError:
    return WaitError(
        f"The triggerer's event does not contain the result of the wait: {reason}. "
        "Check that the worker and the triggerer have the same version of airflow-provider-astro."
    )
