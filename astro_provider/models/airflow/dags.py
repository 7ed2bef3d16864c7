"""DAGs as a Deployment's Airflow shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from astro_provider.models.base import ResponseModel


class Tag(ResponseModel):
    """A tag of a DAG."""

    name: str


class Dag(ResponseModel):
    """A DAG.

    ``is_stale`` says that no file has it any more. ``schedule`` is what the UI shows; ``None``: it starts by hand only.
    ``bundle_name`` and ``bundle_version`` are Airflow 3's.
    """

    dag_id: str
    is_paused: bool | None = None
    is_stale: bool = False
    schedule: str | None = None
    last_parsed_time: datetime | None = None
    has_import_errors: bool | None = None
    bundle_name: str | None = None
    bundle_version: str | None = None
    fileloc: str | None = None
    relative_fileloc: str | None = None
    max_active_runs: int | None = None
    tags: tuple[Tag, ...] | None = None

    @property
    def tag_names(self) -> frozenset[str]:
        """The names of its tags."""
        return frozenset(tag.name for tag in self.tags or ())
