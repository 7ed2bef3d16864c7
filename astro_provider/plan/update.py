"""The request that updates a Deployment: the Deployment as it is, with what the file says laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.models.deployment_requests import HostedRequest, HybridUpdate
from astro_provider.plan import amounts, executors, hibernation, remote_execution, variables
from astro_provider.plan.changes import compare, compared_only, flatten
from astro_provider.plan.fields import AMOUNTS, fields_of, in_api_terms, note_unused, scheduler
from astro_provider.plan.places import check_place
from astro_provider.plan.present_state import present_fields, present_queues, unchangeable
from astro_provider.plan.problems import Problems
from astro_provider.plan.queues import QueuePlanner
from astro_provider.plan.results import UpdatePlan

if TYPE_CHECKING:
    from astro_provider.common.choices import Unlisted
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.models.deployments import Deployment
    from astro_provider.plan.lookups import Lookups

Fields = dict[str, Any]
TYPES = ("STANDARD", "DEDICATED", "HYBRID")


def plan_update(
    file: DeploymentFile, current: Deployment, lookups: Lookups, *, unlisted: Unlisted = "remove"
) -> UpdatePlan:
    """Plan the update of a Deployment. Whatever the file does not mention stays as it is.

    :param file: The file, overlaid.
    :param current: The existing Deployment.
    :param lookups: What :func:`~astro_provider.plan.needs` asks for.
    :param unlisted: What happens to worker queues and environment variables that exist but are not listed, if the file
        has that section.
    :raises PlanError: What the file asks for is not possible.
    """
    problems = Problems(file)
    deployment_type = current.type or file.configuration.deployment_type or ""
    _check_unchangeable(problems, current, lookups)
    before = present_fields(current, deployment_type)
    fields = before | _single_values(problems, current, deployment_type)
    remote = remote_execution.is_remote(file.configuration, current, deployment_type)
    if remote:
        remote_execution.check_remote(problems, fields, current, deployment_type)
    _check_executor(problems, lookups, current, fields, deployment_type, remote=remote)
    planner = QueuePlanner(problems, lookups, deployment_type == "HYBRID")
    before["worker_queues"] = [planner.resent(queue) for queue in present_queues(current)]
    if executors.has_queues(fields.get("executor"), remote=remote):
        fields["worker_queues"] = planner.planned(present_queues(current), unlisted)
    _set_lists(problems, current, before, fields, unlisted)
    if deployment_type == "HYBRID":
        _set_hybrid(problems, current, planner, fields)
    else:
        _set_hosted(problems, current, lookups, before, fields, remote=remote)
    note_unused(problems, deployment_type, current)
    _check_complete(problems, deployment_type, fields)
    problems.raise_if_any()
    return _finished(problems, current, lookups, before, fields)


def _finished(problems: Problems, current: Deployment, lookups: Lookups, before: Fields, fields: Fields) -> UpdatePlan:
    """Compare the Deployment with what the file says, and write the request."""
    deployment_type = fields["type"]
    request = (HybridUpdate if deployment_type == "HYBRID" else HostedRequest).model_validate(fields)
    # A variable that becomes secret also hides its current value.
    hidden = problems.file.given_values | {item.key for item in fields["environment_variables"] if item.is_secret}
    old = flatten(before | compared_only(current, fields), deployment_type, lookups.cluster, hidden)
    new = flatten(fields, deployment_type, lookups.cluster, hidden)
    return UpdatePlan(body=request.body(), changes=compare(old, new), notes=tuple(problems.notes))


def _single_values(problems: Problems, current: Deployment, deployment_type: str) -> Fields:
    """Return what the file says about single values, without what is so already and must not be sent back."""
    fields = in_api_terms(problems.configuration, fields_of(deployment_type))
    if fields.get("workload_identity") == current.effective_workload_identity:
        fields.pop("workload_identity", None)
    if fields.get("is_development_mode") == bool(current.is_development_mode):
        fields.pop("is_development_mode", None)
    if fields.get("is_development_mode"):
        found = "cannot be switched on for an existing Deployment, only for a new one"
        problems.add(found, "configuration", "is_development_mode")
    return fields


def _set_lists(problems: Problems, current: Deployment, before: Fields, fields: Fields, unlisted: Unlisted) -> None:
    """Set what every type has as a list, apart from its queues."""
    existing = current.environment_variables or ()
    before["environment_variables"] = [variables.resent(variable) for variable in existing]
    fields["environment_variables"] = variables.to_update(problems, existing, unlisted)
    if problems.file.alert_emails is not None:
        fields["contact_emails"] = problems.file.alert_emails


def _check_executor(
    problems: Problems, lookups: Lookups, current: Deployment, fields: Fields, deployment_type: str, *, remote: bool
) -> None:
    executor = fields.get("executor")
    # One that does not change runs already, whatever the runtime.
    runtime = current.astro_runtime_version or current.runtime_version if executor != current.executor else None
    executors.check_executor(problems, executor, deployment_type=deployment_type, runtime=runtime, remote=remote)
    executors.check_offered(problems, lookups.options, current)
    executors.check_queues(problems, executor, remote=remote)


def _check_unchangeable(problems: Problems, current: Deployment, lookups: Lookups) -> None:
    """Refuse what no update can change, and note a runtime that differs."""
    check_place(problems, current)
    for key, known in unchangeable(current, lookups).items():
        asked = getattr(problems.configuration, key)
        if asked is None or not known or asked in known:
            continue
        problems.add(f"cannot be changed from {known[0]!r} to {asked!r}", "configuration", key)
    runtime = current.astro_runtime_version or current.runtime_version
    asked = problems.configuration.runtime_version
    if asked and runtime and asked != runtime:
        problems.note(
            f"{asked} is not applied; the Deployment has {runtime}, which only a deploy changes",
            "configuration",
            "runtime_version",
        )


def _set_hosted(
    problems: Problems, current: Deployment, lookups: Lookups, before: Fields, fields: Fields, *, remote: bool
) -> None:
    if present_settings := remote_execution.present_request(current):
        before["remote_execution"] = present_settings
    if settings := remote_execution.planned_request(problems, current, remote=remote):
        fields["remote_execution"] = settings
    if remote:
        for name in AMOUNTS:
            fields.pop(name, None)
            before.pop(name, None)
    else:
        ends = remote_execution.was_remote(current)
        fields |= amounts.completed(problems, lookups.options, current, all_needed=ends)
    development = bool(current.is_development_mode) and problems.configuration.is_development_mode is not False
    if spec := hibernation.scaling_spec(problems, development, current):
        fields["scaling_spec"] = spec
        if current.hibernation_spec:
            before["scaling_spec"] = hibernation.resent(current)


def _set_hybrid(problems: Problems, current: Deployment, planner: QueuePlanner, fields: Fields) -> None:
    fields["scheduler"] = fields["scheduler"] | scheduler(problems, fields["scheduler"])
    if fields.get("executor") != "KUBERNETES":
        fields.pop("task_pod_node_pool_id", None)
        return
    pool, at = None, ("configuration", "default_worker_type")
    if worker_type := problems.configuration.default_worker_type:
        pool = planner.pool(worker_type, current.task_pod_node_pool_id, *at)
    elif current.executor != "KUBERNETES":
        pool = planner.default_task_pool()
    if pool:
        fields["task_pod_node_pool_id"] = pool.id


def _check_complete(problems: Problems, deployment_type: str, fields: Fields) -> None:
    """The API wants these in every update; if Astro did not show one, the file has to say it."""
    needed = {"executor": "executor"}
    if deployment_type != "HYBRID":
        needed["scheduler_size"] = "scheduler_size"
    for key, field in needed.items():
        if fields.get(field) is None:
            problems.add("is missing, and Astro does not show the current value", "configuration", key)
    for key, field in (("scheduler_au", "au"), ("scheduler_count", "replicas")):
        if deployment_type == "HYBRID" and field not in fields["scheduler"]:
            problems.add("is missing, and Astro does not show the current value", "configuration", key)
    if deployment_type not in TYPES:
        found = deployment_type or "unknown"
        problems.add(f"Deployments of type {found} cannot be updated; allowed: {', '.join(TYPES)}")
