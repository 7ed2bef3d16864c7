"""What a wait is for, and whether it has been reached. Pure: no clock, no network, no Airflow."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

#: For how long after a change a target status may still be the one from before, in seconds.
SETTLE = 60.0
#: What stands for the status of a thing that does not exist yet.
NOT_YET = "not there yet"


class State(Protocol):
    """What the API says about the thing that is waited for: a Deployment, a deploy, a DAG run."""

    @property
    def label(self) -> str:
        """What log lines and errors call it, such as ``Deployment 'staging' (cl...)``."""

    @property
    def status(self) -> str:
        """Its status, in the API's spelling."""

    @property
    def status_reason(self) -> str | None:
        """The API's own explanation of the status."""

    @property
    def facts(self) -> Mapping[str, str | None]:
        """What tasks pass on about it as XComs: plain data, nothing secret."""


class Outcome(enum.Enum):
    """How a wait stands."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    GONE = "gone"
    TIMED_OUT = "timed out"
    EXECUTION_TIMED_OUT = "execution timed out"
    ERROR = "error"
    """It cannot be waited for: a wrong connection, a revoked token."""


@dataclass(kw_only=True, eq=False, repr=False)
class Goal:
    """What a wait is for.

    :param target_statuses: Statuses that end the wait well.
    :param failure_statuses: Statuses that end it badly.
    :param gone: The wait is for the thing to be deleted.
    :param settle_until: Epoch seconds before which a target status only counts once another one was seen: the first
        HEALTHY after an update may still be the old one.
    """

    target_statuses: Collection[str] = ()
    failure_statuses: Collection[str] = ()
    gone: bool = False
    settle_until: float = 0.0

    def __post_init__(self) -> None:
        # Lists in a fixed order: a trigger's fields have to survive JSON unchanged.
        self.target_statuses = sorted(self.target_statuses)
        self.failure_statuses = sorted(self.failure_statuses)

    def judge(self, state: State | None, *, moved: bool = True, now: float = 0.0) -> Outcome:
        """Compare one response with the goal.

        :param state: What the API says; ``None`` if the thing certainly does not exist.
        :param moved: Whether a status outside the targets has been seen since the wait began.
        :param now: The time, in epoch seconds.
        """
        if state is None:
            return Outcome.DONE if self.gone else Outcome.GONE
        if self.gone:
            return Outcome.PENDING
        if state.status in self.failure_statuses:
            return Outcome.FAILED
        if state.status in self.target_statuses and (moved or now >= self.settle_until):
            return Outcome.DONE
        return Outcome.PENDING
