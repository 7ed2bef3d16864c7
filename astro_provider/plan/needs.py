"""What a plan needs to know besides file and Deployment, so that nothing else is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from astro_provider.common.ids import looks_like_id
from astro_provider.plan.amounts import PAIRS, is_same
from astro_provider.plan.executors import has_queues
from astro_provider.plan.present_state import present_queues
from astro_provider.plan.remote_execution import is_remote, was_remote

if TYPE_CHECKING:
    from astro_provider.deployment_file.model import Configuration, DeploymentFile, FileQueue
    from astro_provider.models.deployments import Deployment, WorkerQueue

Need = Literal["workspace", "cluster", "options"]


def needs(file: DeploymentFile, current: Deployment | None) -> frozenset[Need]:
    """Return the look-ups that a plan uses, so that the caller makes no others.

    :param file: The file, overlaid.
    :param current: The existing Deployment; none to plan a create.
    """
    wanted = _to_create(file) if current is None else _to_update(file, current)
    return frozenset(need for need, used in wanted.items() if used)


def _to_create(file: DeploymentFile) -> dict[Need, bool]:
    config = file.configuration
    hybrid = config.deployment_type == "HYBRID"
    # Without a type, the named cluster's is taken.
    placed = config.deployment_type != "STANDARD" and (config.cluster_name is not None or bool(config.deployment_type))
    pools = hybrid and bool(file.worker_queues or config.default_worker_type or config.executor == "KUBERNETES")
    listed = bool(file.worker_queues) and not is_remote(config, None, config.deployment_type)
    return {
        "workspace": True,
        "cluster": placed and (pools or config.deployment_type is None or not looks_like_id(config.cluster_name)),
        "options": listed or (not hybrid and _lacks_amounts(config)),
    }


def _lacks_amounts(config: Configuration, current: Deployment | None = None) -> bool:
    """Whether a pair of amounts is known from nowhere."""
    return not is_remote(config, None, config.deployment_type) and any(
        not any(getattr(source, name) for source in (config, current) if source for name in pair) for pair in PAIRS
    )


def _to_update(file: DeploymentFile, current: Deployment) -> dict[Need, bool]:
    config = file.configuration
    hybrid, executor = current.type == "HYBRID", config.executor or current.executor
    queues = has_queues(executor, remote=is_remote(config, current, current.type))
    existing = {queue.name: queue for queue in present_queues(current)}
    adds_default = queues and not file.worker_queues and not existing
    pools = any(queue.worker_type for queue in file.worker_queues or ()) or config.default_worker_type is not None
    pools = pools or adds_default or (executor == "KUBERNETES" and current.executor != "KUBERNETES")
    changes = queues and any(_differs(queue, existing.get(queue.name)) for queue in file.worker_queues or ())
    return {
        "workspace": _is_other_name(config.workspace_name, current.workspace_name, current.workspace_id),
        "cluster": (hybrid and pools)
        or (current.type != "STANDARD" and _is_other_name(config.cluster_name, current.cluster_name, None)),
        "options": changes
        or adds_default
        or (not hybrid and (_resizes(config, current) or _ends_remote_execution(config, current))),
    }


def _resizes(config: Configuration, current: Deployment) -> bool:
    """Whether a hosted Deployment gets another scheduler, executor, pod size or quota: Astro limits these."""
    words = any(getattr(config, name) not in (None, getattr(current, name)) for name in ("scheduler_size", "executor"))
    amounts = [name for pair in PAIRS for name in pair if getattr(config, name) is not None]
    return words or not all(is_same(getattr(config, name), getattr(current, name)) for name in amounts)


def _ends_remote_execution(config: Configuration, current: Deployment) -> bool:
    """Whether Remote Execution goes off, which has no amounts, so that a default is needed."""
    return was_remote(current) and not is_remote(config, current, current.type) and _lacks_amounts(config, current)


def _is_other_name(name: str | None, known: str | None, known_id: str | None) -> bool:
    """Whether only a look-up tells what a name stands for: it is one, and the Deployment does not say its own."""
    return name is not None and known is None and name != known_id and not looks_like_id(name)


def _differs(queue: FileQueue, existing: WorkerQueue | None) -> bool:
    """Whether a queue is new or asks for something that limits apply to."""
    if existing is None:
        return True
    machine = existing.astro_machine
    if machine and queue.worker_type and queue.worker_type.upper() != machine.upper():
        return True
    limits = ("max_worker_count", "min_worker_count", "worker_concurrency")
    return any(getattr(queue, name) not in (None, getattr(existing, name)) for name in limits)
