"""The request that creates a Deployment: one body with everything, only what was given or the API needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.common.ids import looks_like_id
from astro_provider.models.deployment_requests import HostedCreate, HybridCreate
from astro_provider.plan import amounts, features, variables
from astro_provider.plan.fields import fields_of, given, note_unused, scheduler
from astro_provider.plan.problems import Problems
from astro_provider.plan.queues import QueuePlanner
from astro_provider.plan.results import CreatePlan

if TYPE_CHECKING:
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.models.clusters import Cluster
    from astro_provider.plan.lookups import Lookups

Fields = dict[str, Any]


def plan_create(file: DeploymentFile, lookups: Lookups) -> CreatePlan:
    """Plan the creation of a Deployment.

    :param file: The file, overlaid.
    :param lookups: What :func:`~astro_provider.plan.needs` asks for.
    """
    check_create(file)
    problems = Problems(file)
    config = file.configuration
    kind = str(config.deployment_type)
    if not lookups.workspace_id:
        problems.add("a Workspace is needed", "configuration", "workspace_name")
    fields: Fields = {"type": kind, "workspace_id": lookups.workspace_id or ""} | given(config, fields_of(kind))
    fields |= given(config, {"runtime_version": "astro_runtime_version"})
    fields |= _place(problems, kind, lookups)
    fields |= _sections(problems)
    remote = kind != "HYBRID" and bool(config.remote_execution and config.remote_execution.enabled)
    features.check_executor(problems, kind, config.executor, config.runtime_version, remote)
    features.check_offered(problems, lookups.options)
    if features.takes_queues(problems, config.executor, remote) and file.worker_queues:
        fields["worker_queues"] = QueuePlanner(problems, lookups, kind == "HYBRID", creates=True).planned()
    fields |= _hybrid(problems, lookups) if kind == "HYBRID" else _hosted(problems, lookups, remote)
    note_unused(problems, kind)
    problems.raise_if_any()
    request = (HybridCreate if kind == "HYBRID" else HostedCreate).model_validate(fields)
    return CreatePlan(body=request.body(), notes=tuple(problems.notes))


def check_create(file: DeploymentFile) -> None:
    """Refuse what makes a create impossible and can be seen without any look-up.

    :param file: The file, overlaid.
    :raises DeploymentFileError: Name or type is missing, or a secret has no value.
    """
    at = ("deployment", "configuration")
    if not file.configuration.name:
        raise file.origin.error("is missing; a new Deployment needs a name", (*at, "name"))
    if not file.configuration.deployment_type:
        text = "is missing; must be one of STANDARD, DEDICATED, HYBRID"
        raise file.origin.error(text, (*at, "deployment_type"))
    variables.check_values(file)


def _sections(problems: Problems) -> Fields:
    """Return what stands in lists that every type has."""
    fields: Fields = {}
    if environment := variables.to_create(problems.file):
        fields["environment_variables"] = environment
    if problems.file.alert_emails:
        fields["contact_emails"] = problems.file.alert_emails
    return fields


def _place(problems: Problems, kind: str, lookups: Lookups) -> Fields:
    """Return where the Deployment goes: a cluster, or a provider and region of Astronomer's."""
    config, cluster = problems.configuration, lookups.cluster
    if kind == "STANDARD":
        if (config.cloud_provider is None) != (config.region is None):
            one, other = ("cloud_provider", "region") if config.region is None else ("region", "cloud_provider")
            problems.add(f"needs {other} beside it; both or neither", "configuration", one)
        return given(config, {"cloud_provider": "cloud_provider", "region": "region"})
    if cluster:
        _check_cluster(problems, kind, cluster)
        return {"cluster_id": cluster.id}
    if not looks_like_id(config.cluster_name):
        problems.add(f"a {kind} Deployment needs a cluster", "configuration", "cluster_name")
    return {"cluster_id": config.cluster_name or ""}


def _check_cluster(problems: Problems, kind: str, cluster: Cluster) -> None:
    if cluster.type.upper() != kind:
        found = f"cluster {cluster.name!r} is {cluster.type}, and the Deployment is {kind}"
        problems.add(found, "configuration", "cluster_name")
    for key, real in (("cloud_provider", cluster.cloud_provider), ("region", cluster.region)):
        asked = getattr(problems.configuration, key)
        if asked and real and asked.lower() != real.lower():
            problems.add(f"is {asked}, but cluster {cluster.name!r} is in {real}", "configuration", key)


def _hosted(problems: Problems, lookups: Lookups, remote: bool) -> Fields:
    fields: Fields = {}
    if remote:
        features.note_amounts(problems)
        fields["remote_execution"] = features.remote_execution(problems)
    else:
        fields |= amounts.completed(problems, lookups.options)
    if spec := features.scaling_spec(problems, bool(problems.configuration.is_development_mode)):
        fields["scaling_spec"] = spec
    return fields


def _hybrid(problems: Problems, lookups: Lookups) -> Fields:
    fields: Fields = {}
    if found := scheduler(problems):
        fields["scheduler"] = found
    worker_type = problems.configuration.default_worker_type
    if problems.configuration.executor == "KUBERNETES":
        planner = QueuePlanner(problems, lookups, hybrid=True)
        at = ("configuration", "default_worker_type")
        if pool := planner.pool(worker_type, None, *at) if worker_type else planner.default_pool():
            fields["task_pod_node_pool_id"] = pool.id
    return fields
