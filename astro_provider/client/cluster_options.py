"""What a cluster may be made of."""

from __future__ import annotations

from astro_provider.http.pages import parse
from astro_provider.http.resource import Resource, pairs
from astro_provider.models.cluster_options import ClusterOptions as Options


class ClusterOptions(Resource):
    """Where clusters of one Organization may be, for each cloud provider."""

    segment, noun = "cluster-options", "cluster options"

    def get(self, *, cluster_type: str, cloud_provider: str | None = None) -> list[Options]:
        """Return the regions for a type of cluster, by provider.

        :param cluster_type: DEDICATED or HYBRID.
        :param cloud_provider: AWS, AZURE or GCP; ``None``: all.
        """
        filters = {"type": cluster_type, "provider": cloud_provider}
        found = self._api.json_list(self._path, params=pairs(filters))
        return [parse(Options, item, "GET", self._path) for item in found]
