"""Clusters, with their node pools: found by name or by id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.client.resource import Collection
from astro_provider.http.retry import Repeat
from astro_provider.models.clusters import Cluster

if TYPE_CHECKING:
    from collections.abc import Sequence


class Clusters(Collection[Cluster]):
    """The clusters of one Organization."""

    segment, noun, model = "clusters", "a cluster", Cluster

    def list(
        self, *, names: Sequence[str] = (), provider: str | None = None, repeat: Repeat = Repeat.SAFE
    ) -> list[Cluster]:
        """Return all clusters that match all filters, oldest first.

        :param names: Only clusters with exactly these names.
        :param provider: Only clusters of this cloud provider: AWS, AZURE or GCP.
        :param repeat: Which failures of a page's request are retried.
        """
        return self._items(self.model, {"provider": provider}, names=names, repeat=repeat)
