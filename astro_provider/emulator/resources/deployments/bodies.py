"""The fields that requests about Deployments may have, each by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from astro_provider.emulator.core.bodies import Body, Count, Email, Moment, Quantity, Text, check, matches
from astro_provider.emulator.core.cron import is_cron

Type = Literal["STANDARD", "DEDICATED", "HYBRID"]
HostedExecutor = Literal["CELERY", "KUBERNETES", "ASTRO"]
HybridExecutor = Literal["CELERY", "KUBERNETES"]
SchedulerSize = Literal["SMALL", "MEDIUM", "LARGE", "EXTRA_LARGE"]
Machine = Literal["A5", "A10", "A20", "A40", "A60", "A120", "A160"]
Cron = Annotated[str, check("cron", "be a cron expression of five parts", is_cron)]
QueueName = Annotated[
    Text,
    Field(max_length=63),
    check("queueName", "have lower-case letters, digits and hyphens only", matches("[a-z0-9]+(-+[a-z0-9]+)*")),
]


class Variable(Body):
    """An environment variable."""

    key: Text
    is_secret: bool
    value: str | None = None


class Queue(Body):
    """What the worker queues of all Deployments have."""

    id: str | None = None
    name: QueueName
    is_default: bool
    max_worker_count: Count
    min_worker_count: Annotated[int, Field(ge=0)]
    worker_concurrency: Count


class HostedQueue(Queue):
    """A worker queue of a hosted Deployment."""

    astro_machine: Machine
    pod_ephemeral_storage: Quantity | None = None


class HybridQueue(Queue):
    """A worker queue of a HYBRID Deployment."""

    node_pool_id: Text


class UpdatedQueue(Queue):
    """A worker queue in an update."""

    astro_machine: Machine | None = None
    node_pool_id: str | None = None
    pod_ephemeral_storage: Quantity | None = None


class Schedule(Body):
    """A hibernation schedule."""

    hibernate_at_cron: Cron
    wake_at_cron: Cron
    is_enabled: bool
    description: Annotated[str, Field(max_length=200)] | None = None


class Override(Body):
    """A hibernation override; both fields may be null."""

    is_hibernating: bool | None
    override_until: Moment | None = None


class OverrideInSpec(Override):
    """A hibernation override within a Deployment's scaling spec."""

    is_hibernating: bool | None = None


class HibernationSpec(Body):
    """When a development Deployment sleeps."""

    override: OverrideInSpec | None = None
    schedules: Annotated[list[Schedule], Field(max_length=10)] | None = None


class ScalingSpec(Body):
    """How a Deployment scales."""

    hibernation_spec: HibernationSpec | None = None


class RemoteExecution(Body):
    """Whether and how tasks run on agents of the user's own."""

    enabled: bool
    allowed_ip_address_ranges: list[str] | None = None
    task_log_bucket: str | None = None
    task_log_url_pattern: str | None = None


class HybridScheduler(Body):
    """The scheduler of a HYBRID Deployment."""

    au: Annotated[int, Field(ge=5, le=24)] | None = None
    replicas: Annotated[int, Field(ge=1, le=4)] | None = None


class UpdatedHybridScheduler(HybridScheduler):
    """The scheduler in an update of a HYBRID Deployment."""

    au: Annotated[int, Field(ge=5, le=24)]
    replicas: Annotated[int, Field(ge=1, le=4)]


class Fields(Body):
    """What all Deployments have."""

    type: Type | None = None
    name: Annotated[Text, Field(max_length=500)]
    workspace_id: Text
    description: Annotated[str, Field(max_length=1000)] | None = None
    contact_emails: list[Email] | None = None
    environment_variables: list[Variable] | None = None
    is_cicd_enforced: bool | None = None
    is_dag_deploy_enabled: bool | None = None
    workload_identity: str | None = None
    dr_workload_identity: str | None = None


class HostedFields(Fields):
    """What hosted Deployments have besides."""

    executor: HostedExecutor | None = None
    is_high_availability: bool | None = None
    is_development_mode: bool | None = None
    scheduler_size: SchedulerSize | None = None
    default_task_pod_cpu: str | None = None
    default_task_pod_memory: str | None = None
    resource_quota_cpu: str | None = None
    resource_quota_memory: str | None = None
    remote_execution: RemoteExecution | None = None
    scaling_spec: ScalingSpec | None = None


class CreateDedicated(HostedFields):
    """A create of a DEDICATED Deployment."""

    cluster_id: str | None = None
    astro_runtime_version: str | None = None
    worker_queues: Annotated[list[HostedQueue], Field(min_length=1)] | None = None


class CreateStandard(CreateDedicated):
    """A create of a STANDARD Deployment."""

    cloud_provider: Literal["AWS", "AZURE", "GCP"] | None = None
    region: str | None = None


class CreateHybrid(Fields):
    """A create of a HYBRID Deployment."""

    executor: HybridExecutor | None = None
    cluster_id: str | None = None
    astro_runtime_version: str | None = None
    task_pod_node_pool_id: str | None = None
    scheduler: HybridScheduler | None = None
    worker_queues: Annotated[list[HybridQueue], Field(min_length=1)] | None = None


class UpdateHosted(HostedFields):
    """An update of a hosted Deployment."""

    type: Type
    environment_variables: list[Variable]
    executor: HostedExecutor
    is_cicd_enforced: bool
    is_dag_deploy_enabled: bool
    is_high_availability: bool
    scheduler_size: SchedulerSize
    worker_queues: Annotated[list[UpdatedQueue], Field(min_length=1)] | None = None


class UpdateHybrid(Fields):
    """An update of a HYBRID Deployment."""

    type: Type
    environment_variables: list[Variable]
    executor: HybridExecutor
    is_cicd_enforced: bool
    is_dag_deploy_enabled: bool
    task_pod_node_pool_id: str | None = None
    scheduler: UpdatedHybridScheduler
    worker_queues: Annotated[list[UpdatedQueue], Field(min_length=1)] | None = None


CREATE: dict[str, type[Body]] = {"STANDARD": CreateStandard, "DEDICATED": CreateDedicated, "HYBRID": CreateHybrid}
UPDATE: dict[str, type[Body]] = {"STANDARD": UpdateHosted, "DEDICATED": UpdateHosted, "HYBRID": UpdateHybrid}
