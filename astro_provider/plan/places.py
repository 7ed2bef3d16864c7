"""Where a Deployment runs: a cluster, or a provider and region of Astronomer's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from astro_provider.common.ids import looks_like_id
from astro_provider.plan.fields import in_api_terms
from astro_provider.plan.problems import Problems

if TYPE_CHECKING:
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.models.clusters import Cluster
    from astro_provider.models.deployments import Deployment

#: Names of regions: us-east-1 and us-gov-west-1 (AWS), europe-west4 (GCP), eastus2 and francecentral (Azure).
REGION = re.compile(
    r"(us|eu|ap|sa|ca|me|af|il|mx|cn|asia|australia|europe|africa|(north|south)america)-[a-z-]+\d+"
    r"|(?=.*(north|south|east|west|central))[a-z]*(us|europe|asia|uk|india|japan|korea|australia|canada|brazil|africa|france|germany|norway|sweden"
    r"|switzerland|uae|qatar|poland|italy|israel|spain|mexico|zealand)(north|south|east|west|central)*\d?"
)


def place_fields(problems: Problems, deployment_type: str, cluster: Cluster | None) -> dict[str, object]:
    """Return where a new Deployment goes.

    :param problems: Holds the file; gets what is not possible and what is not used.
    :param deployment_type: STANDARD, DEDICATED or HYBRID.
    :param cluster: The cluster that the file names, if it was read.
    """
    config = problems.configuration
    if deployment_type == "STANDARD":
        _note_cluster(problems, config.region)
        if (config.cloud_provider is None) != (config.region is None):
            one, other = ("cloud_provider", "region") if config.region is None else ("region", "cloud_provider")
            problems.add(f"needs {other} as well; set both or neither", "configuration", one)
        return in_api_terms(config, {"cloud_provider": "cloud_provider", "region": "region"})
    if cluster:
        if cluster.type.upper() != deployment_type:
            found = f"cluster {cluster.name!r} is {cluster.type}, and the Deployment is {deployment_type}"
            problems.add(found, "configuration", "cluster_name")
        _note_elsewhere(problems, f"cluster {cluster.name!r}", cluster)
        return {"cluster_id": cluster.id}
    if not looks_like_id(config.cluster_name):
        problems.add(f"a {deployment_type} Deployment needs a cluster", "configuration", "cluster_name")
    return {"cluster_id": config.cluster_name or ""}


def check_place(problems: Problems, current: Deployment) -> None:
    """Refuse another provider or region for a STANDARD Deployment; of the others, the cluster decides.

    :param problems: Holds the file; gets what is not possible and what is not used.
    :param current: The existing Deployment.
    """
    if current.type != "STANDARD":
        _note_elsewhere(problems, "the Deployment", current)
        return
    _note_cluster(problems, problems.configuration.region, current.region)
    for key, asked, present in _differences(problems, current):
        problems.add(f"cannot be changed from {present!r} to {asked!r}", "configuration", key)


def place_notes(file: DeploymentFile, created: Deployment) -> tuple[str, ...]:
    """Return the notes on a provider and region that differ from where a new Deployment turned out to be.

    A cluster that the file or the task names by its id is not read before a create: the response says where it is.

    :param file: The file, overlaid.
    :param created: The new Deployment.
    """
    problems = Problems(file)
    _note_elsewhere(problems, "the Deployment", created)
    return tuple(problems.notes)


def _note_cluster(problems: Problems, *regions: str | None) -> None:
    """Note a cluster of one's own in a STANDARD file; the CLI writes the Deployment's region there."""
    named = problems.configuration.cluster_name
    known = {region.lower() for region in regions if region}
    if not named or named.lower() in known or REGION.fullmatch(named.lower()):
        return
    problems.note(
        f"{named!r} is not used, because the file is for a STANDARD Deployment, which runs where cloud_provider and "
        "region say; a cluster of your own is for deployment_type DEDICATED or HYBRID",
        "configuration",
        "cluster_name",
    )


def _note_elsewhere(problems: Problems, what: str, place: Cluster | Deployment) -> None:
    """Note a provider and region that differ from the cluster's: Astro does not read them there, nor does the CLI."""
    for key, asked, present in _differences(problems, place):
        problems.note(f"{asked} is not used, because {what} is in {present}", "configuration", key)


def _differences(problems: Problems, place: Cluster | Deployment) -> list[tuple[str, str, str]]:
    """Return key, what the file says, and what is, for provider and region; upper and lower case are the same."""
    pairs = ((key, getattr(problems.configuration, key), getattr(place, key)) for key in ("cloud_provider", "region"))
    return [(key, said, is_so) for key, said, is_so in pairs if said and is_so and said.lower() != is_so.lower()]
