"""Writing a live Deployment as a Deployment file: reads what the file needs besides the Deployment itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.deployment_file import inspect, needs_cluster

if TYPE_CHECKING:
    from astro_provider.client import AstroClient
    from astro_provider.common.choices import FileFormat
    from astro_provider.models.deployments import Deployment


def write_file(client: AstroClient, deployment: Deployment, *, template: bool, output_format: FileFormat) -> str:
    """Return a Deployment as the text of a Deployment file; one call if its cluster is needed, else none.

    :param client: The client.
    :param deployment: The Deployment as the API answered.
    :param template: Whether to write a template for new Deployments instead.
    :param output_format: ``yaml`` or ``json``.
    """
    cluster = client.clusters.get(str(deployment.cluster_id)) if needs_cluster(deployment) else None
    url = client.deployment_url(deployment.workspace_id, deployment.id)
    return inspect(deployment, cluster, url=url, template=template, output_format=output_format)
