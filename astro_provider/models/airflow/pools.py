"""Pools as a Deployment's Airflow shows them."""

from __future__ import annotations

from astro_provider.models.base import ResponseModel

#: The pool that every Airflow has, and that cannot be renamed or deleted.
DEFAULT_POOL = "default_pool"


class Pool(ResponseModel):
    """A pool. ``slots`` is -1 if there is no limit."""

    name: str
    slots: int
    include_deferred: bool = False
    description: str | None = None
