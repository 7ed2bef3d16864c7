"""What Astro refuses by looking at more than one field of a request, and at the Deployment as it is.

Bodies come here as they were sent: a value may have any type.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.problems import Complaint, Problem, invalid, invalid_fields
from astro_provider.emulator.resources.deployment_options import PROVIDERS, REGIONS, RUNTIMES, TYPES, runs_airflow_3
from astro_provider.emulator.resources.deployments.bodies import CREATE, UPDATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

AMOUNTS = ("defaultTaskPodCpu", "defaultTaskPodMemory", "resourceQuotaCpu", "resourceQuotaMemory")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)(Gi)?")
QUEUES_REQUIRED = "worker queues are required"


def check_name(others: Iterable[dict[str, Any]], name: str, workspace_id: str, own_id: str | None = None) -> None:
    """Refuse a name that another Deployment of the Workspace has.

    :param others: The Deployments that exist.
    :param name: The name.
    :param workspace_id: The Workspace.
    :param own_id: The Deployment that is updated.
    :raises Problem: The name is in use.
    """
    for other in others:
        if (other["workspaceId"], other["name"]) == (workspace_id, name) and other["id"] != own_id:
            raise invalid(f"Deployment name '{name}' already exists in this workspace")


def read_create(raw: Any, *, take_unlisted: bool = False) -> dict[str, Any]:
    """Check the body of a create, and return what it gives; its type is always among that.

    :param raw: The request's JSON.
    :param take_unlisted: Whether to take regions and Astro Runtime versions that are not listed.
    :raises Problem: Astro would refuse it.
    """
    kind = _type(raw, "STANDARD")
    if not raw.get("workspaceId"):
        raise no_entity()
    complaints = [*_together(raw, {}, kind), *_place(raw, kind, take_unlisted=take_unlisted)]
    body = {"type": kind, **CREATE[kind].read(raw, *complaints)}
    if body.get("executor") != "KUBERNETES" and _switches_remote_off(body) and not body.get("workerQueues"):
        raise invalid(QUEUES_REQUIRED)
    return body


def read_update(raw: Any, stored: dict[str, Any]) -> dict[str, Any]:
    """Check the body of an update, and return what it gives.

    :param raw: The request's JSON.
    :param stored: The Deployment as it is.
    :raises Problem: Astro would refuse it.
    """
    kind = _type(raw, stored["type"])
    body = UPDATE[kind].read(raw, *_together(raw, stored, kind), *_fixed(raw, stored))
    uses_queues = body["executor"] != "KUBERNETES" and not is_remote(body, stored)
    needs_queues = uses_queues and (_switches_remote_off(body) or not stored.get("workerQueues"))
    if needs_queues and not body.get("workerQueues"):
        raise invalid(QUEUES_REQUIRED)
    return body


def is_remote(body: dict[str, Any], stored: dict[str, Any] | None = None) -> bool:
    """Whether Remote Execution is on.

    :param body: A request's body, or a stored Deployment.
    :param stored: The Deployment before, for a body that does not say.
    """
    for document in (body, stored or {}):
        if isinstance(found := document.get("remoteExecution"), dict):
            return found.get("enabled") is True
    return False


def no_entity() -> Problem:
    """Return what the API says to a create without a Workspace (its own spelling)."""
    return invalid("No enntity id found in request body")


def _type(raw: Any, default: str) -> str:
    if not isinstance(raw, dict):
        raise invalid("the body must be a JSON object")
    kind = raw.get("type") or default
    if not isinstance(kind, str) or kind not in TYPES:
        raise invalid_fields(Complaint("type", "oneof", f"be one of {', '.join(TYPES)}"))
    return kind


def _switches_remote_off(body: dict[str, Any]) -> bool:
    return body.get("remoteExecution", {}).get("enabled") is False


def _together(raw: dict[str, Any], stored: dict[str, Any], kind: str) -> Iterator[Complaint]:
    """Find fields that do not go together; ``stored`` is empty for a create."""
    executor = raw.get("executor") or stored.get("executor") or "CELERY"
    runtime = raw.get("astroRuntimeVersion") or stored.get("astroRuntimeVersion") or next(iter(RUNTIMES))
    if executor == "KUBERNETES" and raw.get("workerQueues") is not None:
        yield Complaint("workerQueues", "workerQueuesExcludedForKubernetes")
    if executor == "ASTRO" and isinstance(runtime, str) and not runs_airflow_3(runtime):
        yield Complaint("executor", "astroExecutor", f"be CELERY or KUBERNETES: {runtime} has no Airflow 3")
    if kind == "HYBRID":
        return
    if is_remote(raw, stored):
        yield from _with_remote(raw, executor)
    else:
        yield from (Complaint(name, "required") for name in AMOUNTS if raw.get(name) is None)
        yield from _memory(raw)
    is_development = raw.get("isDevelopmentMode")
    if is_development is None:
        is_development = stored.get("isDevelopmentMode")
    if raw.get("scalingSpec") is not None and not is_development:
        yield Complaint("scalingSpec", "developmentMode", "be left out: only development Deployments hibernate")


def _with_remote(raw: dict[str, Any], executor: Any) -> Iterator[Complaint]:
    if executor != "ASTRO":
        yield Complaint("executor", "remoteExecution", "be ASTRO with Remote Execution")
    if raw.get("isDagDeployEnabled") is not False:
        yield Complaint("isDagDeployEnabled", "excludedForRemoteExecution", "be false: it takes no DAG-only deploys")
    for name in (*AMOUNTS, "workerQueues"):
        if raw.get(name) is not None:
            yield Complaint(name, "excludedForRemoteExecution", "be left out: the agents decide")


def _memory(raw: dict[str, Any]) -> Iterator[Complaint]:
    for prefix in ("defaultTaskPod", "resourceQuota"):
        cpu, memory = raw.get(f"{prefix}Cpu"), raw.get(f"{prefix}Memory")
        if not isinstance(cpu, str) or not isinstance(memory, str):
            continue
        found_cpu, found_memory = _AMOUNT.fullmatch(cpu), _AMOUNT.fullmatch(memory)
        if not found_cpu or found_cpu[2]:
            yield Complaint(f"{prefix}Cpu", "cpu", "be a number of cores, such as 1")
        elif not found_memory or not found_memory[2] or Decimal(found_memory[1]) != 2 * Decimal(found_cpu[1]):
            yield Complaint(f"{prefix}Memory", "twiceCpu", f"be twice {prefix}Cpu, in Gi")


def _place(raw: dict[str, Any], kind: str, *, take_unlisted: bool) -> Iterator[Complaint]:
    runtime, provider, region = (raw.get(name) for name in ("astroRuntimeVersion", "cloudProvider", "region"))
    if runtime and runtime not in RUNTIMES and not take_unlisted:
        yield Complaint("astroRuntimeVersion", "oneof", "be a version that the emulator lists (see --take-unlisted)")
    if raw.get("clusterId") or kind == "HYBRID":
        return
    if kind == "DEDICATED":
        yield Complaint("clusterId", "required")
        return
    if bool(provider) != bool(region):
        yield Complaint("region" if provider else "cloudProvider", "required_with", "come with the other")
    elif region and provider in PROVIDERS and region not in REGIONS[provider].split() and not take_unlisted:
        yield Complaint("region", "oneof", f"be a region of {provider} that the emulator lists (see --take-unlisted)")


def _fixed(raw: dict[str, Any], stored: dict[str, Any]) -> Iterator[Complaint]:
    for name in ("type", "workspaceId"):
        if isinstance(raw.get(name), str) and raw[name] not in {"", stored[name]}:
            yield Complaint(name, "immutable", f"be {stored[name]}")
    if raw.get("isDevelopmentMode") is True and not stored.get("isDevelopmentMode"):
        yield Complaint("isDevelopmentMode", "immutable", "be false: it cannot be switched on later")
