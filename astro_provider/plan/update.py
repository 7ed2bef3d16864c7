"""The request that updates a Deployment: the Deployment as it is, with what the file says laid over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.models.deployment_requests import HostedRequest, HybridUpdate, RemoteExecutionRequest
from astro_provider.plan import amounts, features, variables
from astro_provider.plan.changes import compare, flatten, present
from astro_provider.plan.fields import AMOUNTS, fields_of, given, note_unused, scheduler
from astro_provider.plan.problems import Problems
from astro_provider.plan.queues import QueuePlanner
from astro_provider.plan.results import UpdatePlan
from astro_provider.plan.state import kept, unchangeable

if TYPE_CHECKING:
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.models.deployments import Deployment
    from astro_provider.plan.lookups import Lookups
    from astro_provider.plan.variables import Unlisted

Fields = dict[str, Any]
KINDS = ("STANDARD", "DEDICATED", "HYBRID")


def plan_update(
    file: DeploymentFile, current: Deployment, lookups: Lookups, *, unlisted: Unlisted = "remove"
) -> UpdatePlan:
    """Plan the update of a Deployment. Whatever the file does not mention stays as it is.

    :param file: The file, overlaid.
    :param current: The existing Deployment.
    :param lookups: What :func:`~astro_provider.plan.needs` asks for.
    :param unlisted: What happens to worker queues and environment variables that exist but are not listed, where
        the file has that section.
    """
    problems = Problems(file)
    kind = current.type or file.configuration.deployment_type or ""
    _check_fixed(problems, current, lookups)
    before = kept(current, kind)
    fields = before | _scalars(problems, current, kind)
    remote = _Remote(problems, current, kind)
    features.check_executor(problems, kind, fields.get("executor"), _runtime(problems, current), remote.enabled)
    features.check_offered(problems, lookups.options, current)
    planner = QueuePlanner(problems, lookups, kind == "HYBRID")
    before["worker_queues"] = [planner.resent(queue) for queue in current.worker_queues or ()]
    if features.takes_queues(problems, fields.get("executor"), remote.enabled):
        fields["worker_queues"] = planner.planned(current.worker_queues or (), unlisted)
        if not fields["worker_queues"]:
            problems.add("at least a queue named 'default' is needed", "worker_queues")
    elif current.executor == "KUBERNETES" or remote.before:  # what is shown then was never settable
        before["worker_queues"] = []
    existing = current.environment_variables or ()
    before["environment_variables"] = [variables.resent(variable) for variable in existing]
    fields["environment_variables"] = variables.to_update(problems, existing, unlisted)
    if file.alert_emails is not None:
        fields["contact_emails"] = file.alert_emails
    if kind == "HYBRID":
        _hybrid(problems, current, planner, fields)
    else:
        _hosted(problems, current, lookups, remote, before, fields)
    note_unused(problems, kind, current)
    _check_complete(problems, kind, fields)
    problems.raise_if_any()
    request = (HybridUpdate if kind == "HYBRID" else HostedRequest).model_validate(fields)
    # A variable that becomes secret takes its present value out of sight, too.
    hidden = file.given_values | {item.key for item in fields["environment_variables"] if item.is_secret}
    old = flatten(before | present(current, fields), kind, lookups.cluster, hidden)
    new = flatten(fields, kind, lookups.cluster, hidden)
    return UpdatePlan(body=request.body(), changes=compare(old, new), notes=tuple(problems.notes))


class _Remote:
    """Remote Execution before and after."""

    def __init__(self, problems: Problems, current: Deployment, kind: str) -> None:
        self.after = features.remote_execution(problems, current.remote_execution) if kind != "HYBRID" else None
        self.enabled = self.after is not None and self.after.enabled
        self.before: RemoteExecutionRequest | None = None
        if (remote := current.remote_execution) and remote.enabled:
            said = remote.model_dump(include=set(RemoteExecutionRequest.model_fields), exclude_none=True)
            self.before = RemoteExecutionRequest.model_validate(said)


def _scalars(problems: Problems, current: Deployment, kind: str) -> Fields:
    """Return what the file says about single values, without what is so already and must not be sent back."""
    fields = given(problems.configuration, fields_of(kind))
    if fields.get("workload_identity") == current.effective_workload_identity:
        fields.pop("workload_identity", None)
    if fields.get("is_development_mode") == bool(current.is_development_mode):
        fields.pop("is_development_mode", None)
    if fields.get("is_development_mode"):
        found = "cannot be switched on for an existing Deployment; only a new one can have it"
        problems.add(found, "configuration", "is_development_mode")
    return fields


def _check_fixed(problems: Problems, current: Deployment, lookups: Lookups) -> None:
    """Refuse what no update can change, and note a runtime that differs."""
    for key, known in unchangeable(current, lookups).items():
        asked = getattr(problems.configuration, key)
        if asked is None or not known or asked in known:
            continue
        if key in ("region", "cloud_provider") and asked.lower() == known[0].lower():
            continue
        problems.add(f"cannot be changed; it is {known[0]!r}, and {asked!r} is asked for", "configuration", key)
    runtime = current.astro_runtime_version or current.runtime_version
    asked = problems.configuration.runtime_version
    if asked and runtime and asked != runtime:
        problems.note(
            f"{asked} is not applied; the Deployment has {runtime}, and a runtime changes with a deploy",
            "configuration",
            "runtime_version",
        )


def _runtime(problems: Problems, current: Deployment) -> str | None:
    """Return the runtime that a changed executor has to run on; an unchanged one runs already."""
    asked = problems.configuration.executor
    changes = asked is not None and asked != current.executor
    return current.astro_runtime_version or current.runtime_version if changes else None


def _hosted(
    problems: Problems, current: Deployment, lookups: Lookups, remote: _Remote, before: Fields, fields: Fields
) -> None:
    if remote.before:
        before["remote_execution"] = remote.before
    if remote.after:
        fields["remote_execution"] = remote.after
    if remote.enabled:
        features.note_amounts(problems)
        for name in AMOUNTS:
            fields.pop(name, None)
            before.pop(name, None)
    else:
        ends = remote.before is not None
        fields |= amounts.completed(problems, lookups.options, current, all_needed=ends)
    development = bool(current.is_development_mode) and problems.configuration.is_development_mode is not False
    if spec := features.scaling_spec(problems, development, current):
        fields["scaling_spec"] = spec
        if current.hibernation_spec:
            before["scaling_spec"] = features.resent(current)


def _hybrid(problems: Problems, current: Deployment, planner: QueuePlanner, fields: Fields) -> None:
    fields["scheduler"] = fields["scheduler"] | scheduler(problems, fields["scheduler"])
    if fields.get("executor") != "KUBERNETES":
        fields.pop("task_pod_node_pool_id", None)
        return
    pool, at = None, ("configuration", "default_worker_type")
    if worker_type := problems.configuration.default_worker_type:
        pool = planner.pool(worker_type, current.task_pod_node_pool_id, *at)
    elif current.executor != "KUBERNETES":
        pool = planner.default_pool()
    if pool:
        fields["task_pod_node_pool_id"] = pool.id


def _check_complete(problems: Problems, kind: str, fields: Fields) -> None:
    """The API wants these in every update; where Astro did not show one, the file has to say it."""
    needed = {"executor": "executor"}
    if kind != "HYBRID":
        needed["scheduler_size"] = "scheduler_size"
    for key, field in needed.items():
        if fields.get(field) is None:
            problems.add("is needed, because Astro does not show the present value", "configuration", key)
    for key, field in (("scheduler_au", "au"), ("scheduler_count", "replicas")):
        if kind == "HYBRID" and field not in fields["scheduler"]:
            problems.add("is needed, because Astro does not show the present value", "configuration", key)
    if kind not in KINDS:
        problems.add(f"Deployments of type {kind or 'unknown'} cannot be updated; possible are {', '.join(KINDS)}")
