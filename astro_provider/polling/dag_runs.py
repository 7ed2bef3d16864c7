"""Reading the runs of other Deployments' DAGs, and tasks of these runs, for waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from astro_provider.common.moments import parse_moment
from astro_provider.common.sentences import sentence
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import NameLookupError, NotFoundError
from astro_provider.http.retry import Repeat
from astro_provider.rules.run_choice import RunChoice, TaskChoice, choose_run, judge_tasks
from astro_provider.waits.goal import NOT_YET

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from datetime import datetime

    from astro_provider.airflow_api import AirflowClient
    from astro_provider.client import AstroClient
    from astro_provider.models.airflow.dag_runs import DagRun
    from astro_provider.models.airflow.task_instances import TaskInstance

#: What a wait for tasks has in the place of tasks if it is for the run itself.
NO_TASKS = TaskChoice((), "", (), (), ())


class RunKey(NamedTuple):
    """What a wait is about: plain text, so that keys can be sorted.

    :param deployment_id: The Deployment.
    :param dag_id: The DAG.
    :param choice: Which of its runs.
    :param moment: When the chosen run was due, as ISO 8601 text, so that a list can be narrowed; empty: not known.
    :param may_be_missing: Whether a run that is not there is only not there yet.
    :param tasks: Which of its tasks; ``NO_TASKS``: the wait is for the run itself.
    """

    deployment_id: str
    dag_id: str
    choice: RunChoice
    moment: str = ""
    may_be_missing: bool = False
    tasks: TaskChoice = NO_TASKS

    @property
    def what(self) -> str:
        """What messages call it."""
        run = f"{self.choice} of DAG {self.dag_id!r}"
        return sentence(run) if self.tasks == NO_TASKS else f"{sentence(str(self.tasks))} of {run}"


@dataclass(frozen=True)
class RunState:
    """How a run, or some of its tasks, stand."""

    label: str
    status: str
    status_reason: str | None = None
    run_id: str | None = None

    @property
    def facts(self) -> dict[str, str | None]:
        """What tasks pass on about it as XComs."""
        return {"dag_run_id": self.run_id, "state": self.status if self.run_id else None}


@dataclass(frozen=True)
class DagRunReader:
    """Reads runs of one Deployment's DAGs with one list, however many waits there are for them."""

    batch_size: int = 500

    def group(self, key: RunKey) -> Hashable:
        """Return what keys that share a list have in common: the Deployment, and by what its list can be narrowed.

        :param key: What a wait is about.
        """
        return key.deployment_id, key.choice.by, bool(key.moment)

    def read_batch(self, client: AstroClient, keys: Sequence[RunKey]) -> dict[RunKey, RunState]:
        """Read runs of one Deployment, and stop where reading each by itself costs fewer requests.

        :param client: The connection's client.
        :param keys: What the waits are about.
        """
        from astro_provider.http.pages import LongList

        airflow = _airflow(client, keys[0], Repeat.NEVER)
        try:
            found = _runs(airflow, keys)
        except LongList:
            return {}
        if not any(key.tasks != NO_TASKS for key in keys):
            return {key: run_state(key, run) for key, run in found.items()}
        return self._with_tasks(airflow, found)

    def _with_tasks(self, airflow: AirflowClient, found: dict[RunKey, DagRun | None]) -> dict[RunKey, RunState]:
        from astro_provider.airflow_api.resource import PAGE_SIZE
        from astro_provider.http.pages import LongList

        there = {key: run for key, run in found.items() if run is not None and key.tasks != NO_TASKS}
        states = {key: run_state(key, run) for key, run in found.items() if key not in there}
        if not there:
            return states
        task_ids = {task_id for key in there for task_id in key.tasks.task_ids}
        try:
            instances = airflow.task_instances.list(
                sorted({key.dag_id for key in there}),
                sorted({run.dag_run_id for run in there.values()}),
                task_ids=() if any(key.tasks.group for key in there) else sorted(task_ids),
                most=PAGE_SIZE * len(there),
                repeat=Repeat.NEVER,
            )
        except LongList:
            return states
        by_run: dict[tuple[str, str], list[TaskInstance]] = {}
        for instance in instances:
            by_run.setdefault((instance.dag_id, instance.dag_run_id), []).append(instance)
        found_by_key = {key: by_run.get((run.dag_id, run.dag_run_id), []) for key, run in there.items()}
        # A task that the list does not show may be one that the run does not have: reading the run by itself tells.
        return states | {
            key: tasks_state(key, there[key], tasks)
            for key, tasks in found_by_key.items()
            if not key.tasks.absent(tasks)
        }

    def read_one(self, client: AstroClient, key: RunKey) -> RunState:
        """Read one run by itself, and its tasks if the wait is for them.

        :param client: The connection's client.
        :param key: What the wait is about.
        :raises NotFoundError: The run does not exist, and the wait is not for one that may come.
        :raises NameLookupError: The run has no such task.
        """
        return self.read_run(client, key)[0]

    def read_run(
        self, client: AstroClient, key: RunKey, *, repeat: Repeat = Repeat.NEVER
    ) -> tuple[RunState, DagRun | None]:
        """Do the same, and return the run itself, too.

        :param client: The connection's client.
        :param key: What the wait is about.
        :param repeat: How freely each request may be sent again.
        :raises NotFoundError: The run does not exist, and the wait is not for one that may come.
        :raises NameLookupError: The run has no such task.
        """
        airflow = _airflow(client, key, repeat)
        run = _one_run(airflow, key, repeat)
        if run is None or key.tasks == NO_TASKS:
            return run_state(key, run), run
        instances = airflow.task_instances.list([run.dag_id], [run.dag_run_id], repeat=repeat)
        if instances and (absent := key.tasks.absent(instances)):
            known = {instance.task_id for instance in instances}
            hint = did_you_mean(key.tasks.group or absent[0].split("'")[1], known)
            raise NameLookupError(f"Run {run.dag_run_id!r} of DAG {run.dag_id!r} has no {absent[0]}.{hint}")
        return tasks_state(key, run, instances), run


