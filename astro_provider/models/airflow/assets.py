"""Assets (datasets on Airflow 2) and their events as a Deployment's Airflow shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)
from typing import Any

from pydantic import AliasChoices, Field

from astro_provider.models.base import ResponseModel


class Asset(ResponseModel):
    """An asset; on Airflow 2, where it is a dataset, ``name`` is ``None``."""

    id: int
    uri: str
    name: str | None = None


class AssetEvent(ResponseModel):
    """An event of an asset; ``source_dag_id`` is ``None`` if it came through the API."""

    id: int | None = None
    asset_id: int = Field(validation_alias=AliasChoices("asset_id", "dataset_id"))
    timestamp: datetime | None = None
    extra: dict[str, Any] | None = None
    source_dag_id: str | None = None
    source_task_id: str | None = None
    source_run_id: str | None = None
