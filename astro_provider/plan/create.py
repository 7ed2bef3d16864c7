"""The request that creates a Deployment: one body with everything, only what the file gives or the API needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.models.deployment_requests import HostedCreate, HybridCreate
from astro_provider.plan import amounts, executors, hibernation, remote_execution, variables
from astro_provider.plan.deployment_types import check_type, note_type, type_of_file
from astro_provider.plan.fields import fields_of, in_api_terms, note_unused, scheduler
from astro_provider.plan.places import place_fields
from astro_provider.plan.problems import Problems
from astro_provider.plan.queues import QueuePlanner
from astro_provider.plan.results import CreatePlan

if TYPE_CHECKING:
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.plan.lookups import Lookups

Fields = dict[str, Any]


def plan_create(file: DeploymentFile, lookups: Lookups) -> CreatePlan:
    """Plan the creation of a Deployment.

    :param file: The file, overlaid.
    :param lookups: What :func:`~astro_provider.plan.needs` asks for.
    :raises DeploymentFileError: Name or type is missing, or a secret has no value.
    :raises PlanError: What the file asks for is not possible.
    """
    check_create(file)
    problems = Problems(file)
    deployment_type = str(type_of_file(file.configuration, lookups.cluster))
    note_type(problems, lookups.cluster)
    remote = remote_execution.is_remote(file.configuration, None, deployment_type)
    fields = _of_every_type(problems, lookups, deployment_type)
    if remote:
        fields |= remote_execution.fitting_defaults(problems)
        remote_execution.check_remote(problems, fields, None, deployment_type)
    _check_executor(problems, lookups, fields, deployment_type, remote=remote)
    hybrid = deployment_type == "HYBRID"
    if executors.has_queues(fields.get("executor"), remote=remote) and file.worker_queues:
        fields["worker_queues"] = QueuePlanner(problems, lookups, hybrid, creates=True).planned()
    fields |= _of_hybrid(problems, lookups) if hybrid else _of_hosted(problems, lookups, remote=remote)
    note_unused(problems, deployment_type)
    problems.raise_if_any()
    request = (HybridCreate if hybrid else HostedCreate).model_validate(fields)
    return CreatePlan(body=request.body(), notes=tuple(problems.notes))


def check_create(file: DeploymentFile) -> None:
    """Refuse what makes a create impossible and can be seen without any look-up.

    :param file: The file, overlaid.
    :raises DeploymentFileError: Name or type is missing, or a secret has no value.
    """
    if not file.configuration.name:
        at = ("deployment", "configuration", "name")
        raise file.origin.error("is missing; a new Deployment needs a name", at)
    check_type(file)
    variables.check_values(file)


def _of_every_type(problems: Problems, lookups: Lookups, deployment_type: str) -> Fields:
    if not lookups.workspace_id:
        problems.add("a Workspace is needed", "configuration", "workspace_name")
    config = problems.configuration
    fields: Fields = {"type": deployment_type, "workspace_id": lookups.workspace_id or ""}
    fields |= in_api_terms(config, fields_of(deployment_type) | {"runtime_version": "astro_runtime_version"})
    fields |= place_fields(problems, deployment_type, lookups.cluster)
    if environment := variables.to_create(problems.file):
        fields["environment_variables"] = environment
    if problems.file.alert_emails:
        fields["contact_emails"] = problems.file.alert_emails
    return fields


def _check_executor(
    problems: Problems, lookups: Lookups, fields: Fields, deployment_type: str, *, remote: bool
) -> None:
    executor, runtime = fields.get("executor"), fields.get("astro_runtime_version")
    executors.check_executor(problems, executor, deployment_type=deployment_type, runtime=runtime, remote=remote)
    executors.check_offered(problems, lookups.options)
    executors.check_queues(problems, executor, remote=remote)


def _of_hosted(problems: Problems, lookups: Lookups, *, remote: bool) -> Fields:
    fields: Fields = {} if remote else dict(amounts.completed(problems, lookups.options))
    if settings := remote_execution.planned_request(problems, None, remote=remote):
        fields["remote_execution"] = settings
    if spec := hibernation.scaling_spec(problems, bool(problems.configuration.is_development_mode)):
        fields["scaling_spec"] = spec
    return fields


def _of_hybrid(problems: Problems, lookups: Lookups) -> Fields:
    fields: Fields = {}
    if found := scheduler(problems):
        fields["scheduler"] = found
    worker_type = problems.configuration.default_worker_type
    if problems.configuration.executor == "KUBERNETES":
        planner = QueuePlanner(problems, lookups, hybrid=True, creates=True)
        at = ("configuration", "default_worker_type")
        if pool := planner.pool(worker_type, None, *at) if worker_type else planner.default_task_pool():
            fields["task_pod_node_pool_id"] = pool.id
    return fields