def run_state(key: RunKey, run: DagRun | None) -> RunState:
    """Return how a run stands.

    :param key: What the wait is about.
    :param run: The run; ``None``: it is not there yet.
    """
    if run is None:
        return RunState(key.what, NOT_YET)
    return RunState(f"DAG run {run.dag_run_id!r} of DAG {run.dag_id!r}", run.status, None, run.dag_run_id)


def tasks_state(key: RunKey, run: DagRun, instances: Sequence[TaskInstance]) -> RunState:
    """Return how tasks of a run stand together.

    :param key: What the wait is about.
    :param run: The run.
    :param instances: Its tasks.
    """
    status, reason = judge_tasks(key.tasks, instances)
    label = f"{sentence(str(key.tasks))} of DAG run {run.dag_run_id!r} of DAG {run.dag_id!r}"
    return RunState(label, status, reason, run.dag_run_id)


def _airflow(client: AstroClient, key: RunKey, repeat: Repeat) -> AirflowClient:
    from astro_provider.airflow_api.connect import airflow_client_by_id

    return airflow_client_by_id(client, key.deployment_id, repeat=repeat)


def _runs(airflow: AirflowClient, keys: Sequence[RunKey]) -> dict[RunKey, DagRun | None]:
    """Return the runs that one list shows; those of which it does not say for certain are left out."""
    from astro_provider.airflow_api.resource import PAGE_SIZE

    by, moments = keys[0].choice.by, [moment for key in keys if (moment := _moment(key)) is not None]
    if len(moments) < len(keys):
        return {}  # nothing narrows the list: each is read by itself
    dated = by == "logical_date"
    runs = airflow.dag_runs.list(
        sorted({key.dag_id for key in keys}),
        since=None if dated else min(moments),
        until=max(moments) if by == "run_id" else None,
        logical_dates=(min(moments), max(moments)) if dated else None,
        most=PAGE_SIZE * len(keys),
        repeat=Repeat.NEVER,
    )
    found = {key: choose_run(key.choice, key.dag_id, runs) for key in keys}
    # A run that is asked for by its id is not gone because a list leaves it out: it gets a request of its own.
    return {key: run for key, run in found.items() if run is not None or by != "run_id"}


def _moment(key: RunKey) -> datetime | None:
    return key.choice.moment or (parse_moment(key.moment) if key.moment else None)


def _one_run(airflow: AirflowClient, key: RunKey, repeat: Repeat) -> DagRun | None:
    choice, moment = key.choice, key.choice.moment
    if moment is None:
        try:
            return airflow.dag_runs.get(key.dag_id, choice.value, repeat=repeat)
        except NotFoundError:
            if not key.may_be_missing:
                raise
            return None
    if choice.by == "newest_after":
        runs = airflow.dag_runs.newest([key.dag_id], since=moment, repeat=repeat)
    else:
        runs = airflow.dag_runs.list([key.dag_id], logical_dates=(moment, moment), repeat=repeat)
    return choose_run(choice, key.dag_id, runs)
