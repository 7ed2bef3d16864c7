"""From the names that people write to the ids that the API takes. An id costs no call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from astro_provider.common.ids import looks_like_id
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import NameLookupError, NotFoundError
from astro_provider.http.retry import Repeat
from astro_provider.plan import Lookups, type_of_file

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from astro_provider.client import AstroClient
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.models.clusters import Cluster
    from astro_provider.models.deployment_options import DeploymentOptions
    from astro_provider.models.deployments import Deployment


def resolve_workspace(client: AstroClient, workspace: str | None, *, repeat: Repeat = Repeat.SAFE) -> str:
    """Return a Workspace's id.

    :param client: The client.
    :param workspace: Id or name; ``None``: the connection's or the token's own.
    :param repeat: How freely a call may be sent again.
    :raises NameLookupError: There is no such Workspace; the message lists those there are.
    :raises AmbiguousNameError: There are several.
    """
    if workspace is None:
        return client.workspace_id or _only_workspace(client)
    if looks_like_id(workspace):
        return workspace
    if found := client.workspaces.find(workspace, repeat=repeat):
        return found.id
    known = client.workspaces.list(repeat=repeat)
    if any(w.id == workspace for w in known):
        return workspace
    raise NameLookupError(unknown("Workspace", workspace, [w.name for w in known]))


def resolve_cluster(client: AstroClient, cluster: str) -> Cluster:
    """Return a cluster with its node pools.

    :param client: The client.
    :param cluster: Id or name.
    :raises NameLookupError: There is no such cluster; the message lists those there are.
    """
    if looks_like_id(cluster):
        try:
            return client.clusters.get(cluster)
        except NotFoundError:
            pass  # a name that looks like an id, perhaps
    if found := client.clusters.find(cluster):
        return found
    known = client.clusters.list()
    if by_id := [c for c in known if c.id == cluster]:
        return by_id[0]
    raise NameLookupError(unknown("cluster", cluster, [c.name for c in known]))


def workspace_called(client: AstroClient, text: str | None) -> str | None:
    """Return the id of the Workspace whose name looks like an id, if Astro knows no such id.

    :param client: The client.
    :param text: What was taken for an id.
    """
    found = client.workspaces.list(names=[text]) if text and looks_like_id(text) else []
    return found[0].id if len(found) == 1 else None


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


def workspace_problem(client: AstroClient, workspace_id: str | None) -> str | None:
    """Return the sentence about a Workspace that the token does not see; ``None`` if it sees it.

    :param client: The client.
    :param workspace_id: The Workspace's id; ``None``: no Workspace, and no problem.
    """
    if workspace_id is None or client.workspaces.list(workspace_ids=[workspace_id]):
        return None
    return unknown("Workspace", workspace_id, [f"{w.id} ({w.name})" for w in client.workspaces.list()])


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """Return the sentence about a name that does not exist.

    :param what: What it should name: a Workspace, a cluster.
    :param name: The name or id that finds nothing.
    :param known: The names there are.
    """
    hint = did_you_mean(name, known)
    listed = ", ".join(repr(k) for k in sorted(known)) or "none that this token can see"
    return f"There is no {what} {name!r}.{hint} Known: {listed}."


def _only_workspace(client: AstroClient) -> str:
    known = client.workspaces.list()
    if len(known) == 1:
        return known[0].id
    listed = ", ".join(repr(w.name) for w in known) or "none that this token can see"
    raise NameLookupError(
        f"The Workspace is not known. Name it in the task, the file or the connection. Known: {listed}."
    )


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
    """Read what there is where the Deployment is or goes; in a cluster, the file's provider says nothing."""
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
