"""What is wrong with the region of a Deployment file that Astro refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.suggestions import did_you_mean
from astro_provider.plan import type_of_file

if TYPE_CHECKING:
    from astro_provider.client import AstroClient
    from astro_provider.deployment_file.model import DeploymentFile


def region_advice(client: AstroClient, file: DeploymentFile) -> str | None:
    """Say that Astro does not list the file's region, and what it lists; ``None`` if it does, or names none.

    The API lists regions only for dedicated clusters, and Astro's own clusters may be elsewhere. So this is advice
    after a refusal, and no reason to refuse a file.

    :param client: The client.
    :param file: The refused file.
    :raises AstroError: The regions cannot be read.
    """
    provider, region = file.configuration.cloud_provider, file.configuration.region
    if not provider or not region or type_of_file(file.configuration, None) != "STANDARD":
        return None
    options = client.cluster_options.get(cluster_type="DEDICATED", cloud_provider=provider)
    known = sorted({each.name for listed in options if listed.provider == provider for each in listed.regions})
    if not known or region.lower() in {name.lower() for name in known}:
        return None
    where = file.origin.where(("deployment", "configuration", "region"))
    hint, listed = did_you_mean(region, known), ", ".join(known)
    return f"{where}: {region!r} is not a region that Astro lists for {provider}.{hint} Listed: {listed}."
