"""DAG runs as a Deployment's Airflow shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from astro_provider.models.base import ResponseModel

#: The states of a run that has ended. Any other, and any that a later Airflow adds, counts as not finished.
FINISHED = frozenset({"success", "failed"})


class DagRun(ResponseModel):
    """A run of a DAG; ``run_after``, ``queued_at`` and ``bundle_version`` are Airflow 3's."""

    dag_id: str
    dag_run_id: str
    state: str | None = None
    run_type: str | None = None
    logical_date: datetime | None = None
    run_after: datetime | None = None
    queued_at: datetime | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    bundle_version: str | None = None
    note: str | None = None

    @property
    def moment(self) -> datetime | None:
        """The time by which its Airflow filters and sorts runs: when it may start, or on Airflow 2 its logical date."""
        return self.run_after or self.logical_date

    @property
    def is_finished(self) -> bool:
        """Whether it has ended."""
        return self.state in FINISHED

    @property
    def label(self) -> str:
        """DAG and run id, as log lines and errors call it."""
        return f"run {self.dag_run_id!r} of DAG {self.dag_id!r}"

    @property
    def status(self) -> str:
        """Its state, as waits call it."""
        return self.state or "unknown"

    @property
    def status_reason(self) -> str | None:
        """Airflow gives no reason for a run's state."""
        return None

    @property
    def facts(self) -> dict[str, str | None]:
        """What tasks pass on about it as XComs."""
        return {"dag_run_id": self.dag_run_id, "state": self.state}
