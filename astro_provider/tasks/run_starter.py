"""Starting a run of another Deployment's DAG for a task, or taking the one that is there already."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.airflow_api.paused_dags import MARK, marked, unpause_for
from astro_provider.common.arguments import is_given
from astro_provider.common.sentences import sentence
from astro_provider.errors import AlreadyExistsError, GuardError, NotFoundError, NotParsedError
from astro_provider.http.resource import CLOCK_TOLERANCE
from astro_provider.rules.dag_runs import RunAction, decide_run, run_ids_of_tries
from astro_provider.tasks.remote_runs import clear_failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from astro_provider.airflow_api import AirflowClient
    from astro_provider.models.airflow.dag_runs import DagRun
    from astro_provider.models.airflow.dags import Dag
    from astro_provider.tasks.retry_state import RetryState

#: What a retry has to know: the id of the run that this task was about to start.
TRIGGERED = "astro_triggered_run_id"
#: Which run it has taken since the task last began anew, and when that run had ended before it was cleared.
TAKEN = "astro_taken_run"


class RunStarter:
    """Gives a task its run.

    :param task: The task, a ``TriggerDeploymentDagRunOperator``.
    :param airflow: The other Deployment's Airflow.
    :param dag: The DAG.
    :param state: What the tries of the task tell each other.
    """

    def __init__(self, task: Any, airflow: AirflowClient, dag: Dag, state: RetryState) -> None:
        self._task = task
        self._airflow = airflow
        self._dag = dag
        self._state = state
        self._run_ids: list[str] = []

    def run(self, run_id: str, body: Mapping[str, Any]) -> DagRun:
        """Return the run with an id: one that is there already, or a new one.

        :param run_id: The id.
        :param body: What a new run is started with.
        """
        several = self._task.if_failed == "new_run"
        self._run_ids = run_ids = run_ids_of_tries(run_id, self._state.try_number) if several else [run_id]
        find, dag_id = self._airflow.dag_runs.find, self._dag.dag_id
        run = next((run for each in run_ids if (run := find(dag_id, each))), None)
        return self._start(run_id, body) if run is None else self._take(run, run_ids[0], body)

    def _start(self, run_id: str, body: Mapping[str, Any]) -> DagRun:
        """Start a run, exactly one, and unpause its DAG for it if that was asked for."""
        unpauses, own_before = self._check_paused(), self._is_own(run_id)
        self._state.remember(TRIGGERED, run_id)
        self._remember_taken(run_id)
        self._task.own_run = (self._airflow, run_id)
        note = marked(body["note"]) if unpauses else body["note"]
        try:
            run = self._airflow.dag_runs.create(self._dag.dag_id, run_id, **{**body, "note": note})
        except AlreadyExistsError:  # somebody else was faster, or a request of an earlier try arrived late
            run = self._airflow.dag_runs.get(self._dag.dag_id, run_id)
            self._task.log.warning("%s was started in the meantime.", sentence(run.label))
            if own_before:
                return run
            self._task.own_run = None
            self._state.remember(TRIGGERED, "")
            self._state.remember(TAKEN, {})
            return self._take(run, run_id, body)
        except NotFoundError as error:
            raise NotParsedError(
                f"DAG {self._dag.dag_id!r} cannot run. Just after a deploy, it may not have been parsed yet. {error}"
            ) from None
        self._task.log.info("Started %s.", run.label)
        return self._unpaused(run) if unpauses else run

    def _check_paused(self) -> bool:
        """Return whether the DAG has to be unpaused, if it may be."""
        if not self._dag.is_paused or self._task.if_paused == "ignore":
            return False
        if self._task.if_paused == "fail":
            raise GuardError(
                f"DAG {self._dag.dag_id!r} is paused in Deployment {self._task.known_deployment_name!r}, so a run of "
                "it would not start. Set if_paused to 'unpause' to unpause the DAG until the run has ended, or to "
                "'ignore' to create a run that starts only when somebody unpauses the DAG."
            )
        if self._dag.schedule:
            self._task.log.warning(
                "DAG %r has a schedule (%s): while it is unpaused, its scheduled runs also start.",
                self._dag.dag_id,
                self._dag.schedule,
            )
        return True

    def _take(self, run: DagRun, next_run_id: str, body: Mapping[str, Any]) -> DagRun:
        """Do what there is to do with a run that has the id already."""
        action = decide_run(
            run.status,
            own=self._is_own(run.dag_run_id),
            tried_before=self._state.is_retry,
            undecided=self._is_undecided(run),
            if_exists=self._task.if_exists,
            if_failed=self._task.if_failed,
            failed_states=self._task.goal().failure_statuses,
        )
        if action is RunAction.SKIP:
            raise AirflowSkipException(f"The {run.label} already exists, with the state {run.status}.")
        if action is RunAction.FAIL:
            raise GuardError(
                f"The {run.label} already exists, with the state {run.status}. Set if_exists to 'reuse', 'skip' or "
                "'clear' to allow this."
            )
        if action is RunAction.NEW_RUN:
            self._task.log.info("%s has failed; starting another run.", sentence(run.label))
            return self._start(next_run_id, body)
        if self._is_own(run.dag_run_id):
            self._task.own_run = (self._airflow, run.dag_run_id)
        elif action is RunAction.CONTINUE:
            self._remember_taken(run.dag_run_id)
        is_over = run.is_finished and action is RunAction.CONTINUE
        unpauses = not is_over and self._check_paused()
        run = self._again(run, action)
        self._task.unpaused = MARK in (run.note or "")
        return self._unpaused(run) if unpauses else run

    def _unpaused(self, run: DagRun) -> DagRun:
        self._task.unpaused = True
        unpause_for(self._airflow, run)
        self._task.log.info("Unpaused DAG %r for the duration of this run.", run.dag_id)
        return run

    def _is_own(self, run_id: str) -> bool:
        """Whether an earlier try of this task started the run with an id, or took it: that is the same to a retry."""
        if not is_given(self._task.trigger_run_id):
            return True  # nobody else uses such an id
        if not self._state.remembers:
            return self._state.is_retry
        taken = self._state.recall(TAKEN) or {}
        # An id with the number of a try at its end is only ever used after a run of this task.
        return not {self._state.recall(TRIGGERED), taken.get("run_id")}.isdisjoint({run_id, *self._run_ids[:-1]})

    def _is_undecided(self, run: DagRun) -> bool:
        """Whether no try has acted on ``if_exists`` since the task last began anew."""
        if self._state.begins_a_round:
            return True
        if self._state.remembers:
            taken = self._state.recall(TAKEN) or {}
            if taken.get("round") != self._state.first_of_round or taken.get("run_id") not in self._run_ids:
                return True
            return taken["ended"] is not None and taken["ended"] == _ended(run)
        if self._state.run_started is None or run.end_date is None:
            return False
        # What ended before this task's own DAG run started has not been cleared by it.
        age = datetime.now(timezone.utc) - self._state.run_started
        return bool(run.end_date < self._airflow.server_time() - age - CLOCK_TOLERANCE)

    def _remember_taken(self, run_id: str, *, ended: str | None = None) -> None:
        self._state.remember(TAKEN, {"round": self._state.first_of_round, "run_id": run_id, "ended": ended})

    def _again(self, run: DagRun, action: RunAction) -> DagRun:
        """Let tasks of a run start again where that was decided; returns the run as it is then."""
        if action is RunAction.CONTINUE:
            end = "taking its result" if run.is_finished else "continuing with it"
            self._task.log.info("The %s already exists, with the state %s; %s.", run.label, run.status, end)
            if run.is_finished and self._task.if_exists == "reuse":
                self._task.log.info("To let it run again when this task is cleared, set if_exists='clear'.")
            return run
        if action is RunAction.CLEAR:
            self._task.log.info("Clearing %s: all of its tasks start again.", run.label)
            return self._clear(run)
        # What ``fail_run`` ends has skipped tasks, too, which did not get their turn.
        run, cleared = clear_failed(self._airflow, run, with_skipped=self._task.when_killed == "fail_run")
        self._task.log.info(
            "%s has failed; these of its tasks start again: %s.", sentence(run.label), ", ".join(cleared) or "none"
        )
        return run

    def _clear(self, run: DagRun) -> DagRun:
        """Clear a run in a way that a retry knows whether that was done, wherever this try may be killed."""
        if run.is_finished:
            self._remember_taken(run.dag_run_id, ended=_ended(run))
        cleared = self._airflow.dag_runs.clear(run.dag_id, run.dag_run_id, is_under_way=not run.is_finished)
        self._remember_taken(run.dag_run_id)
        return cleared


def _ended(run: DagRun) -> str | None:
    return run.end_date.isoformat() if run.end_date else None
