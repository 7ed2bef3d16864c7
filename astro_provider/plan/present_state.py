"""The existing Deployment, written as the request that would change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.plan.executors import has_queues
from astro_provider.plan.fields import AMOUNTS
from astro_provider.plan.remote_execution import was_remote

if TYPE_CHECKING:
    from astro_provider.models.deployments import Deployment, WorkerQueue
    from astro_provider.plan.lookups import Lookups

Fields = dict[str, Any]

SHARED = ("name", "workspace_id", "executor", "is_cicd_enforced", "is_dag_deploy_enabled", "description")
OF_HOSTED = ("scheduler_size", *AMOUNTS)


def present_fields(current: Deployment, deployment_type: str) -> Fields:
    """Return the fields that every update sends, as they are now; what Astro does not show is left out.

    Left out on purpose: the workload identity, because Astro shows the effective one and sending that back would pin
    the platform's default. Development mode is sent if it is on, since no update switches it on again.

    :param current: The existing Deployment.
    :param deployment_type: Its type.
    """
    names = SHARED if deployment_type == "HYBRID" else SHARED + OF_HOSTED
    fields = {name: value for name in names if (value := getattr(current, name)) is not None}
    if deployment_type != "HYBRID":
        # Every update needs it; an answer may leave it out, and so may a file that says nothing.
        fields["is_high_availability"] = bool(current.is_high_availability)
        if current.is_development_mode:
            fields["is_development_mode"] = True
    if current.contact_emails is not None:
        fields["contact_emails"] = current.contact_emails
    if deployment_type == "HYBRID" and current.executor == "KUBERNETES" and current.task_pod_node_pool_id:
        fields["task_pod_node_pool_id"] = current.task_pod_node_pool_id
    if deployment_type == "HYBRID":
        fields["scheduler"] = {
            name: value
            for name, value in (("au", current.scheduler_au), ("replicas", current.scheduler_replicas))
            if value is not None
        }
    return fields | {"type": deployment_type}


def present_queues(current: Deployment) -> tuple[WorkerQueue, ...]:
    """Return the worker queues that can be kept; any shown with KUBERNETES or Remote Execution were never settable.

    :param current: The existing Deployment.
    """
    return (current.worker_queues or ()) if has_queues(current.executor, remote=was_remote(current)) else ()


def unchangeable(current: Deployment, lookups: Lookups) -> dict[str, list[str]]:
    """Return file key -> what it may say, for everything that no update changes; nothing if that is not known.

    :param current: The existing Deployment.
    :param lookups: Names of its Workspace and cluster, if the Deployment does not carry them.
    """
    workspace, cluster = [current.workspace_name, current.workspace_id], [current.cluster_name, current.cluster_id]
    if lookups.workspace_id == current.workspace_id:
        workspace.append(lookups.workspace_name)
    if lookups.cluster and lookups.cluster.id == current.cluster_id:
        cluster.append(lookups.cluster.name)
    fixed = {
        "deployment_type": [current.type],
        "workspace_name": workspace,
        # Files of STANDARD Deployments carry the name of their region here.
        "cluster_name": [] if current.type == "STANDARD" else cluster,
    }
    return {key: [name for name in names if name] for key, names in fixed.items()}
