"""Import errors of DAG files as a Deployment's Airflow shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from astro_provider.models.base import ResponseModel


class DagImportError(ResponseModel):
    """Why a file gives no DAGs; ``bundle_name`` is Airflow 3's."""

    import_error_id: int
    timestamp: datetime | None = None
    filename: str | None = None
    bundle_name: str | None = None
    stack_trace: str | None = None
