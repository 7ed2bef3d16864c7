"""What a cluster may be made of, as the API shows it."""

from __future__ import annotations

from astro_provider.models.base import ApiModel


class Region(ApiModel):
    """A cloud provider's region."""

    name: str


class ClusterOptions(ApiModel):
    """What a cluster in one provider's cloud may be made of; only its places are read."""

    provider: str
    regions: tuple[Region, ...]
