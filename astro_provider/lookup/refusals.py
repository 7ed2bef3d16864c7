"""What is wrong with a Deployment file that Astro refused, as far as Astro's own lists tell."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import AstroError
from astro_provider.plan import type_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from astro_provider.client import AstroClient
    from astro_provider.deployment_file.model import DeploymentFile


def advice(client: AstroClient, file: DeploymentFile) -> Iterator[str]:
    """Yield what the file asks for and Astro does not list, with the nearest of what it lists.

    This is advice after a refusal, and no reason to refuse a file: Astro may accept a version that it no longer lists,
    and lists regions only for dedicated clusters, while its own clusters may be elsewhere. A list that cannot be read
    is left out.

    :param client: The client.
    :param file: The refused file.
    """
    for part in (_region, _runtime):
        with suppress(AstroError):
            yield from part(client, file)


def _region(client: AstroClient, file: DeploymentFile) -> Iterator[str]:
    provider, region = file.configuration.cloud_provider, file.configuration.region
    if not provider or not region or type_of_file(file.configuration, None) != "STANDARD":
        return
    options = client.cluster_options.get(cluster_type="DEDICATED", cloud_provider=provider)
    known = sorted({each.name for listed in options if listed.provider == provider for each in listed.regions})
    if known and region.lower() not in {name.lower() for name in known}:
        hint, listed = did_you_mean(region, known), ", ".join(known)
        where = _where(file, "region")
        yield f"{where}: {region!r} is not a region that Astro lists for {provider}.{hint} Listed: {listed}."


def _runtime(client: AstroClient, file: DeploymentFile) -> Iterator[str]:
    runtime = file.configuration.runtime_version
    if not runtime:
        return
    options = client.deployment_options.get(deployment_type=type_of_file(file.configuration, None))
    known = {each.version: each.airflow_version for each in options.runtime_releases}
    if known and runtime not in known:
        listed = ", ".join(f"{version} (Airflow {airflow or 'unknown'})" for version, airflow in known.items())
        yield (
            f"{_where(file, 'runtime_version')}: {runtime!r} is not an Astro Runtime version that Astro lists."
            f"{_of_airflow(runtime, known) or did_you_mean(runtime, known)} Listed: {listed}."
        )


def _of_airflow(version: str, known: Mapping[str, str]) -> str:
    """Return a hint at the Astro Runtime that contains an Airflow, in case its version was written instead."""
    minor = ".".join(version.split(".")[:2])
    exact = [runtime for runtime, airflow in known.items() if airflow == version]
    close = [runtime for runtime, airflow in known.items() if "." in version and airflow.startswith(f"{minor}.")]
    found = next(iter(exact + close), None)
    return f" Airflow {version} is not an Astro Runtime; {found} contains Airflow {known[found]}." if found else ""


def _where(file: DeploymentFile, key: str) -> str:
    return file.origin.where(("deployment", "configuration", key))
