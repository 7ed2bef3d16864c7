"""What a wait is for, when it is over, and what it says meanwhile. Pure: no clock, no network, no Airflow.

The blocking loop of a worker and the asynchronous loop of a trigger both feed a :class:`Watch` and do what it says.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from astro_provider.common.durations import format_wait
from astro_provider.errors import (
    DeploymentFailedError,
    DeploymentGoneError,
    WaitError,
    WaitTimeoutError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from astro_provider.models.deployments import DeploymentState

#: Longest silence of a wait's log, in seconds.
HEARTBEAT = 180.0
#: Shortest interval between looks, in seconds; an interval of 0 means this.
SHORTEST_INTERVAL = 0.01
#: For how long after an update a HEALTHY may still be the old one, in seconds.
SETTLE = 60.0


class Outcome(enum.Enum):
    """How a wait stands."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    GONE = "gone"
    TIMED_OUT = "timed out"


@dataclass(frozen=True)
class Goal:
    """What a wait is for.

    :param targets: Statuses that end the wait well.
    :param failures: Statuses that end it badly; none by default, since UNHEALTHY and UNKNOWN are passing states.
    :param gone: The wait is for the Deployment to vanish.
    :param settle_until: Epoch seconds before which a target status only counts once another one was seen: the first
        HEALTHY after an update may still be the old one.
    """

    targets: frozenset[str] = frozenset()
    failures: frozenset[str] = frozenset()
    gone: bool = False
    settle_until: float = 0.0

    def describe(self) -> str:
        """Return the goal in words, for log lines."""
        return "deleted" if self.gone else " or ".join(sorted(self.targets))


def outcome(deployment: DeploymentState | None, goal: Goal, *, moved: bool = True, now: float = 0.0) -> Outcome:
    """Judge one look at a Deployment.

    :param deployment: What the API shows; ``None`` when it surely does not exist.
    :param goal: What the wait is for.
    :param moved: Whether a status outside the targets has been seen since the wait began.
    :param now: The time, in epoch seconds.
    """
    if deployment is None:
        return Outcome.DONE if goal.gone else Outcome.GONE
    if goal.gone:
        return Outcome.PENDING
    if deployment.status in goal.failures:
        return Outcome.FAILED
    if deployment.status in goal.targets and (moved or now >= goal.settle_until):
        return Outcome.DONE
    return Outcome.PENDING


