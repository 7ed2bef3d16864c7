"""Request bodies about task instances."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from astro_provider.emulator.airflow.bodies import RELATIONS, AirflowBody, Moment, with_ranges
from astro_provider.emulator.airflow.pages import MOST


class ClearTasks2(AirflowBody):
    """Which task instances Airflow 2 is to clear."""

    dry_run: bool = True
    start_date: Moment | None = None
    end_date: Moment | None = None
    only_failed: bool = True
    only_running: bool = False
    include_subdags: bool = False
    include_parentdag: bool = False
    reset_dag_runs: bool = False
    task_ids: Annotated[list[str], Field(min_length=1)] | None = None
    dag_run_id: str | None = None
    include_upstream: bool = False
    include_downstream: bool = False
    include_future: bool = False
    include_past: bool = False

    @model_validator(mode="after")
    def _check(self) -> ClearTasks2:
        _check_clear(self, both_failed_and_running=self.only_failed and self.only_running)
        return self


class ClearTasks3(AirflowBody):
    """Which task instances Airflow 3 is to clear."""

    dry_run: bool = True
    start_date: Moment | None = None
    end_date: Moment | None = None
    only_failed: bool = True
    only_running: bool = False
    reset_dag_runs: bool = True
    task_ids: list[str | tuple[str, int]] | None = None
    dag_run_id: str | None = None
    include_upstream: bool = False
    include_downstream: bool = False
    include_future: bool = False
    include_past: bool = False
    run_on_latest_version: bool | None = None
    prevent_running_task: bool = False
    note: Annotated[str, Field(max_length=1000)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _check(cls, data: Any) -> Any:
        if isinstance(data, dict):
            both = bool(data.get("only_failed") and data.get("only_running"))
            _check_clear(data, both_failed_and_running=both)
            if isinstance(data.get("task_ids"), list) and not data["task_ids"]:
                raise ValueError("task_ids list should have at least 1 element.")
        return data


class _TaskBatch2(AirflowBody):
    """Which task instances to list."""

    page_offset: Annotated[int, Field(ge=0)] = 0
    page_limit: Annotated[int, Field(ge=1)] = MOST
    dag_ids: list[str] | None = None
    dag_run_ids: list[str] | None = None
    task_ids: list[str] | None = None
    state: list[str | None] | None = None
    pool: list[str] | None = None
    queue: list[str] | None = None
    executor: list[str] | None = None


class _TaskBatch3(AirflowBody):
    """Which task instances to list."""

    dag_ids: list[str] | None = None
    dag_run_ids: list[str] | None = None
    task_ids: list[str] | None = None
    state: list[str | None] | None = None
    pool: list[str] | None = None
    queue: list[str] | None = None
    executor: list[str] | None = None
    page_offset: Annotated[int, Field(ge=0)] = 0
    page_limit: Annotated[int, Field(ge=0)] = MOST
    order_by: str | None = None


#: Which task instances to list, each line with its ranges of dates.
TaskBatch2 = with_ranges(_TaskBatch2, ("execution_date", "start_date", "end_date"), ("gte", "lte"))
TaskBatch3 = with_ranges(_TaskBatch3, ("run_after", "logical_date", "start_date", "end_date"), RELATIONS)


def _check_clear(data: Any, *, both_failed_and_running: bool) -> None:
    def value(name: str) -> Any:
        return data.get(name) if isinstance(data, dict) else getattr(data, name)

    if both_failed_and_running:
        raise ValueError("only_failed and only_running both are set to True")
    if value("start_date") and value("end_date") and value("start_date") > value("end_date"):
        raise ValueError("end_date is sooner than start_date")
    for name in ("start_date", "end_date"):
        if value(name) and value("dag_run_id"):
            raise ValueError(f"Exactly one of dag_run_id or {name} must be provided")
