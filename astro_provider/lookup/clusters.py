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
    """
    if looks_like_id(cluster):
        try:
            return client.clusters.get(cluster)
        except NotFoundError:
            pass  # a name that looks like an id, perhaps
    found = client.clusters.list(names=[cluster])
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(c.id for c in found)
        raise NameLookupError(f"{len(found)} clusters are named {cluster!r}: {ids}. Give the id.")
    known = client.clusters.list()
    if by_id := [c for c in known if c.id == cluster]:
        return by_id[0]
    raise NameLookupError(unknown_name("cluster", cluster, [c.name for c in known]))
