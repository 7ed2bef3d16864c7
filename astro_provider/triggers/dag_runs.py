"""Waiting in the triggerer for a run of another Deployment's DAG, or for tasks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.polling.dag_runs import NO_TASKS, DagRunReader, RunKey
from astro_provider.rules.run_choice import RunChoice, TaskChoice
from astro_provider.triggers.base import WaitTrigger, connection_board
from astro_provider.waits.wait import Words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from astro_provider.client import AstroClient
    from astro_provider.polling.board import Board


class DagRunStatusTrigger(WaitTrigger):
    """Waits until a run of a DAG in another Deployment, or tasks of it, have reached a state.

    All waits of a triggerer for runs in one Deployment are read together. An outage, a rate limit, or a Deployment that
    hibernates never ends a wait. A state that is in neither list, and one that a later Airflow adds, is not finished.

    :param astro_conn_id: Id of a connection of type ``astro``.
    :param deployment_id: The Deployment.
    :param dag_id: The DAG.
    :param by: By what its run is chosen: ``run_id``, ``logical_date`` or ``newest_after``.
    :param value: The run id, or the moment as ISO 8601 text.
    :param moment: When the run was due, so that a list can be narrowed; empty: not known.
    :param may_be_missing: Whether a run that is not there is only not there yet.
    :param task_ids: Tasks of the run to wait for instead; for a mapped task, all that were mapped.
    :param task_group: A task group to wait for instead.
    :param skipped_statuses: States of tasks that end the wait, too, but as skipped.
    :param target_statuses: States that end the wait well.
    :param failure_statuses: States that end it badly.
    :param gone: Not used here.
    :param settle_until: Epoch seconds before which a target state only counts once another one was seen.
    :param poll_interval: Seconds between polls.
    :param started_at: Epoch seconds at which the task began to wait.
    :param deadline: Epoch seconds at which the wait has failed; it survives a restart of the triggerer.
    :param limit: The task's argument that the deadline comes from: ``timeout`` or ``execution_timeout``.
    :param url: Where a person would look; for the messages.
    :param known_as: What messages call the run until it is seen.
    :param last_status: Its state when the wait began; for the messages.
    :param cancel_if_killed: Whether to end the run when somebody stops the waiting task (from Airflow 3.3), and when
        the task's ``execution_timeout`` is over.
    :param put_back: What to put back when somebody stops the waiting task: the hibernation override that was in force
        before the task woke the Deployment up.
    """

    reader: ClassVar[DagRunReader] = DagRunReader()
    words: ClassVar[Words] = Words("DAG run", cancelled="ended", left="goes on")

    deployment_id: str
    dag_id: str
    by: str
    value: str
    moment: str = ""
    may_be_missing: bool = False
    task_ids: Sequence[str] = ()
    task_group: str = ""
    skipped_statuses: Collection[str] = ()
    target_statuses: Collection[str] = ("success",)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.task_ids, self.skipped_statuses = list(self.task_ids), sorted(self.skipped_statuses)

    @property
    def key(self) -> RunKey:
        """What the wait is about."""
        choice = RunChoice(self.by, self.value)
        tasks = NO_TASKS
        if self.task_ids or self.task_group:
            skipped = tuple(self.skipped_statuses)
            allowed = tuple(state for state in self.target_statuses if state not in skipped)
            tasks = TaskChoice(tuple(self.task_ids), self.task_group, allowed, skipped, tuple(self.failure_statuses))
        return RunKey(self.deployment_id, self.dag_id, choice, self.moment, self.may_be_missing, tasks)

    def board(self) -> Board[Any]:
        """Return the board of the Deployment's Airflow: what one of them cannot do must not hold back the others."""
        return connection_board(self.astro_conn_id, self.deployment_id)

    def cancel(self, client: AstroClient) -> None:
        """End the run as failed, with one attempt.

        :param client: The connection's client.
        :raises NotFoundError: It does not exist.
        """
        from astro_provider.airflow_api.connect import airflow_client_by_id
        from astro_provider.airflow_api.paused_dags import end_run
        from astro_provider.http.retry import Repeat

        airflow = airflow_client_by_id(client, self.deployment_id, repeat=Repeat.NEVER)
        end_run(airflow, self.dag_id, self.value, repeat=Repeat.NEVER)

    @property
    def _name(self) -> str:
        return self.known_as or self.key.what
