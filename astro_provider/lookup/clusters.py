"""From the name or the id of a cluster to the cluster, with its node pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.ids import looks_like_id
from astro_provider.errors import NameLookupError, NotFoundError
from astro_provider.lookup.names import unknown_name

if TYPE_CHECKING:
    from astro_provider.client import AstroClient
    from astro_provider.models.clusters import Cluster


def resolve_cluster(client: AstroClient, cluster: str) -> Cluster:
    """Return a cluster with its node pools.

    :param client: The client.
    :param cluster: Id or name.
    :raises NameLookupError: There is no such cluster; the message lists those there are.
    :raises AmbiguousNameError: There are several.
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
    raise NameLookupError(unknown_name("cluster", cluster, [c.name for c in known]))
