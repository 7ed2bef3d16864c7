"""Deploys as the API shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from astro_provider.models.base import Item


class Deploy(Item):
    """One deploy of code to a Deployment.

    ``type`` and ``status`` are text, not a closed set of words: the API document lists no type for a dbt project's
    deploy, but its bundle fields show that there is one.
    """

    type: str
    status: str
    created_at: datetime
    description: str | None = None
    image_tag: str | None = None
    dag_tarball_version: str | None = None
