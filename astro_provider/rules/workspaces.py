"""What is sent about a Workspace: an update is complete, since what it leaves out may be lost. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import GuardError, PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from astro_provider.models.deployments import Deployment
    from astro_provider.models.workspaces import Workspace

PROVIDERS = ("AWS", "AZURE", "GCP")
#: Longest name of a Workspace. Source: ``maxLength`` of the API document.
LONGEST_NAME = 50
#: How many of the Deployments that still live in a Workspace are named.
NAMED = 20


@dataclass(frozen=True)
class Wanted:
    """What a Workspace should be; ``None``: as it is, or Astro's default.

    :param name: The name.
    :param description: The description.
    :param cicd_enforced: Whether new Deployments enforce CI/CD.
    :param cluster_id: The default cluster.
    :param cloud_provider: The default provider.
    :param region: The default region.
    """

    name: str
    description: str | None = None
    cicd_enforced: bool | None = None
    cluster_id: str | None = None
    cloud_provider: str | None = None
    region: str | None = None


def check_wanted(wanted: Wanted) -> None:
    """Refuse what Astro would refuse, before anything is sent.

    :param wanted: What the Workspace should be.
    :raises PlanError: Something does not fit.
    """
    if problems := list(_problems(wanted)):
        raise PlanError(problems)


def _problems(wanted: Wanted) -> Iterator[str]:
    if len(wanted.name) > LONGEST_NAME:
        yield f"workspace_name={wanted.name!r} has {len(wanted.name)} characters; at most {LONGEST_NAME} are allowed."
    if wanted.cloud_provider is not None and wanted.cloud_provider not in PROVIDERS:
        hint = did_you_mean(wanted.cloud_provider, PROVIDERS)
        allowed = ", ".join(map(repr, PROVIDERS))
        yield f"default_cloud_provider={wanted.cloud_provider!r} is not valid; allowed: {allowed}.{hint}"
    if (wanted.cloud_provider is None) != (wanted.region is None):
        names = ("default_cloud_provider", "default_region")
        given, missing = names if wanted.region is None else names[::-1]
        yield f"{given} is set without {missing}; set both or neither."
    if wanted.cluster_id and wanted.region:
        yield "default_cluster and default_region cannot be combined; set only one of them."


def create_body(wanted: Wanted) -> dict[str, object]:
    """Return the body of a create request.

    :param wanted: What the Workspace should be.
    """
    fields = {
        "name": wanted.name,
        "description": wanted.description,
        "cicdEnforcedDefault": wanted.cicd_enforced,
        **_place(wanted),
    }
    return {key: value for key, value in fields.items() if value is not None}


def plan_update(existing: Workspace, wanted: Wanted) -> tuple[dict[str, object], list[str]]:
    """Return the complete body of an update, and what it changes, in words.

    :param existing: The Workspace as it is.
    :param wanted: What it should be.
    """
    before: dict[str, object] = {
        "name": existing.name,
        "description": existing.description or "",
        "cicdEnforcedDefault": bool(existing.cicd_enforced_default),
        "defaultClusterId": existing.default_cluster_id,
        "defaultCloudProvider": existing.default_cloud_provider,
        "defaultRegion": existing.default_region,
    }
    after = dict(before)
    if wanted.description is not None:
        after["description"] = wanted.description
    if wanted.cicd_enforced is not None:
        after["cicdEnforcedDefault"] = wanted.cicd_enforced
    if wanted.cluster_id or wanted.region:
        after |= _place(wanted)
    changes = [f"  ~ {key}: {before[key]!r} -> {after[key]!r}" for key in after if after[key] != before[key]]
    return {key: value for key, value in after.items() if value is not None}, changes


def check_empty(workspace: Workspace, deployments: Sequence[Deployment]) -> None:
    """Refuse to delete a Workspace in which something still lives.

    :param workspace: The Workspace.
    :param deployments: The Deployments in it.
    :raises GuardError: There are some.
    """
    if not deployments:
        return
    listed = ", ".join(f"{each.name!r} ({each.id})" for each in deployments[:NAMED])
    more = f" and {len(deployments) - NAMED} more" if len(deployments) > NAMED else ""
    count, them = f"{len(deployments)} Deployments", "them"
    if len(deployments) == 1:
        count, them = "1 Deployment", "it"
    raise GuardError(
        f"{workspace.label} was not deleted: it still contains {count}: {listed}{more}. Delete {them} first."
    )


def _place(wanted: Wanted) -> dict[str, object]:
    return {
        "defaultClusterId": wanted.cluster_id,
        "defaultCloudProvider": wanted.cloud_provider,
        "defaultRegion": wanted.region,
    }
