"""The difference between a Deployment and its file, in the words of a Deployment file, secrets as ``****``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astro_provider.common.masking import MASK
from astro_provider.plan.amounts import quantity
from astro_provider.plan.fields import AMOUNTS, SCHEDULER, fields_of
from astro_provider.plan.results import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from astro_provider.models.clusters import Cluster
    from astro_provider.models.deployment_requests import RemoteExecutionRequest, ScalingSpecRequest, VariableRequest
    from astro_provider.models.deployments import Deployment

WHOLE_ITEMS = ("worker_queues", "hibernation_schedules")
Path = tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A value as people see it, and what makes two values the same (``512Mi`` is ``0.5Gi``).

    :param text: For log and XCom.
    :param meaning: For comparison.
    """

    text: str
    meaning: object


Flat = dict[Path, Shown]


def _at(path: Path, name: str) -> Path:
    return (*path, name)


def plain(value: object) -> Shown:
    """Show a value as YAML would."""
    if isinstance(value, bool):
        return Shown(str(value).lower(), value)
    if isinstance(value, list | tuple):
        return Shown(", ".join(map(str, value)), frozenset(value))
    return Shown("" if value is None else str(value), value)


def flatten(fields: Mapping[str, Any], deployment_type: str, cluster: Cluster | None, hidden: frozenset[str]) -> Flat:
    """Write a request as one value for each key of a Deployment file.

    :param fields: The request's fields.
    :param deployment_type: Type of the Deployment.
    :param cluster: For the names of node pools, if it was read.
    :param hidden: Environment variables whose values came from the caller, and may be secret without being marked.
    """
    flat: Flat = {}
    for key, field in fields_of(deployment_type).items():
        if field in fields:
            flat[("configuration", key)] = plain(fields[field])
    for key in AMOUNTS:
        if key in fields:
            flat[("configuration", key)] = Shown(str(fields[key]), quantity(str(fields[key])))
    for key, field in SCHEDULER.items():
        if field in fields.get("scheduler", {}):
            flat[("configuration", key)] = plain(fields["scheduler"][field])
    pools = {pool.id: pool.node_instance_type for pool in (cluster.node_pools or () if cluster else ())}
    if "task_pod_node_pool_id" in fields:
        pool = fields["task_pod_node_pool_id"]
        flat[("configuration", "default_worker_type")] = Shown(pools.get(pool, pool), pool)
    flat |= _remote(fields.get("remote_execution"))
    flat |= _queues(fields.get("worker_queues", ()), pools)
    flat |= _schedules(fields.get("scaling_spec"))
    if fields.get("contact_emails"):
        flat[("alert_emails",)] = plain(fields["contact_emails"])
    for variable in fields.get("environment_variables", ()):
        flat |= _variable(variable, variable.key in hidden)
    return flat


def _remote(remote: RemoteExecutionRequest | None) -> Flat:
    if remote is None:
        return {}
    said = remote.model_dump(exclude_none=True)
    # An empty list and none are the same to the API; so is "off" and never having been on.
    return {("configuration", "remote_execution", name): plain(value) for name, value in said.items() if value}


def _queues(queues: Any, pools: dict[str, str]) -> Flat:
    flat: Flat = {}
    for queue in queues:
        at = ("worker_queues", queue["name"])
        machine = queue.get("astro_machine") or queue.get("node_pool_id")
        if machine:
            flat[_at(at, "worker_type")] = Shown(pools.get(machine, machine), machine.upper())
        for name in ("min_worker_count", "max_worker_count", "worker_concurrency"):
            flat[_at(at, name)] = plain(queue.get(name))
        if storage := queue.get("pod_ephemeral_storage"):
            flat[_at(at, "pod_ephemeral_storage")] = Shown(
                storage, quantity(storage) if storage.endswith("i") else storage
            )
    return flat


def _schedules(spec: ScalingSpecRequest | None) -> Flat:
    flat: Flat = {}
    for schedule in spec.hibernation_spec.schedules if spec else ():
        at = ("hibernation_schedules", f"{schedule.hibernate_at_cron} / {schedule.wake_at_cron}")
        number = 2
        while (*at, "enabled") in flat:
            at, number = (at[0], f"{schedule.hibernate_at_cron} / {schedule.wake_at_cron} ({number})"), number + 1
        flat[_at(at, "enabled")] = plain(schedule.is_enabled)
        flat[_at(at, "description")] = plain(schedule.description or "")
    return flat


def _variable(variable: VariableRequest, hidden: bool) -> Flat:
    at = ("environment_variables", variable.key)
    if not variable.is_secret:
        return {at: Shown(MASK if hidden else variable.value or "", (False, variable.value))}
    # A stored secret cannot be compared: one that is sent counts as a change.
    sent = variable.value is not None
    return {at: Shown("" if variable.value == "" else MASK, (True, variable.value) if sent else True)}


def compare(before: Flat, after: Flat) -> tuple[Change, ...]:
    """Return what differs, removals last.

    :param before: The Deployment as it is.
    :param after: The Deployment as it would be.
    """
    found = [*_whole(before, after), *_single(before, after)]
    order = [path[:2] for path in [*after, *before]]
    rank = {dotted: place for place, dotted in reversed(list(enumerate(".".join(path) for path in order)))}
    ordered = sorted(found, key=lambda change: rank.get(".".join(change.path.split(".")[:2]), 0))
    return tuple(sorted(ordered, key=lambda change: change.action == "removed"))


def _whole(before: Flat, after: Flat) -> Iterator[Change]:
    """Report a queue or schedule that comes or goes as one change, not one for each of its fields."""
    old, new = _members(before), _members(after)
    for group in dict.fromkeys([*new, *old]):
        if group not in old:
            yield Change("added", ".".join(group), None, ", ".join(new[group]))
        elif group not in new:
            yield Change("removed", ".".join(group), ", ".join(old[group]), None)


def _members(flat: Flat) -> dict[Path, list[str]]:
    """Return what each queue and schedule has, as words."""
    found: dict[Path, list[str]] = {}
    for path, value in flat.items():
        if path[0] in WHOLE_ITEMS:
            found.setdefault(path[:2], []).extend([f"{path[-1]} {value.text}"] if value.text else [])
    return found


def _single(before: Flat, after: Flat) -> Iterator[Change]:
    groups = ({path[:2] for path in before}, {path[:2] for path in after})
    for path in dict.fromkeys([*after, *before]):
        if path[0] in WHOLE_ITEMS and not all(path[:2] in group for group in groups):
            continue
        old, new = before.get(path), after.get(path)
        dotted = ".".join(path)
        if old is None and new is not None:
            if new.text or path[0] == "environment_variables":
                yield Change("added", dotted, None, new.text)
        elif new is None and old is not None:
            yield Change("removed", dotted, old.text, None)
        elif old is not None and new is not None and old.meaning != new.meaning:
            yield Change("changed", dotted, old.text, new.text)


def compared_only(current: Deployment, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a plan compares, but an update sends only if the file changes it.

    :param current: The existing Deployment.
    :param fields: What the update sends.
    """
    extra: dict[str, Any] = {}
    if "workload_identity" in fields and current.effective_workload_identity:
        extra["workload_identity"] = current.effective_workload_identity
    if "is_development_mode" in fields:
        extra["is_development_mode"] = bool(current.is_development_mode)
    return extra
