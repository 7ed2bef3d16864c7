"""Workspaces as the API shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from astro_provider.models.base import Item
from astro_provider.models.deployments import SubjectProfile  # noqa: TC001  (the same)


class Workspace(Item):
    """A Workspace; its new Deployments go by default to a cluster, or to a provider's region, or neither is set."""

    name: str
    description: str | None = None
    cicd_enforced_default: bool | None = None
    default_cloud_provider: str | None = None
    default_region: str | None = None
    default_cluster_id: str | None = None
    created_at: datetime
    created_by: SubjectProfile | None = None

    @property
    def label(self) -> str:
        """What messages call the Workspace."""
        return f"Workspace {self.name!r} ({self.id})"
