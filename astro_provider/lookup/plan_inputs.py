"""What a plan needs besides the file: read with as few calls as possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from astro_provider.common.ids import looks_like_id
from astro_provider.lookup.clusters import resolve_cluster
from astro_provider.lookup.workspaces import resolve_workspace, workspace_called
from astro_provider.plan import Lookups, type_of_file

if TYPE_CHECKING:
    from collections.abc import Set

    from astro_provider.client import AstroClient
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.models.clusters import Cluster
    from astro_provider.models.deployment_options import DeploymentOptions
    from astro_provider.models.deployments import Deployment


def with_ids(client: AstroClient, file: DeploymentFile) -> DeploymentFile | None:
    """Return a file with ids in the place of names that look like ids; ``None`` if it has no such names.

    :param client: The client.
    :param file: The Deployment file, which Astro refused.
    """
    workspace = workspace_called(client, file.configuration.workspace_name)
    cluster = file.configuration.cluster_name
    clusters = client.clusters.list(names=[cluster]) if cluster and looks_like_id(cluster) else []
    if workspace is None and len(clusters) != 1:
        return None
    return file.overlay(workspace=workspace, cluster=clusters[0].id if len(clusters) == 1 else None)


def look_up(
    client: AstroClient,
    needed: Set[Literal["workspace", "cluster", "options"]],
    file: DeploymentFile,
    current: Deployment | None,
    *,
    workspace_id: str | None = None,
) -> Lookups:
    """Read what a plan needs, and nothing else.

    :param client: The client.
    :param needed: From :func:`astro_provider.plan.needs`.
    :param file: The Deployment file.
    :param current: The Deployment that is to be updated; ``None`` for a create.
    :param workspace_id: The Workspace to create in, already resolved.
    """
    config = file.configuration
    # An update is planned with the Deployment's own cluster, whatever the file says: it cannot be changed.
    cluster_key = current.cluster_id if current else config.cluster_name
    cluster = resolve_cluster(client, cluster_key) if "cluster" in needed and cluster_key else None
    if current and "workspace" in needed:
        workspace_id = resolve_workspace(client, config.workspace_name)
    return Lookups(
        workspace_id=workspace_id,
        workspace_name=config.workspace_name if current else None,
        cluster=cluster,
        options=_options(client, file, current, cluster) if "options" in needed else None,
    )


def _options(
    client: AstroClient, file: DeploymentFile, current: Deployment | None, cluster: Cluster | None
) -> DeploymentOptions:
    """Read what there is where the Deployment is or goes; in a cluster, the file's provider has no effect."""
    config = file.configuration
    deployment_type = (current.type if current else None) or type_of_file(config, cluster)
    provider = current.cloud_provider if current else cluster.cloud_provider if cluster else None
    if provider is None and deployment_type == "STANDARD":
        provider = config.cloud_provider
    return client.deployment_options.get(
        deployment_type=deployment_type,
        executor=config.executor or (current.executor if current else None),
        cloud_provider=provider,
    )
