"""Starting a run of another Deployment's DAG for a task, or taking the one that is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.airflow_api.paused_dags import marked, unpause_for
from astro_provider.common.arguments import is_given
from astro_provider.errors import AlreadyExistsError, GuardError
from astro_provider.rules.dag_runs import RunAction, decide_run, run_ids_of_tries
from astro_provider.rules.run_choice import sentence
from astro_provider.tasks.remote_runs import clear_failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from astro_provider.airflow_api import AirflowClient
    from astro_provider.models.airflow.dag_runs import DagRun
    from astro_provider.models.airflow.dags import Dag
    from astro_provider.tasks.retry_state import RetryState

#: What a retry has to know: the id of the run that this task was about to start.
TRIGGERED = "astro_triggered_run_id"


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

    def run(self, run_id: str, body: Mapping[str, Any]) -> DagRun:
        """Return the run with an id: one that is there already, or a new one.

        :param run_id: The id.
        :param body: What a new run is started with.
        """
        run_ids = run_ids_of_tries(run_id, self._state.try_number) if self._task.if_failed == "new_run" else [run_id]
        find, dag_id = self._airflow.dag_runs.find, self._dag.dag_id
        run = next((run for each in run_ids if (run := find(dag_id, each))), None)
        return self._start(run_id, body) if run is None else self._take(run, run_ids[0], body)

    def _start(self, run_id: str, body: Mapping[str, Any]) -> DagRun:
        """Start a run, exactly one, and unpause its DAG for it if that was asked for."""
        unpauses = self._check_paused()
        self._state.remember(TRIGGERED, run_id)
        self._task.own_run = (self._airflow, run_id)
        note = marked(body["note"]) if unpauses else body["note"]
        try:
            run = self._airflow.dag_runs.create(self._dag.dag_id, run_id, **{**body, "note": note})
        except AlreadyExistsError:  # somebody else was faster
            run = self._airflow.dag_runs.get(self._dag.dag_id, run_id)
            self._task.own_run = self._task.own_run if self._is_own(run) else None
            self._task.log.warning("%s was started in the meantime; continuing with it.", sentence(run.label))
            return run
        self._task.log.info("Started %s.", run.label)
        if unpauses:
            unpause_for(self._airflow, run)
        return run

    def _check_paused(self) -> bool:
        """Return whether the DAG has to be unpaused, if it may be."""
        if not self._dag.is_paused or self._task.if_paused == "ignore":
            return False
        if self._task.if_paused == "fail":
            raise GuardError(
                f"DAG {self._dag.dag_id!r} is paused, so a run of it would not start. Set if_paused to 'unpause' or "
                "'ignore' to allow that."
            )
        if self._dag.schedule:
            self._task.log.warning(
                "DAG %r has a schedule (%s): while it is unpaused, runs that the schedule has due start, too.",
                self._dag.dag_id,
                self._dag.schedule,
            )
        return True

    def _take(self, run: DagRun, next_run_id: str, body: Mapping[str, Any]) -> DagRun:
        """Do what there is to do with a run that has the id already."""
        action = decide_run(
            run.status,
            own=self._is_own(run),
            tried_before=self._state.is_retry,
            first_of_round=self._state.begins_a_round,
            if_exists=self._task.if_exists,
            if_failed=self._task.if_failed,
            failed_states=self._task.goal().failure_statuses,
        )
        if action is RunAction.SKIP:
            raise AirflowSkipException(f"There is {run.label} already, with the state {run.status}.")
        if action is RunAction.FAIL:
            raise GuardError(
                f"There is {run.label} already, with the state {run.status}. Set if_exists to 'reuse', 'skip' or "
                "'clear' to allow this."
            )
        if action is RunAction.NEW_RUN:
            self._task.log.info("%s has failed; starting another run.", sentence(run.label))
            return self._start(next_run_id, body)
        if self._is_own(run):
            self._task.own_run = (self._airflow, run.dag_run_id)
        is_over = run.is_finished and action is RunAction.CONTINUE
        unpauses = not is_over and self._check_paused()
        run = self._again(run, action)
        if unpauses:
            unpause_for(self._airflow, run)
        return run

    def _is_own(self, run: DagRun) -> bool:
        """Whether this task started the run, at this try or an earlier one."""
        if not is_given(self._task.trigger_run_id):
            return True  # nobody else uses such an id
        return self._state.recall(TRIGGERED) == run.dag_run_id if self._state.remembers else self._state.is_retry

    def _again(self, run: DagRun, action: RunAction) -> DagRun:
        """Let tasks of a run start again where that was decided; returns the run as it is then."""
        if action is RunAction.CONTINUE:
            end = "taking its result" if run.is_finished else "continuing with it"
            self._task.log.info("There is %s already, with the state %s; %s.", run.label, run.status, end)
            if run.is_finished and self._task.if_exists == "reuse":
                self._task.log.info("To let it run again when this task is cleared, set if_exists='clear'.")
            return run
        if action is RunAction.CLEAR:
            self._task.log.info("Clearing %s: all of its tasks start again.", run.label)
            return self._airflow.dag_runs.clear(run.dag_id, run.dag_run_id)
        # What ``fail_run`` ends has skipped tasks, too, which did not get their turn.
        run, cleared = clear_failed(self._airflow, run, with_skipped=self._task.when_killed == "fail_run")
        self._task.log.info(
            "%s has failed; these of its tasks start again: %s.", sentence(run.label), ", ".join(cleared) or "none"
        )
        return run
