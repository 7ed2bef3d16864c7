"""What was read for a plan, besides file and Deployment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_provider.models.clusters import Cluster
    from astro_provider.models.deployment_options import DeploymentOptions


@dataclass(frozen=True)
class Lookups:
    """What the caller read for a plan; :func:`needs` says which of it is used.

    :param workspace_id: Id of the Workspace: the one to create in, or the one that the file names.
    :param workspace_name: Its name, if known.
    :param cluster: To create, the cluster to create in. To update, the Deployment's own cluster, read by its id: node
        pools of any other one would be wrong.
    :param options: Limits and defaults for the type, executor and provider.
    """

    workspace_id: str | None = None
    workspace_name: str | None = None
    cluster: Cluster | None = None
    options: DeploymentOptions | None = None
