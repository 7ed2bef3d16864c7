"""Worker queues: matched by name, sent with their ids, each in its own machine or node pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astro_provider.deployment_file.model import FileQueue
from astro_provider.plan.problems import Problems, unknown
from astro_provider.plan.worker_counts import COUNTS, WorkerCounts

if TYPE_CHECKING:
    from astro_provider.common.choices import Unlisted
    from astro_provider.models.clusters import NodePool
    from astro_provider.models.deployment_options import CountRange
    from astro_provider.models.deployments import WorkerQueue
    from astro_provider.plan.lookups import Lookups

#: What Astro gives to a new hosted Deployment, if it offers it.
DEFAULT_MACHINE = "A5"
Queue = dict[str, Any]


@dataclass(frozen=True)
class QueuePlanner:
    """Plans the queues of one Deployment.

    :param problems: Holds the file; gets what is not possible.
    :param lookups: Options and, for HYBRID, the cluster with its node pools.
    :param hybrid: Whether the queues run in node pools rather than on Astro machines.
    :param creates: Whether they are those of a new Deployment.
    """

    problems: Problems
    lookups: Lookups
    hybrid: bool
    creates: bool = False

    def planned(self, existing: tuple[WorkerQueue, ...] = (), unlisted: Unlisted = "remove") -> list[Queue]:
        """Return the complete list of queues.

        :param existing: The Deployment's queues; none to create.
        :param unlisted: What happens to those that the file does not list.
        """
        listed = self.problems.file.worker_queues
        if not listed:
            return [self.resent(queue) for queue in existing] or self._default_queue()
        by_name = {queue.name: queue for queue in existing}
        queues = [self._one(index, queue, by_name.get(queue.name)) for index, queue in enumerate(listed)]
        names = {queue.name for queue in listed}
        others = [queue for queue in existing if queue.name not in names]
        if unlisted == "fail" and others:
            unnamed = ", ".join(queue.name for queue in others)
            found = f"the Deployment has queues that are not listed: {unnamed}"
            self.problems.add(f"{found}; set unlisted to 'keep' or 'remove' to allow this", "worker_queues")
        if unlisted == "keep":
            queues += [self.resent(queue) for queue in others]
        if not any(queue["is_default"] for queue in queues):
            self.problems.add("one queue must be named 'default'", "worker_queues")
        return queues

    def _default_queue(self) -> list[Queue]:
        """Propose Astro's own default queue, for a Deployment that comes from an executor without queues."""
        options = self.lookups.options
        machines = [machine.name for machine in options.worker_machines] if options else []
        known_problems = len(self.problems.found)
        if self.hybrid:
            pool = self._default_pool("at least a queue named 'default' is needed", "worker_queues")
            worker_type = pool.node_instance_type if pool else None
        else:
            worker_type = DEFAULT_MACHINE if DEFAULT_MACHINE in machines else next(iter(machines), None)
        if worker_type is None or options is None:
            if len(self.problems.found) == known_problems:
                self.problems.add("at least a queue named 'default' is needed", "worker_queues")
            return []
        queue = self._one(0, FileQueue(name="default", worker_type=worker_type), None)
        workers = f"{queue['min_worker_count']} to {queue['max_worker_count']} workers of type {worker_type}"
        concurrency = f"{queue['worker_concurrency']} tasks at once on each"
        found = f"lists no queue; Astro's default is sent: one queue 'default' with {workers}, {concurrency}"
        self.problems.note(found, "worker_queues")
        return [queue]

    def resent(self, queue: WorkerQueue) -> Queue:
        """Return an existing queue as the request that leaves it as it is.

        :param queue: One of the Deployment's queues.
        """
        machine = {"node_pool_id": queue.node_pool_id} if self.hybrid else {"astro_machine": queue.astro_machine}
        same = {name: getattr(queue, name) for name in (*COUNTS, "pod_ephemeral_storage")}
        fields = {"id": queue.id, "name": queue.name, "is_default": queue.name == "default", **same, **machine}
        return {name: value for name, value in fields.items() if value is not None}

    def _one(self, index: int, queue: FileQueue, existing: WorkerQueue | None) -> Queue:
        at = ("worker_queues", index)
        planned: Queue = {"name": queue.name, "is_default": queue.name == "default"}
        if existing:
            planned = self.resent(existing)
        if queue.worker_type:
            planned |= self._machine(queue.worker_type, existing, *at)
        elif existing is None:
            self.problems.add("is missing; a new queue needs one", *at, "worker_type")
        if queue.pod_ephemeral_storage and self.hybrid and self.creates:
            found = "is not used to create a HYBRID Deployment; an update with the same file sets it"
            self.problems.note(found, *at, "pod_ephemeral_storage")
        elif queue.pod_ephemeral_storage:
            planned["pod_ephemeral_storage"] = queue.pod_ephemeral_storage
        self._set_counts(queue, planned, existing, index)
        return planned

    def _machine(self, worker_type: str, existing: WorkerQueue | None, *at: str | int) -> Queue:
        if self.hybrid:
            pool = self.pool(worker_type, existing.node_pool_id if existing else None, *at, "worker_type")
            return {"node_pool_id": pool.id} if pool else {}
        machine = worker_type.upper()
        options = None if existing and existing.astro_machine == machine else self.lookups.options
        if options and machine not in (known := [item.name.upper() for item in options.worker_machines]):
            self.problems.add(unknown("an available worker type", worker_type, known), *at, "worker_type")
        return {"astro_machine": machine}

    def pool(self, worker_type: str, present: str | None, *at: str | int) -> NodePool | None:
        """Find the node pool of a machine type; of several, the present one, else the cluster's default.

        :param worker_type: Node instance type.
        :param present: Id of the pool used now.
        :param at: Where the file asks for it.
        """
        cluster = self.lookups.cluster
        if cluster is None and self.creates:  # that there is no cluster is a problem already
            return None
        pools = cluster.node_pools or () if cluster else ()
        fitting = [pool for pool in pools if pool.node_instance_type == worker_type]
        if not fitting:
            where = f"a worker type of cluster {cluster.name!r}" if cluster else "a known worker type"
            self.problems.add(unknown(where, worker_type, sorted({pool.node_instance_type for pool in pools})), *at)
            return None
        return max(fitting, key=lambda pool: (pool.id == present, pool.is_default))

    def default_task_pool(self) -> NodePool | None:
        """Choose the node pool of task pods if the file names none, with a note."""
        at = ("configuration", "default_worker_type")
        pool = self._default_pool("is missing", *at)
        if pool and self.lookups.cluster:
            found = f"is missing; task pods run on {pool.node_instance_type}, the default of cluster"
            self.problems.note(f"{found} {self.lookups.cluster.name!r}", *at)
        return pool

    def _default_pool(self, lacking: str, *at: str) -> NodePool | None:
        """Choose the cluster's default node pool, or its only one.

        :param lacking: What to say if there is no such pool.
        :param at: What the file lacks, a worker type or the queues, for the problem.
        """
        cluster = self.lookups.cluster
        pools = cluster.node_pools or () if cluster else ()
        if cluster is None or not pools:  # nothing to choose from is known; Astro decides
            return None
        chosen = [pool for pool in pools if pool.is_default or len(pools) == 1]
        if len(chosen) == 1:
            return chosen[0]
        known = ", ".join(sorted({pool.node_instance_type for pool in pools}))
        self.problems.add(f"{lacking}; the worker types of cluster {cluster.name!r} are {known}", *at)
        return None

    def _set_counts(self, queue: FileQueue, planned: Queue, existing: WorkerQueue | None, index: int) -> None:
        """Set workers and concurrency: the file's, else those of the same queue now, else Astro's defaults, fitted."""
        moves = existing is None or planned.get("astro_machine") != existing.astro_machine
        counts = WorkerCounts(
            problems=self.problems,
            place=("worker_queues", index),
            stated={name: value for name in COUNTS if (value := getattr(queue, name)) is not None},
            present={name: planned[name] for name in COUNTS if name in planned},
            limits=self._limits(planned.get("astro_machine")),
        )
        planned |= counts.planned(moves=moves)

    def _limits(self, machine: str | None) -> dict[str, CountRange]:
        options = self.lookups.options
        if options is None:
            return {}
        queues = options.worker_queues
        concurrency = queues.worker_concurrency
        if not self.hybrid:
            # Of the machine of this very queue; never of another one's.
            of_machine = {item.name.upper(): item.concurrency for item in options.worker_machines}
            concurrency = of_machine.get(machine or "", concurrency)
        return {
            "max_worker_count": queues.max_workers,
            "min_worker_count": queues.min_workers,
            "worker_concurrency": concurrency,
        }
