"""The existing Deployment, written as the request that would change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.plan.fields import AMOUNTS

if TYPE_CHECKING:
    from astro_provider.models.api import Deployment

Fields = dict[str, Any]

SHARED = ("name", "workspace_id", "executor", "is_cicd_enforced", "is_dag_deploy_enabled", "description")
OF_HOSTED = ("scheduler_size", "is_high_availability", *AMOUNTS)


def kept(current: Deployment, kind: str) -> Fields:
    """Return the fields that every update sends, as they are now; what Astro does not show is left out.

    Left out on purpose: the workload identity, because Astro shows the effective one and sending that back would pin
    the platform's default; development mode, which may only be switched off; the hibernation specification.

    :param current: The existing Deployment.
    :param kind: Its type.
    """
    names = SHARED if kind == "HYBRID" else SHARED + OF_HOSTED
    fields = {name: value for name in names if (value := getattr(current, name)) is not None}
    if current.contact_emails is not None:
        fields["contact_emails"] = current.contact_emails
    if kind == "HYBRID" and current.executor == "KUBERNETES" and current.task_pod_node_pool_id:
        fields["task_pod_node_pool_id"] = current.task_pod_node_pool_id
    if kind == "HYBRID":
        fields["scheduler"] = {
            name: value
            for name, value in (("au", current.scheduler_au), ("replicas", current.scheduler_replicas))
            if value is not None
        }
    return fields | {"type": kind}


def unchangeable(current: Deployment) -> dict[str, tuple[str | None, ...]]:
    """Return file key -> what it may say, for everything that no update changes.

    :param current: The existing Deployment.
    """
    placed = {} if current.type == "STANDARD" else {"cluster_name": (current.cluster_name, current.cluster_id)}
    return {
        "deployment_type": (current.type,),
        "workspace_name": (current.workspace_name, current.workspace_id),
        "cloud_provider": (current.cloud_provider,),
        "region": (current.region,),
        **placed,
    }
