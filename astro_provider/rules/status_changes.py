"""Which Deployments came to a status since the last look at all of them. Pure: no clock, no network, no Airflow."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from astro_provider.models.deployments import Deployment

#: A Deployment that was not seen before is a new one if it was created after the last look, or up to so many seconds
#: earlier: two clocks differ, and a list may lag behind. Any other only came into sight.
NEW_TOLERANCE = 120.0


@dataclass
class Seen:
    """What is known of one Deployment.

    :param status: Its status at the last look.
    :param since: Epoch seconds of the first look that showed it.
    :param told: Whether there was an event for it, or shall be none.
    :param before: The status before.
    """

    status: str
    since: float
    told: bool
    before: str | None = None


class Transitions:
    """Compares each look at a set of Deployments with the one before.

    The first look only takes stock: a status counts once a Deployment *comes* to it. A Deployment that was created
    since the last look has come to its status.

    :param targets: The statuses that are asked for.
    :param lasting: Seconds for which a status must have been seen before it counts.
    :param include_present: Whether a status counts, too, that a Deployment has when it is first seen.
    :param memory: From :meth:`memory`, of an earlier process; anything else counts as none.
    """

    def __init__(
        self,
        targets: Collection[str],
        *,
        lasting: float = 0.0,
        include_present: bool = False,
        memory: object = None,
    ) -> None:
        self._targets = targets
        self._lasting = lasting
        self._include_present = include_present
        self._looked_at, self._seen = _recalled(memory)

    def look(self, deployments: Iterable[Deployment], now: float) -> list[dict[str, Any]]:
        """Take in all Deployments as they are, and return an event for each that has come to a status asked for.

        :param deployments: All there are; those that are missing are forgotten.
        :param now: The time, in epoch seconds.
        """
        before, self._seen, events = self._seen, {}, []
        for deployment in deployments:
            seen = self._seen[deployment.id] = self._compared(before.get(deployment.id), deployment, now)
            if not seen.told and seen.status in self._targets and now - seen.since >= self._lasting:
                seen.told = True
                events.append(_event(deployment, seen))
        self._looked_at = now
        return events

    def _compared(self, seen: Seen | None, deployment: Deployment, now: float) -> Seen:
        if seen is None:
            return Seen(deployment.status, now, told=not (self._include_present or self._is_new(deployment)))
        if seen.status != deployment.status:
            return Seen(deployment.status, now, told=False, before=seen.status)
        return seen

    def _is_new(self, deployment: Deployment) -> bool:
        if self._looked_at is None:
            return False
        return deployment.created_at.timestamp() > self._looked_at - NEW_TOLERANCE

    def memory(self) -> dict[str, Any]:
        """Return what a later process needs to go on from here, as plain data; the same while nothing changes."""
        return {"looked_at": self._looked_at, "seen": {key: list(astuple(seen)) for key, seen in self._seen.items()}}


def _recalled(memory: object) -> tuple[float | None, dict[str, Seen]]:
    try:
        looked_at, seen = memory["looked_at"], memory["seen"]  # type: ignore[index]
        return float(looked_at), {str(key): Seen(*fields) for key, fields in seen.items()}
    except (TypeError, KeyError, ValueError, AttributeError):
        return None, {}  # none, or of another version


def _event(deployment: Deployment, seen: Seen) -> dict[str, Any]:
    """Say what happened, as plain data: no environment variables, nothing secret."""
    return {
        **deployment.facts,
        "workspace_name": deployment.workspace_name,
        "status_reason": deployment.status_reason,
        "previous_status": seen.before,
        "since": datetime.fromtimestamp(seen.since, timezone.utc).isoformat(timespec="seconds"),
        "updated_at": deployment.updated_at.isoformat(),
    }
