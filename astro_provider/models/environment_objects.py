"""Objects of the Environment Manager as the API shows them."""

from __future__ import annotations

from typing import Any

from astro_provider.models.base import ApiModel, Item

#: The field of an object that holds what it is, by its type.
PARTS = {
    "CONNECTION": "connection",
    "ENVIRONMENT_VARIABLE": "environment_variable",
    "AIRFLOW_VARIABLE": "airflow_variable",
    "METRICS_EXPORT": "metrics_export",
}


class CreatedObject(Item):
    """What a create returns: the id alone."""


class ObjectLink(ApiModel):
    """A Deployment that a Workspace's object is linked to, and what that Deployment has instead of its fields."""

    scope: str = "DEPLOYMENT"
    scope_entity_id: str
    connection_overrides: dict[str, Any] | None = None
    environment_variable_overrides: dict[str, Any] | None = None
    airflow_variable_overrides: dict[str, Any] | None = None
    metrics_export_overrides: dict[str, Any] | None = None


class ExcludedLink(ApiModel):
    """A Deployment that a Workspace's object is never linked to."""

    scope: str = "DEPLOYMENT"
    scope_entity_id: str


class EnvironmentObject(Item):
    """A connection, a variable or a metrics export of a Workspace or a Deployment; secrets are left out or blank.

    The typed parts are as the API writes them, so that an update can send back all of them.
    """

    object_key: str
    object_type: str
    scope: str
    scope_entity_id: str
    description: str | None = None
    auto_link_deployments: bool | None = None
    links: tuple[ObjectLink, ...] | None = None
    exclude_links: tuple[ExcludedLink, ...] | None = None
    connection: dict[str, Any] | None = None
    environment_variable: dict[str, Any] | None = None
    airflow_variable: dict[str, Any] | None = None
    metrics_export: dict[str, Any] | None = None
    set_fields: tuple[str, ...] = ()

    @property
    def part(self) -> dict[str, Any]:
        """What it is, as the API writes it."""
        return getattr(self, PARTS.get(self.object_type, ""), None) or {}

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"{self.object_type.replace('_', ' ').lower()} {self.object_key!r}"
