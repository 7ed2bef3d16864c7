"""Deployments as the API shows them.

Here and in the other modules of what the API returns: the fields that this package reads, immutable, unknown fields
ignored. Enumerations are plain text, so that a status or machine that a later API adds does not break a reader.
Source: the schemas of the published OpenAPI document, v1.0.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from astro_provider.models.base import ApiModel, Item


class SubjectProfile(ApiModel):
    """Who did something: a user or an API token."""

    id: str
    full_name: str | None = None
    username: str | None = None
    api_token_name: str | None = None

    @property
    def label(self) -> str:
        """The most readable name there is."""
        return self.full_name or self.username or self.api_token_name or self.id


class EnvironmentVariable(ApiModel):
    """An environment variable of a Deployment; ``value`` is absent for secrets."""

    key: str
    value: str | None = None
    is_secret: bool = False
    updated_at: str | None = None


class WorkerQueue(ApiModel):
    """A worker queue; ``astro_machine`` on hosted Deployments, ``node_pool_id`` on HYBRID ones."""

    id: str
    name: str
    is_default: bool = False
    max_worker_count: int | None = None
    min_worker_count: int | None = None
    worker_concurrency: int | None = None
    astro_machine: str | None = None
    node_pool_id: str | None = None
    pod_cpu: str | None = None
    pod_memory: str | None = None
    pod_ephemeral_storage: str | None = None


class HibernationSchedule(ApiModel):
    """When a development Deployment sleeps and wakes; cron in UTC."""

    hibernate_at_cron: str
    wake_at_cron: str
    is_enabled: bool = False
    description: str | None = None


class HibernationOverride(ApiModel):
    """A person's order that beats the schedules, until a time or until it is removed."""

    is_hibernating: bool | None = None
    override_until: datetime | None = None
    is_active: bool | None = None


class HibernationSpec(ApiModel):
    """Schedules and override together."""

    schedules: tuple[HibernationSchedule, ...] | None = None
    override: HibernationOverride | None = None


class ScalingSpec(ApiModel):
    """How a development Deployment is meant to hibernate."""

    hibernation_spec: HibernationSpec | None = None


class HibernationStatus(ApiModel):
    """Whether a Deployment hibernates now, and what comes next: ``HIBERNATE`` or ``WAKE``."""

    is_hibernating: bool = False
    next_event_type: str | None = None
    next_event_at: datetime | None = None


class ScalingStatus(ApiModel):
    """The present counterpart of :class:`ScalingSpec`."""

    hibernation_status: HibernationStatus | None = None


class RemoteExecution(ApiModel):
    """Remote Execution settings of a Deployment."""

    enabled: bool = False
    allowed_ip_address_ranges: tuple[str, ...] | None = None
    task_log_bucket: str | None = None
    task_log_url_pattern: str | None = None


class DeploymentState(Item):
    """What a wait needs of a Deployment: little, since a triggerer holds one for each of its waits."""

    name: str
    workspace_id: str
    status: str
    status_reason: str | None = None
    api_url: str | None = None
    ui_url: str | None = None
    web_server_url: str | None = None
    web_server_airflow_api_url: str | None = None

    @property
    def label(self) -> str:
        """Name and id, as log lines and errors call it."""
        return f"Deployment {self.name!r} ({self.id})"

    @property
    def facts(self) -> dict[str, str | None]:
        """What tasks pass on about it as XComs: no environment variables, nothing secret."""
        return {
            "deployment_id": self.id,
            "deployment_name": self.name,
            "workspace_id": self.workspace_id,
            "status": self.status,
            "webserver_url": self.airflow_url,
            "airflow_api_url": self.airflow_api_url,
        }

    @property
    def airflow_url(self) -> str | None:
        """Address of the Deployment's Airflow UI, with its scheme; the API leaves it out of ``webServerUrl``."""
        return _with_scheme(self.ui_url or self.web_server_url)

    @property
    def airflow_api_url(self) -> str | None:
        """Base address of the Deployment's Airflow API: with its scheme, without query and fragment."""
        url = _with_scheme(self.api_url or self.web_server_airflow_api_url)
        return url.split("?")[0].split("#")[0] if url else None


class DeploymentCode(DeploymentState):
    """What a wait until a deploy is live needs of a Deployment: which code it runs, and which it is about to run."""

    is_dag_deploy_enabled: bool = False
    image_tag: str | None = None
    dag_tarball_version: str | None = None
    desired_dag_tarball_version: str | None = None


class Deployment(DeploymentCode):
    """A Deployment as the API shows it."""

    workspace_name: str | None = None
    created_at: datetime
    created_by: SubjectProfile | None = None
    updated_at: datetime
    type: str | None = None
    description: str | None = None
    executor: str | None = None
    cloud_provider: str | None = None
    region: str | None = None
    cluster_id: str | None = None
    cluster_name: str | None = None
    namespace: str | None = None
    airflow_version: str | None = None
    astro_runtime_version: str | None = None
    runtime_version: str | None = None
    image_repository: str | None = None
    is_cicd_enforced: bool = False
    is_development_mode: bool | None = None
    is_high_availability: bool | None = None
    scheduler_size: str | None = None
    scheduler_au: int | None = None
    scheduler_replicas: int | None = None
    default_task_pod_cpu: str | None = None
    default_task_pod_memory: str | None = None
    resource_quota_cpu: str | None = None
    resource_quota_memory: str | None = None
    task_pod_node_pool_id: str | None = None
    effective_workload_identity: str | None = None
    contact_emails: tuple[str, ...] | None = None
    environment_variables: tuple[EnvironmentVariable, ...] | None = None
    worker_queues: tuple[WorkerQueue, ...] | None = None
    scaling_spec: ScalingSpec | None = None
    scaling_status: ScalingStatus | None = None
    remote_execution: RemoteExecution | None = None

    @property
    def creator(self) -> str:
        """Who created it."""
        return self.created_by.label if self.created_by else "unknown"

    @property
    def hibernation_spec(self) -> HibernationSpec | None:
        """Schedules and override as Astro stores them; ``None`` for what cannot hibernate."""
        return self.scaling_spec.hibernation_spec if self.scaling_spec else None

    @property
    def hibernation_schedules(self) -> tuple[HibernationSchedule, ...]:
        """The schedules, switched off ones too."""
        spec = self.hibernation_spec
        return (spec.schedules or ()) if spec else ()

    @property
    def hibernation_override(self) -> HibernationOverride | None:
        """The override, unless Astro says that it has ended; its time may be over even so."""
        override = self.hibernation_spec.override if self.hibernation_spec else None
        if override is None or override.is_active is False or override.is_hibernating is None:
            return None
        return override


def _with_scheme(url: str | None) -> str | None:
    if not url:
        return None
    return url if "://" in url else f"https://{url}"
