"""Worker queues: their rules, their ids, and the pods of their workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.emulator.core.ids import new_id
from astro_provider.emulator.core.problems import Complaint
from astro_provider.emulator.resources.deployment_options import CONCURRENCY, MACHINES, MAX_WORKERS, worker_pod

if TYPE_CHECKING:
    from collections.abc import Iterator

Documents = list[dict[str, Any]]


def default_queue(kind: str, cluster: dict[str, Any] | None) -> dict[str, Any]:
    """Return the queue that Astro gives to a Deployment that asks for none.

    :param kind: The Deployment's type.
    :param cluster: Its cluster, if it has one.
    """
    machine = {"nodePoolId": first_pool(cluster)} if kind == "HYBRID" else {"astroMachine": "A5"}
    counts = {"maxWorkerCount": 10, "minWorkerCount": 0, "workerConcurrency": 5}
    return {"name": "default", "isDefault": True, **counts, **machine}


def first_pool(cluster: dict[str, Any] | None) -> str:
    """Return the id of a cluster's default node pool.

    :param cluster: The cluster.
    """
    pools = (cluster or {}).get("nodePools") or [{"id": ""}]
    return str(pools[0]["id"])


def arranged(wanted: Documents, stored: Documents) -> Documents:
    """Return queues as they are stored, by name; one keeps the id of the stored queue with its id, else with its name.

    :param wanted: The queues of a request: all that there will be.
    :param stored: The queues before.
    """
    ids = {queue["name"]: queue["id"] for queue in stored}
    return sorted(
        ({**_pod(queue), **queue, "id": queue.get("id") or ids.get(queue["name"]) or new_id()} for queue in wanted),
        key=lambda queue: str(queue["name"]),
    )


def _pod(queue: dict[str, Any]) -> dict[str, str]:
    pod = worker_pod(queue.get("astroMachine") or "A5")
    return {"podCpu": pod["cpu"], "podMemory": pod["memory"]}


def queue_complaints(
    wanted: Documents | None, stored: Documents, kind: str, cluster: dict[str, Any] | None
) -> Iterator[Complaint]:
    """Find what is wrong with the queues of a request whose fields are right, each by itself.

    :param wanted: The queues; ``None``: they stay as they are.
    :param stored: The queues before.
    :param kind: The Deployment's type.
    :param cluster: Its cluster, if it has one.
    """
    if wanted is None:
        return
    names = [queue["name"] for queue in wanted]
    if len(set(names)) < len(names):
        yield Complaint("workerQueues", "unique", "have different names")
    if [queue["name"] for queue in wanted if queue["isDefault"]] != ["default"]:
        yield Complaint("workerQueues", "defaultQueue", "have one default queue, and that is named default")
    known = {"", *(queue["id"] for queue in stored)}
    for number, queue in enumerate(wanted):
        at = f"workerQueues[{number}]"
        if queue.get("id", "") not in known:
            yield Complaint(f"{at}.id", "exists", "be left out, or the id of an existing queue")
        if queue["minWorkerCount"] > queue["maxWorkerCount"]:
            yield Complaint(f"{at}.minWorkerCount", "ltefield", "be at most maxWorkerCount")
        if queue["maxWorkerCount"] > MAX_WORKERS["ceiling"]:
            yield Complaint(f"{at}.maxWorkerCount", "max", f"be max: {MAX_WORKERS['ceiling']}")
        yield from _workers(queue, at, kind, cluster)


def _workers(queue: dict[str, Any], at: str, kind: str, cluster: dict[str, Any] | None) -> Iterator[Complaint]:
    ceiling = CONCURRENCY["ceiling"]
    if kind == "HYBRID":
        if queue.get("nodePoolId") not in [pool["id"] for pool in (cluster or {}).get("nodePools", [])]:
            yield Complaint(f"{at}.nodePoolId", "exists", "be a node pool of the cluster")
    elif queue.get("astroMachine"):
        ceiling = MACHINES[queue["astroMachine"]]
    else:
        yield Complaint(f"{at}.astroMachine", "required")
    if queue["workerConcurrency"] > ceiling:
        yield Complaint(f"{at}.workerConcurrency", "max", f"be max: {ceiling}")
