"""Clusters as the API shows them."""

from __future__ import annotations

from astro_provider.models.base import ApiModel, Item


class NodePool(ApiModel):
    """A node pool of a HYBRID cluster."""

    id: str
    name: str
    node_instance_type: str
    is_default: bool = False


class Cluster(Item):
    """A dedicated or hybrid cluster."""

    name: str
    type: str
    cloud_provider: str
    region: str
    node_pools: tuple[NodePool, ...] | None = None
