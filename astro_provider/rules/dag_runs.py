"""Which run of another Deployment's DAG a task starts, meets again or leaves alone. Pure: no clock, no network."""

from __future__ import annotations

import enum
import hashlib
import json
import re
from typing import TYPE_CHECKING, NamedTuple, get_args
from urllib.parse import quote

from astro_provider.common.choices import RunState, TaskState
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

RUN_STATES = get_args(RunState)
TASK_STATES = get_args(TaskState)
#: Longest run id that Airflow takes.
LONGEST_RUN_ID = 250
#: What Airflow's default ``allowed_run_id_pattern`` forbids, and what would have to be encoded in an address.
UNUSUAL = re.compile(r"[^A-Za-z0-9_-]+")
#: Run ids with these beginnings belong to Airflow itself.
RESERVED = ("scheduled__", "backfill__", "asset_triggered__", "dataset_triggered__", "asset_materialization__")


class TaskIdentity(NamedTuple):
    """What stays the same over all tries of one task instance.

    :param deployment_id: The Deployment that it runs in: two Deployments may have the same DAG; empty outside Astro.
    :param dag_id: Its DAG.
    :param task_id: Its task.
    :param run_id: Its DAG run.
    :param map_index: Its place among the mapped ones; -1: it is not mapped.
    """

    deployment_id: str
    dag_id: str
    task_id: str
    run_id: str
    map_index: int = -1

    def digest(self, *more: str) -> str:
        """Return 32 characters that no other task instance has.

        :param more: What else they depend on.
        """
        return hashlib.sha256(json.dumps([*self, *more]).encode()).hexdigest()[:32]


def run_id_for(identity: TaskIdentity) -> str:
    """Return the id of the run that a task starts: the same one at each try, readable, and allowed by every Airflow.

    :param identity: The task instance.
    """
    readable = "__".join(UNUSUAL.sub("-", part)[:80] for part in (identity.dag_id, identity.task_id))
    return f"astro__{readable}__{identity.digest()}"


def checked_run_id(run_id: str) -> str:
    """Return a run id that a DAG author chose, if Airflow can use it.

    :param run_id: The id.
    :raises ConfigurationError: It is too long, or reserved. Its characters are for the other Airflow to judge, where
        ``[scheduler] allowed_run_id_pattern`` says which it takes.
    """
    if len(run_id) > LONGEST_RUN_ID:
        raise ConfigurationError(
            f"trigger_run_id has {len(run_id)} characters; Airflow accepts up to {LONGEST_RUN_ID}: {run_id[:60]!r}..."
        )
    if reserved := next((each for each in RESERVED if run_id.startswith(each)), None):
        raise ConfigurationError(
            f"trigger_run_id={run_id!r} is not valid: Airflow reserves ids that begin with {reserved!r}."
        )
    return run_id


def run_ids_of_tries(run_id: str, try_number: int) -> list[str]:
    """Return the run ids that a task with ``if_failed="new_run"`` may have used so far, the newest first.

    :param run_id: That of the first try.
    :param try_number: The present try, from 1.
    """
    return [*(f"{run_id[: LONGEST_RUN_ID - 6]}__{number}" for number in range(try_number, 1, -1)), run_id]


class RunAction(enum.Enum):
    """What to do with a run that has the id which a task wants to use."""

    CONTINUE = "continue"
    """Wait for it, or take its end as it is."""
    FAIL = "fail"
    SKIP = "skip"
    CLEAR = "clear"
    """Let all its tasks run again."""
    CLEAR_FAILED = "clear_failed"
    """Let only those of its tasks run again that failed."""
    NEW_RUN = "new_run"


def decide_run(
    state: str,
    *,
    own: bool,
    tried_before: bool,
    undecided: bool,
    if_exists: str,
    if_failed: str,
    failed_states: Collection[str],
) -> RunAction:
    """Say what to do with a run that is there already.

    A retry always meets the run of the try before. ``if_exists`` is asked at the very first try, at the first one after
    a person cleared the task, and at a retry if the try before it ended before it could act on that.

    :param state: The run's state.
    :param own: Whether this task started it, at an earlier try.
    :param tried_before: Whether this is not the task's first try.
    :param undecided: Whether no earlier try since then has taken the run, started it or cleared it.
    :param if_exists: What the DAG author wants.
    :param if_failed: What the DAG author wants if the task's own run has failed.
    :param failed_states: The states that count as failures.
    """
    if undecided and if_exists == "clear":
        return RunAction.CLEAR
    if undecided and if_exists in {"fail", "skip"} and not (own and tried_before):
        return RunAction(if_exists)
    if own and state in failed_states and if_failed != "fail":
        return RunAction(if_failed)
    return RunAction.CONTINUE


def checked_states(argument: str, states: Iterable[str], known: Collection[str] = RUN_STATES) -> tuple[str, ...]:
    """Return states in Airflow's spelling, sorted.

    :param argument: The argument they were given in, for the error.
    :param states: What was given; case does not matter.
    :param known: The states that there are.
    :raises ConfigurationError: One of them does not exist.
    """
    listed = [states] if isinstance(states, str) else list(states)
    for state in listed:
        if str(state).lower() not in known:
            hint = did_you_mean(str(state), known)
            raise ConfigurationError(
                f"{argument}: there is no state {state!r}; the states are {', '.join(known)}.{hint}"
            )
    return tuple(sorted({str(state).lower() for state in listed}))


def check_apart(**states: Collection[str]) -> None:
    """Reject a state that stands in two arguments.

    :param states: The arguments and the states that each lists.
    :raises ConfigurationError: One is listed twice.
    """
    where: dict[str, str] = {}
    for argument, listed in states.items():
        for state in listed:
            if state in where:
                raise ConfigurationError(
                    f"The state {state!r} is in both {where[state]} and {argument}. Remove it from one of them."
                )
            where[state] = argument


def run_url(airflow_url: str | None, major: int, dag_id: str, run_id: str) -> str | None:
    """Return the address of a run in its Airflow's UI.

    :param airflow_url: Address of that UI, a query in it is left out; ``None``: not known.
    :param major: Airflow's major version.
    :param dag_id: The DAG.
    :param run_id: The run.
    """
    if not airflow_url:
        return None
    page = f"{airflow_url.split('?')[0].rstrip('/')}/dags/{quote(dag_id, safe='')}"
    run = quote(run_id, safe="")
    return f"{page}/grid?dag_run_id={run}" if major < 3 else f"{page}/runs/{run}"


def task_url(url: str, major: int, task_id: str, map_index: int = -1) -> str:
    """Return the address of a task of a run.

    :param url: Address of the run.
    :param major: Airflow's major version.
    :param task_id: The task.
    :param map_index: Which of the mapped ones; -1: it is not mapped.
    """
    task = quote(task_id, safe="")
    if major < 3:
        return f"{url}&task_id={task}&tab=logs" + (f"&map_index={map_index}" if map_index >= 0 else "")
    return f"{url}/tasks/{task}" + (f"/mapped/{map_index}" if map_index >= 0 else "")
