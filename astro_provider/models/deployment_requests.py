"""What is sent to create and update Deployments: exact bodies for each of the three types, unset fields left out.

Enumerations are plain text: the file's were checked when it was read, and an update sends back what Astro showed,
which may be newer than this package.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from astro_provider.models.base import RequestModel


class VariableRequest(RequestModel):
    """An environment variable; a secret sent without ``value`` keeps the stored one."""

    key: str
    is_secret: bool
    value: str | None = Field(default=None, repr=False)


class QueueRequest(RequestModel):
    """What every worker queue has; without ``id`` it is a new one."""

    id: str | None = None
    name: str
    is_default: bool
    max_worker_count: int
    min_worker_count: int
    worker_concurrency: int


class HostedQueueRequest(QueueRequest):
    """A worker queue of a STANDARD or DEDICATED Deployment."""

    astro_machine: str
    pod_ephemeral_storage: str | None = None


class HybridQueueRequest(QueueRequest):
    """A worker queue of a new HYBRID Deployment; its type is a node pool of the cluster."""

    node_pool_id: str


class HybridQueueUpdate(HybridQueueRequest):
    """A worker queue of an existing HYBRID Deployment, which may have what a new one may not."""

    pod_ephemeral_storage: str | None = None


class ScheduleRequest(RequestModel):
    """When a development Deployment hibernates and wakes."""

    hibernate_at_cron: str
    wake_at_cron: str
    is_enabled: bool
    description: str | None = None


class OverrideRequest(RequestModel):
    """A person's order that beats the schedules."""

    is_hibernating: bool | None = None
    override_until: str | None = None


class HibernationSpecRequest(RequestModel):
    """Schedules and override; a member left out of a sent object is removed by the API."""

    schedules: tuple[ScheduleRequest, ...]
    override: OverrideRequest | None = None


class ScalingSpecRequest(RequestModel):
    """How a development Deployment is meant to hibernate."""

    hibernation_spec: HibernationSpecRequest


class RemoteExecutionRequest(RequestModel):
    """Remote Execution settings."""

    enabled: bool
    allowed_ip_address_ranges: tuple[str, ...] | None = None
    task_log_bucket: str | None = None
    task_log_url_pattern: str | None = None


class SchedulerRequest(RequestModel):
    """The scheduler of a HYBRID Deployment."""

    au: int | None = None
    replicas: int | None = None


class DeploymentRequest(RequestModel):
    """What create and update of every type share."""

    name: str
    workspace_id: str
    description: str | None = None
    is_cicd_enforced: bool | None = None
    is_dag_deploy_enabled: bool | None = None
    contact_emails: tuple[str, ...] | None = None
    environment_variables: tuple[VariableRequest, ...] | None = None
    workload_identity: str | None = None


class HostedRequest(DeploymentRequest):
    """What create and update of STANDARD and DEDICATED Deployments share."""

    type: Literal["STANDARD", "DEDICATED"]
    executor: str | None = None
    is_high_availability: bool | None = None
    is_development_mode: bool | None = None
    scheduler_size: str | None = None
    default_task_pod_cpu: str | None = None
    default_task_pod_memory: str | None = None
    resource_quota_cpu: str | None = None
    resource_quota_memory: str | None = None
    worker_queues: tuple[HostedQueueRequest, ...] | None = None
    scaling_spec: ScalingSpecRequest | None = None
    remote_execution: RemoteExecutionRequest | None = None


class HybridRequest(DeploymentRequest):
    """What create and update of HYBRID Deployments share."""

    type: Literal["HYBRID"]
    executor: str | None = None
    scheduler: SchedulerRequest | None = None
    task_pod_node_pool_id: str | None = None


class HybridUpdate(HybridRequest):
    """Update a HYBRID Deployment."""

    worker_queues: tuple[HybridQueueUpdate, ...] | None = None


class HostedCreate(HostedRequest):
    """Create a STANDARD or DEDICATED Deployment."""

    astro_runtime_version: str | None = None
    cluster_id: str | None = None
    cloud_provider: str | None = None
    region: str | None = None


class HybridCreate(HybridRequest):
    """Create a HYBRID Deployment."""

    astro_runtime_version: str | None = None
    cluster_id: str
    worker_queues: tuple[HybridQueueRequest, ...] | None = None
