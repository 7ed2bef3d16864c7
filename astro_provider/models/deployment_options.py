"""What a Deployment may be made of, as the API shows it."""

from __future__ import annotations

from astro_provider.models.base import ApiModel


class ResourceRange(ApiModel):
    """Floor, default and ceiling of an amount such as ``0.25`` CPU or ``10Gi``."""

    floor: str
    default: str
    ceiling: str


class ResourceOption(ApiModel):
    """CPU and memory."""

    cpu: ResourceRange
    memory: ResourceRange


class ResourceQuotaOptions(ApiModel):
    """Limits of task pods and of a Deployment's whole quota."""

    default_pod_size: ResourceOption
    resource_quota: ResourceOption


class CountRange(ApiModel):
    """Floor, default and ceiling of a count."""

    floor: float
    default: float
    ceiling: float


class RuntimeRelease(ApiModel):
    """An Astro Runtime version and the Airflow that it contains."""

    version: str
    airflow_version: str = ""


class SchedulerMachine(ApiModel):
    """A scheduler size."""

    name: str


class WorkerMachine(ApiModel):
    """A worker type and how many tasks one worker of it may run at once."""

    name: str
    concurrency: CountRange


class WorkerQueueOptions(ApiModel):
    """Limits of every worker queue."""

    max_workers: CountRange
    min_workers: CountRange
    worker_concurrency: CountRange


class DeploymentOptions(ApiModel):
    """What a Deployment of a type, executor and provider may be made of."""

    executors: tuple[str, ...]
    resource_quotas: ResourceQuotaOptions
    scheduler_machines: tuple[SchedulerMachine, ...]
    worker_machines: tuple[WorkerMachine, ...]
    worker_queues: WorkerQueueOptions
    runtime_releases: tuple[RuntimeRelease, ...] = ()
