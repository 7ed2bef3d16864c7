"""Which type of Deployment a file asks for, also if it is older than the key ``deployment_type``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.plan.fields import ONLY_HOSTED, ONLY_HYBRID

if TYPE_CHECKING:
    from collections.abc import Iterable

    from astro_provider.deployment_file.model import Configuration, DeploymentFile
    from astro_provider.models.clusters import Cluster
    from astro_provider.plan.problems import Problems

SAYS_HOSTED = (*ONLY_HOSTED, "cloud_provider", "region")


def type_of_file(config: Configuration, cluster: Cluster | None) -> str | None:
    """Return the type of a new Deployment; ``None`` if nothing says it.

    Files of 2022 and 2023 have no ``deployment_type``: there was only HYBRID, in a named cluster, then.

    :param config: The file's ``configuration``.
    :param cluster: The cluster that the file names, if it was read.
    """
    if config.deployment_type:
        return config.deployment_type
    if cluster:
        return cluster.type.upper()
    return "HYBRID" if _keys(config, ONLY_HYBRID) and not _keys(config, SAYS_HOSTED) else None


def _keys(config: Configuration, keys: Iterable[str]) -> list[str]:
    """Return the keys of these that ask for something; exported files carry ``false`` and 0 for every type."""
    return [key for key in keys if getattr(config, key)]


def note_type(problems: Problems, cluster: Cluster | None) -> None:
    """Note the type that a file without one gets, and why.

    :param problems: Holds the file; gets the note.
    :param cluster: The cluster that the file names, if it was read.
    """
    config = problems.configuration
    if config.deployment_type is None and (found := type_of_file(config, cluster)):
        keys = ", ".join(_keys(config, ONLY_HYBRID))
        reason = f"the type of cluster {cluster.name!r}" if cluster else f"which alone has {keys}"
        problems.note(f"is missing; taken as {found}, {reason}", "configuration", "deployment_type")


def check_type(file: DeploymentFile) -> None:
    """Refuse a file from which no type can be known, even after a look-up of its cluster.

    :param file: The file, overlaid.
    :raises DeploymentFileError: Neither type, nor cluster, nor a key that only HYBRID Deployments have.
    """
    config = file.configuration
    if config.cluster_name or type_of_file(config, None):
        return
    found = "is missing; must be one of STANDARD, DEDICATED, HYBRID"
    if config.cloud_provider or config.region:
        found += "; for a file with cloud_provider and region, set it to STANDARD"
    raise file.origin.error(found, ("deployment", "configuration", "deployment_type"))
