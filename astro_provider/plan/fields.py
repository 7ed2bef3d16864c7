"""Which key of ``configuration`` is which field of the API, and for which types of Deployment."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from astro_provider.plan.amounts import PAIRS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from astro_provider.deployment_file.model import Configuration
    from astro_provider.models.deployments import Deployment
    from astro_provider.plan.problems import Problems

COMMON = {
    "name": "name",
    "description": "description",
    "executor": "executor",
    "ci_cd_enforcement": "is_cicd_enforced",
    "dag_deploy_enabled": "is_dag_deploy_enabled",
    "workload_identity": "workload_identity",
}
HOSTED = {
    "scheduler_size": "scheduler_size",
    "is_high_availability": "is_high_availability",
    "is_development_mode": "is_development_mode",
}
AMOUNTS = {name: name for pair in PAIRS for name in pair}
SCHEDULER = {"scheduler_au": "au", "scheduler_count": "replicas"}
SCHEDULER_LIMITS = {"au": (5, 24), "replicas": (1, 4)}

ONLY_HOSTED = (*HOSTED, *AMOUNTS, "remote_execution")
ONLY_HYBRID = ("scheduler_au", "scheduler_count", "default_worker_type")


def fields_of(deployment_type: str) -> dict[str, str]:
    """Return file key -> request field for what is copied as it stands.

    :param deployment_type: Type of the Deployment.
    """
    return COMMON if deployment_type == "HYBRID" else COMMON | HOSTED


def in_api_terms(config: Configuration, fields: dict[str, str]) -> dict[str, object]:
    """Return what the file says, under the names of the API.

    :param config: The file's ``configuration``.
    :param fields: File key -> request field.
    """
    return {field: value for key, field in fields.items() if (value := getattr(config, key)) is not None}


def note_unused(problems: Problems, deployment_type: str, current: Deployment | None = None) -> None:
    """Note what the file says that this type of Deployment does not have.

    :param problems: Holds the file; gets the notes.
    :param deployment_type: Type of the Deployment.
    :param current: The existing Deployment.
    """
    # Inspected files carry the scheduler's numbers for every type; as long as they are the present ones, all is well.
    present = {"scheduler_au": current.scheduler_au, "scheduler_count": current.scheduler_replicas} if current else {}
    for key in ONLY_HOSTED if deployment_type == "HYBRID" else ONLY_HYBRID:
        # False and 0 ask for nothing: exported files carry them for every type.
        if (said := getattr(problems.configuration, key)) and said != present.get(key):
            problems.note(f"is not used for {deployment_type} Deployments", "configuration", key)
    if deployment_type == "HYBRID" and problems.file.hibernation_schedules:
        problems.note("is not used for HYBRID Deployments", "hibernation_schedules")


def scheduler(problems: Problems, present: Mapping[str, int] = MappingProxyType({})) -> dict[str, int]:
    """Return the scheduler of a HYBRID Deployment as far as the file gives it; 0 gives nothing.

    :param problems: Holds the file; gets what is out of range.
    :param present: The existing Deployment's, which may stay as it is.
    """
    found = {}
    for key, field in SCHEDULER.items():
        value = getattr(problems.configuration, key)
        if not value:
            continue
        floor, ceiling = SCHEDULER_LIMITS[field]
        if value != present.get(field) and not floor <= value <= ceiling:
            problems.add(f"must be between {floor} and {ceiling}, not {value}", "configuration", key)
        found[field] = value
    return found
