"""Task instances as a Deployment's Airflow shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from pydantic import field_validator

from astro_provider.models.base import ResponseModel

#: The states of a task that has ended for now. Any other, and any that a later Airflow adds, counts as not finished.
FINISHED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})


class TaskInstance(ResponseModel):
    """One task in one run; ``map_index`` is -1 where the task is not mapped, ``state`` is ``None`` before it starts."""

    dag_id: str
    dag_run_id: str
    task_id: str
    map_index: int = -1
    state: str | None = None
    try_number: int = 0
    max_tries: int | None = None
    operator: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    rendered_map_index: str | None = None

    @field_validator("state", mode="before")
    @classmethod
    def _no_state(cls, value: object) -> object:
        return None if value == "none" else value  # Airflow 2 has a word for it

    @property
    def label(self) -> str:
        """Its task id, and its map index if it has one, as log lines and errors call it."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"

    @property
    def is_finished(self) -> bool:
        """Whether it has ended for now."""
        return self.state in FINISHED
