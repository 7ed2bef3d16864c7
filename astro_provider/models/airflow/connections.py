"""Connections as a Deployment's Airflow shows them: without secrets, or with a mask in their place."""

from __future__ import annotations

from pydantic import Field

from astro_provider.models.base import ResponseModel


class Connection(ResponseModel):
    """A connection. Airflow 2 never returns ``password``, and returns ``extra`` only for a single connection."""

    connection_id: str
    conn_type: str | None = None
    description: str | None = None
    host: str | None = None
    login: str | None = None
    schema_: str | None = Field(default=None, alias="schema")
    port: int | None = None
    password: str | None = Field(default=None, repr=False)
    extra: str | None = Field(default=None, repr=False)