@dataclass
class Watch:
    """One wait as it goes on.

    :param deployment_id: The Deployment that is waited for.
    :param goal: What the wait is for.
    :param started_at: Epoch seconds; ``None``: not known, as in a look of a poking sensor, and then not talked of.
    :param deadline: Epoch seconds after which the wait has failed.
    :param url: Where a person would look.
    :param known_as: How messages call the Deployment while it has not been seen by this watch.
    :param last_status: Its status by an earlier watch of the same wait.
    :param phase: Seconds by which the looks are shifted against whole multiples of the interval: the same for waits
        that share bulk reads, different for those that do not, lest they all ask at once.
    """

    deployment_id: str
    goal: Goal
    started_at: float | None
    deadline: float
    url: str | None = None
    known_as: str | None = None
    last_status: str | None = None
    phase: float = 0.0
    last: DeploymentState | None = None
    trouble: str | None = None
    _moved: bool = field(default=False, repr=False)
    _spoke_at: float = field(default=float("-inf"), repr=False)
    _spoke_of: tuple[str | None, str | None] | None = field(default=None, repr=False)

    def look(self, deployment: DeploymentState | None, now: float) -> Outcome:
        """Take in what the API shows and say how the wait stands.

        :param deployment: What the API shows; ``None`` when it surely does not exist.
        :param now: The time, in epoch seconds.
        """
        self.trouble = None
        if deployment is not None:
            if deployment != self.last:  # else what is held lives on: less for the garbage collector of a triggerer
                self.last = deployment
            self._moved = self._moved or deployment.status not in self.goal.targets
        result = outcome(deployment, self.goal, moved=self._moved, now=now)
        return self._or_timeout(result, now)

    def handover(self) -> dict[str, Any]:
        """Return what another watch needs to go on with this wait, as plain data."""
        return {
            "deployment_id": self.deployment_id,
            "target_statuses": sorted(self.goal.targets),
            "failure_statuses": sorted(self.goal.failures),
            "gone": self.goal.gone,
            # Once another status was seen, the next target status is the real one.
            "settle_until": 0.0 if self._moved else self.goal.settle_until,
            "started_at": self.started_at,
            "deadline": self.deadline,
            "url": self.url,
            "known_as": self._name(),
            "last_status": self._status(),
        }

    def stumble(self, error: Exception, now: float) -> Outcome:
        """Take in that the API could not be asked; that alone never ends a wait.

        :param error: What happened.
        :param now: The time, in epoch seconds.
        """
        self.trouble = str(error)
        return self._or_timeout(Outcome.PENDING, now)

    def _or_timeout(self, result: Outcome, now: float) -> Outcome:
        return Outcome.TIMED_OUT if result is Outcome.PENDING and now >= self.deadline else result

    def pause(self, poll_interval: float, now: float) -> float:
        """Return the seconds until the next look.

        Looks fall on whole multiples of the interval, shifted by ``phase``, so that waits with the same interval and
        phase share one bulk read.

        :param poll_interval: Seconds between looks.
        :param now: The time, in epoch seconds.
        """
        interval = max(poll_interval, SHORTEST_INTERVAL)
        until_tick = interval - (now - self.phase) % interval
        return max(0.0, min(until_tick, self.deadline - now))

    def line(self, now: float) -> str | None:
        """Return what the log should say now: something when the status changes, and at least every three minutes.

        :param now: The time, in epoch seconds.
        """
        of = (self.last.status if self.last else None, self.trouble)
        if of == self._spoke_of and now - self._spoke_at < HEARTBEAT:
            return None
        self._spoke_of, self._spoke_at = of, now
        waited = f"{self._after(now)}, waiting for {self.goal.describe()}"
        if self.trouble:
            return f"{self._name()}: could not be read{waited}: {self.trouble}"
        old = self.last is not None and self.last.status in self.goal.targets
        doubt = " This may still be the state before the update." if old else ""
        return f"{self._name()}: {self._status()}{waited}.{doubt}"

    def verdict(self, result: Outcome, now: float) -> dict[str, Any]:
        """Return the end of the wait as plain data, which survives the way from a trigger to a worker.

        :param result: How the wait ended.
        :param now: The time, in epoch seconds.
        """
        return {"outcome": result.value, "message": self._message(result, now), "deployment": summary(self.last)}

    def _message(self, result: Outcome, now: float) -> str:
        after = self._after(now)
        look = f" Look at {self.url}" if self.url else ""
        if result is Outcome.DONE:
            return f"{self._name()}: {'deleted' if self.goal.gone else self._status()}{after}."
        if result is Outcome.GONE:
            return f"{self._name()} vanished while this task waited for {self.goal.describe()}; somebody deleted it."
        if result is Outcome.FAILED:
            return f"{self._name()} is {self._status()}{after}, which this task counts as a failure.{look}"
        trouble = f" The last read failed: {self.trouble}" if self.trouble else ""
        return (
            f"{self._name()} is not {self.goal.describe()}{after}; its last status is {self._status()}.{trouble}{look}"
        )

    def _after(self, now: float) -> str:
        return "" if self.started_at is None else f" after {format_wait(now - self.started_at)}"

    def _name(self) -> str:
        return self.last.label if self.last else self.known_as or f"Deployment {self.deployment_id}"

    def _status(self) -> str:
        if self.last is None:
            return self.last_status or "not known"
        return f"{self.last.status} ({self.last.status_reason})" if self.last.status_reason else self.last.status


def summary(deployment: DeploymentState | None) -> dict[str, str | None]:
    """Return what tasks hand on about a Deployment: no environment variables, nothing secret.

    :param deployment: The Deployment; ``None`` gives an empty mapping.
    """
    if deployment is None:
        return {}
    return {
        "deployment_id": deployment.id,
        "deployment_name": deployment.name,
        "workspace_id": deployment.workspace_id,
        "status": deployment.status,
        "webserver_url": deployment.airflow_url,
        "airflow_api_url": deployment.airflow_api_url,
    }


def raise_for(verdict: Mapping[str, Any]) -> None:
    """Raise the error that a verdict stands for; nothing if the wait ended well.

    :param verdict: From :meth:`Watch.verdict`.
    :raises WaitError: The wait ended badly.
    """
    kinds: dict[str, type[WaitError]] = {
        Outcome.FAILED.value: DeploymentFailedError,
        Outcome.GONE.value: DeploymentGoneError,
        Outcome.TIMED_OUT.value: WaitTimeoutError,
    }
    if verdict["outcome"] != Outcome.DONE.value:
        raise kinds.get(verdict["outcome"], WaitError)(verdict["message"])
