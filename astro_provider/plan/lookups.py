"""What a plan needs to know besides file and Deployment, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from astro_provider.common.ids import looks_like_id
from astro_provider.plan.amounts import PAIRS, is_same

if TYPE_CHECKING:
    from astro_provider.deployment_file.model import Configuration, DeploymentFile, FileQueue
    from astro_provider.models.clusters import Cluster
    from astro_provider.models.deployment_options import DeploymentOptions
    from astro_provider.models.deployments import Deployment, WorkerQueue

Need = Literal["workspace", "cluster", "options"]


@dataclass(frozen=True)
class Lookups:
    """What the caller read for a plan; :func:`needs` says which of it is used.

    :param workspace_id: Id of the Workspace: the one to create in, or the one that the file names.
    :param workspace_name: Its name, where known.
    :param cluster: To create, the cluster to create in. To update, the Deployment's own cluster, read by its id: node
        pools of any other one would be wrong.
    :param options: Limits and defaults for the type, executor and provider.
    """

    workspace_id: str | None = None
    workspace_name: str | None = None
    cluster: Cluster | None = None
    options: DeploymentOptions | None = None


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
    placed = config.deployment_type in ("DEDICATED", "HYBRID")
    pools = hybrid and bool(file.worker_queues or config.default_worker_type or config.executor == "KUBERNETES")
    return {
        "workspace": True,
        "cluster": placed and (pools or not looks_like_id(config.cluster_name)),
        "options": bool(file.worker_queues) or (not hybrid and _lacks_amounts(config)),
    }


def _lacks_amounts(config: Configuration, current: Deployment | None = None) -> bool:
    """Whether a pair of amounts is known from nowhere."""
    remote = config.remote_execution is not None and bool(config.remote_execution.enabled)
    return not remote and any(
        not any(getattr(source, name) for source in (config, current) if source for name in pair) for pair in PAIRS
    )


def _to_update(file: DeploymentFile, current: Deployment) -> dict[Need, bool]:
    config = file.configuration
    hybrid = current.type == "HYBRID"
    pools = any(queue.worker_type for queue in file.worker_queues or ()) or config.default_worker_type is not None
    pools = pools or (config.executor == "KUBERNETES" and current.executor != "KUBERNETES")
    existing = {queue.name: queue for queue in current.worker_queues or ()}
    return {
        "workspace": _is_other_name(config.workspace_name, current.workspace_name, current.workspace_id),
        "cluster": (hybrid and pools)
        or (current.type != "STANDARD" and _is_other_name(config.cluster_name, current.cluster_name, None)),
        "options": any(_differs(queue, existing.get(queue.name)) for queue in file.worker_queues or ())
        or (not hybrid and (_resizes(config, current) or _ends_remote_execution(config, current))),
    }


def _resizes(config: Configuration, current: Deployment) -> bool:
    """Whether a hosted Deployment gets another scheduler, executor, pod size or quota: Astro limits these."""
    words = any(getattr(config, name) not in (None, getattr(current, name)) for name in ("scheduler_size", "executor"))
    amounts = [name for pair in PAIRS for name in pair if getattr(config, name) is not None]
    return words or not all(is_same(getattr(config, name), getattr(current, name)) for name in amounts)


def _ends_remote_execution(config: Configuration, current: Deployment) -> bool:
    """Whether Remote Execution goes off, which has no amounts, so that a default is needed."""
    ends = config.remote_execution is not None and config.remote_execution.enabled is False
    was_on = current.remote_execution is not None and current.remote_execution.enabled
    return ends and was_on and _lacks_amounts(config, current)


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
