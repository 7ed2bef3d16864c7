"""From a live Deployment to the tree of its Deployment file, as ``astro deployment inspect`` lays it out.

The order of the keys, and which of them are left out when empty, is the CLI's (v1.45), so that files written by
either can be compared line by line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.common.moments import parse_moment, rfc3339_milliseconds, rfc3339_seconds
from astro_provider.deployment_file.workload_identity import set_by_a_person
from astro_provider.deployment_file.writer import write

if TYPE_CHECKING:
    from astro_provider.common.choices import FileFormat
    from astro_provider.models.clusters import Cluster
    from astro_provider.models.deployments import Deployment, EnvironmentVariable, HibernationSchedule, WorkerQueue

Tree = dict[str, Any]
AMOUNTS = ("default_task_pod_cpu", "default_task_pod_memory", "resource_quota_cpu", "resource_quota_memory")
NOT_APPLICABLE = "N/A"


def needs_cluster(deployment: Deployment) -> bool:
    """Whether a Deployment's file names something that only its cluster knows.

    :param deployment: The live Deployment.
    """
    if deployment.type == "STANDARD" or not deployment.cluster_id:
        return False
    pools = [deployment.task_pod_node_pool_id, *(queue.node_pool_id for queue in deployment.worker_queues or ())]
    return any(pools) or deployment.cluster_name is None


def inspect(
    deployment: Deployment,
    cluster: Cluster | None,
    *,
    url: str,
    template: bool = False,
    output_format: FileFormat = "yaml",
) -> str:
    """Write a live Deployment as a Deployment file.

    Secrets are listed without a value: Astro does not show it, and a blank one keeps what is stored.

    :param deployment: The live Deployment.
    :param cluster: Its cluster, where :func:`needs_cluster` asks for it.
    :param url: The Deployment's page in the Astro UI.
    :param template: Whether to leave out what belongs to this one Deployment: its name, its metadata, times, and what
        cannot be set for its type or executor.
    :param output_format: ``yaml`` or ``json``.
    """
    return write(_tree(deployment, cluster, url, template), output_format)


def _tree(deployment: Deployment, cluster: Cluster | None, url: str, template: bool) -> Tree:
    hibernates = deployment.is_development_mode or not template
    sections: Tree = {
        "environment_variables": [_variable(item, template) for item in deployment.environment_variables or ()],
        "configuration": _configuration(deployment, cluster, template),
        "worker_queues": _queues(deployment, cluster),
        "metadata": _metadata(deployment, url),
        "alert_emails": list(deployment.contact_emails or ()),
        "hibernation_schedules": [_schedule(item) for item in deployment.hibernation_schedules if hibernates],
    }
    if template:
        del sections["metadata"]
    # Like the CLI, a whole file says "no queues" aloud; a template does not, so that it suits every executor.
    always = {"configuration", "metadata"} | (set() if template else {"worker_queues"})
    return {"deployment": {name: section for name, section in sections.items() if section or name in always}}


def _variable(variable: EnvironmentVariable, template: bool) -> Tree:
    entry: Tree = {"is_secret": variable.is_secret, "key": variable.key}
    if variable.updated_at and not template:
        entry["updated_at"] = _whole_seconds(variable.updated_at)
    return {**entry, "value": None if variable.is_secret else variable.value or ""}


def _whole_seconds(text: str) -> str:
    """Cut a time to seconds, as the CLI does; text that is not a time stays."""
    try:
        return rfc3339_seconds(parse_moment(text))
    except ValueError:
        return text


def _configuration(deployment: Deployment, cluster: Cluster | None, template: bool) -> Tree:
    hybrid, standard = deployment.type == "HYBRID", deployment.type == "STANDARD"
    pools = _pools(cluster)
    entries: Tree = {
        "name": "" if template else deployment.name,
        "description": deployment.description or "",
        "runtime_version": deployment.astro_runtime_version or deployment.runtime_version or "",
        "dag_deploy_enabled": deployment.is_dag_deploy_enabled,
        "ci_cd_enforcement": deployment.is_cicd_enforced,
        "scheduler_size": None if hybrid else deployment.scheduler_size,
        "is_high_availability": bool(deployment.is_high_availability),
        "is_development_mode": bool(deployment.is_development_mode),
        "executor": deployment.executor or "",
        # The CLI prints these two for every type; only HYBRID Deployments can be given them.
        "scheduler_au": deployment.scheduler_au if hybrid or not template else None,
        "scheduler_count": deployment.scheduler_replicas if hybrid or not template else None,
        "cluster_name": None if standard else deployment.cluster_name or (cluster.name if cluster else None),
        "workspace_name": deployment.workspace_name or deployment.workspace_id,
        "deployment_type": deployment.type or "",
        "cloud_provider": deployment.cloud_provider or "",
        "region": deployment.region or "",
        **{name: getattr(deployment, name) for name in AMOUNTS if not hybrid and not _is_remote(deployment)},
        "default_worker_type": None if standard else pools.get(deployment.task_pod_node_pool_id or ""),
        "workload_identity": set_by_a_person(deployment) or "",
        "remote_execution": _remote_execution(deployment, template),
    }
    return {name: value for name, value in entries.items() if value is not None}


def _is_remote(deployment: Deployment) -> bool:
    return deployment.remote_execution is not None and deployment.remote_execution.enabled


def _remote_execution(deployment: Deployment, template: bool) -> Tree | None:
    remote = deployment.remote_execution
    if remote is None or (template and not remote.enabled):
        return None
    entries: Tree = {
        "enabled": remote.enabled,
        "allowed_ip_address_ranges": list(remote.allowed_ip_address_ranges or ()) or None,
        "task_log_bucket": remote.task_log_bucket or None,
        "task_log_url_pattern": remote.task_log_url_pattern or None,
    }
    return {name: value for name, value in entries.items() if value is not None}


def _queues(deployment: Deployment, cluster: Cluster | None) -> list[Tree]:
    # Queues that the API shows for these two are not settable, and a file that lists them could not be applied.
    if deployment.executor == "KUBERNETES" or _is_remote(deployment):
        return []
    return [_queue(queue, _pools(cluster)) for queue in deployment.worker_queues or ()]


def _queue(queue: WorkerQueue, pools: dict[str, str]) -> Tree:
    entries: Tree = {
        "name": queue.name,
        "max_worker_count": queue.max_worker_count,
        "min_worker_count": queue.min_worker_count,
        "worker_concurrency": queue.worker_concurrency,
        "worker_type": queue.astro_machine or pools.get(queue.node_pool_id or "", ""),
        "pod_ephemeral_storage": queue.pod_ephemeral_storage or None,
    }
    return {name: value for name, value in entries.items() if value is not None}


def _pools(cluster: Cluster | None) -> dict[str, str]:
    return {pool.id: pool.node_instance_type for pool in (cluster.node_pools or () if cluster else ())}


def _metadata(deployment: Deployment, url: str) -> Tree:
    entries: Tree = {
        "deployment_id": deployment.id,
        "workspace_id": deployment.workspace_id,
        "cluster_id": (deployment.type != "STANDARD" and deployment.cluster_id) or NOT_APPLICABLE,
        "release_name": (deployment.type == "HYBRID" and deployment.namespace) or NOT_APPLICABLE,
        "airflow_version": deployment.airflow_version or "",
        "current_tag": deployment.image_tag or "",
        "status": deployment.status,
        "created_at": rfc3339_milliseconds(deployment.created_at),
        "updated_at": rfc3339_milliseconds(deployment.updated_at),
        # Without a scheme, as the CLI has them: scripts that read these keys put one before them.
        "deployment_url": url.partition("://")[2],
        "webserver_url": deployment.web_server_url or "",
        "airflow_api_url": deployment.web_server_airflow_api_url or "",
    }
    override = deployment.hibernation_override
    if override and override.is_active:
        entries["hibernation_override"] = {"is_hibernating": override.is_hibernating}
        if override.override_until:
            entries["hibernation_override"]["override_until"] = rfc3339_milliseconds(override.override_until)
    return entries


def _schedule(schedule: HibernationSchedule) -> Tree:
    entries: Tree = {"hibernate_at": schedule.hibernate_at_cron, "wake_at": schedule.wake_at_cron}
    if schedule.description:
        entries["description"] = schedule.description
    # Always written: the CLI leaves out a false, and who reads the file has to know that absence is false.
    return {**entries, "enabled": schedule.is_enabled}
