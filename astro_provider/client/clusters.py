"""Clusters, with their node pools: found by name or by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from astro_provider.common.ids import checked_id
from astro_provider.http.pages import parse, read_all
from astro_provider.models.api import Cluster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_provider.http.transport import Transport


class Clusters:
    """The clusters of one Organization.

    :param transport: Where to send.
    :param organization_path: ``/organizations/{id}``.
    """

    def __init__(self, transport: Transport, organization_path: str) -> None:
        self._transport = transport
        self._path = f"{organization_path}/clusters"

    def list(self, *, names: Sequence[str] = (), provider: str | None = None) -> list[Cluster]:
        """Return all clusters that fit every given filter.

        :param names: Only these names, exactly.
        :param provider: Only on this cloud provider: AWS, AZURE or GCP.
        """
        filters = [*(("names", n) for n in names), *([("provider", provider)] if provider else [])]
        items = read_all(self._transport, self._path, "clusters", filters)
        found = [cast("Cluster", parse(Cluster, item, "GET", self._path)) for item in items]
        return [c for c in found if c.name in names] if names else found

    def get(self, cluster_id: str) -> Cluster:
        """Return one cluster.

        :param cluster_id: Its id.
        :raises NotFoundError: It does not exist.
        """
        path = f"{self._path}/{checked_id(cluster_id, 'a cluster')}"
        return cast("Cluster", parse(Cluster, self._transport.get(path), "GET", path))
