"""Which DAG runs have ended since the last look at all of them. Pure: no clock, no network, no Airflow."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    class Run(Protocol):
        """A DAG run, as far as it matters here."""

        @property
        def dag_id(self) -> str:
            """Its DAG."""

        @property
        def dag_run_id(self) -> str:
            """Its id."""

        @property
        def end_date(self) -> datetime | None:
            """When it ended."""


RunT = TypeVar("RunT", bound="Run")

#: How far back each look goes beyond the one before: a run may be stored some time after the moment at which it says
#: that it ended, and two clocks differ.
OVERLAP = timedelta(seconds=120)


class RunEnds:
    """Compares each look at the runs that have ended with the one before; each end is told once.

    The first look only takes stock. A run that is cleared and ends again has ended twice.

    :param memory: From :meth:`memory`, of an earlier process; anything else counts as none.
    """

    def __init__(self, memory: object = None) -> None:
        self._looked_at, self._seen = _recalled(memory)

    @property
    def since(self) -> datetime | None:
        """The moment since which the next look has to know all runs; ``None``: it only takes stock."""
        return None if self._looked_at is None else self._looked_at - OVERLAP

    def look(self, runs: Iterable[RunT], now: datetime) -> list[RunT]:
        """Take in the runs that have ended since :attr:`since`, and return those not seen before, oldest end first.

        :param runs: The runs.
        :param now: When the list was asked for, by the clock of their Airflow.
        """
        ended = sorted(((run.end_date, _key(run), run) for run in runs if run.end_date), key=lambda each: each[:2])
        fresh = [] if self._looked_at is None else [run for _, key, run in ended if key not in self._seen]
        kept = {key for key in self._seen if key not in {known for _, known, _ in ended}}
        self._looked_at = now if self._looked_at is None else max(now, self._looked_at)
        horizon = self._looked_at - OVERLAP
        self._seen = {key: at for at, key, _ in ended if at >= horizon} | {
            key: self._seen[key] for key in kept if self._seen[key] >= horizon
        }
        return fresh

    def memory(self) -> dict[str, Any]:
        """Return what a later process needs to go on from here, as plain data."""
        seen = {key: at.isoformat() for key, at in self._seen.items()}
        return {"looked_at": self._looked_at.isoformat() if self._looked_at else None, "seen": seen}


def _key(run: Run) -> str:
    return f"{run.dag_id}/{run.dag_run_id}/{run.end_date.isoformat() if run.end_date else ''}"


def _recalled(memory: object) -> tuple[datetime | None, dict[str, datetime]]:
    try:
        looked_at, seen = memory["looked_at"], memory["seen"]  # type: ignore[index]
        return datetime.fromisoformat(looked_at), {str(k): datetime.fromisoformat(at) for k, at in seen.items()}
    except (TypeError, KeyError, ValueError, AttributeError):
        return None, {}  # none, or of another version
