"""Variables as a Deployment's Airflow shows them."""

from __future__ import annotations

from pydantic import Field

from astro_provider.models.base import ResponseModel


class Variable(ResponseModel):
    """A variable. ``value`` is ``None`` if Airflow cannot decrypt it; Airflow 3 masks it if it looks like a secret."""

    key: str
    value: str | None = Field(default=None, repr=False)
    description: str | None = None
