"""Request bodies about DAG runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from astro_provider.emulator.airflow.bodies import RELATIONS, AirflowBody, Moment, with_ranges
from astro_provider.emulator.airflow.pages import MOST

Note = Annotated[str, Field(max_length=1000)]


class Trigger2(AirflowBody):
    """A run that Airflow 2 is to start."""

    dag_run_id: Annotated[str, Field(max_length=250)] | None = None
    logical_date: Moment | None = None
    execution_date: Moment | None = None
    conf: dict[str, Any] = {}
    note: str | None = None
    data_interval_start: Moment | None = None
    data_interval_end: Moment | None = None


class Trigger3(AirflowBody):
    """A run that Airflow 3 is to start: ``logical_date`` must be there, and may be null."""

    dag_run_id: str | None = None
    data_interval_start: Moment | None = None
    data_interval_end: Moment | None = None
    logical_date: Moment | None
    run_after: Moment | None = None
    conf: dict[str, Any] | None = None
    note: str | None = None
    partition_key: str | None = None


class State2(AirflowBody):
    """A state to put a run into."""

    state: Literal["success", "failed", "queued"]


class State3(AirflowBody):
    """What of a run Airflow 3 lets change."""

    state: Literal["queued", "success", "failed"] | None = None
    note: Note | None = None


class Clear2(AirflowBody):
    """How to clear a run."""

    dry_run: bool = True


class Clear3(Clear2):
    """How to clear a run."""

    only_failed: bool = False
    only_new: bool = False
    run_on_latest_version: bool | None = None
    note: Note | None = None

    @model_validator(mode="after")
    def _check(self) -> Clear3:
        if self.only_new and self.only_failed:
            raise ValueError("only_new and only_failed are mutually exclusive")
        return self


class _Batch2(AirflowBody):
    """Which runs to list."""

    order_by: str = "id"
    page_offset: Annotated[int, Field(ge=0)] = 0
    page_limit: Annotated[int, Field(ge=1)] = MOST
    dag_ids: list[str] | None = None
    states: list[str] | None = None


class _Batch3(AirflowBody):
    """Which runs to list."""

    order_by: str | None = None
    page_offset: Annotated[int, Field(ge=0)] = 0
    page_limit: Annotated[int, Field(ge=0)] = MOST
    dag_ids: list[str] | None = None
    states: list[Literal["queued", "running", "success", "failed"] | None] | None = None
    conf_contains: str | None = None


#: Which runs to list, each line with its ranges of dates.
Batch2 = with_ranges(_Batch2, ("execution_date", "start_date", "end_date"), ("gte", "lte"))
Batch3 = with_ranges(_Batch3, ("run_after", "logical_date", "start_date", "end_date"), RELATIONS)
