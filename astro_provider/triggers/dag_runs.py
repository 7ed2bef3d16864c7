"""Waiting in the triggerer for a run of another Deployment's DAG, or for tasks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.import_paths import names_elsewhere
from astro_provider.polling.dag_runs import NO_TASKS, DagRunReader, RunKey
from astro_provider.rules.run_choice import RunChoice, TaskChoice
from astro_provider.triggers.base import WaitTrigger, connection_board
from astro_provider.waits.wait import Words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from astro_provider.client import AstroClient
    from astro_provider.polling.board import Board


class DagRunStatusTrigger(WaitTrigger):
    """Waits until a DAG run in another Deployment, or the selected tasks in it, have reached a target state.

    All waits of a triggerer for runs in one Deployment are read together. An outage, a rate limit, or a hibernating
    Deployment never ends a wait. A state that is in neither list counts as not finished, and so does a state that a
    later version of Airflow adds.

    :param astro_conn_id: Id of a connection of type ``astro``.
    :param deployment_id: The Deployment.
    :param dag_id: The DAG.
    :param by: How the run is selected: ``run_id``, ``logical_date`` or ``newest_after``.
    :param value: The run id, or the time as ISO 8601 text.
    :param moment: When the run was due, to limit the list; empty: unknown.
    :param may_be_missing: Whether to wait for a run that does not exist yet.
    :param task_ids: Tasks of the run to wait for instead; for a mapped task, all its map indexes.
    :param task_group: A task group to wait for instead.
    :param skipped_statuses: States of tasks that also end the wait, with the result "skipped".
    :param target_statuses: States that end the wait successfully.
    :param failure_statuses: States that end the wait as failed.
    :param gone: Not used here.
    :param settle_until: Epoch seconds; before this time, a target state counts only after another state was seen.
    :param poll_interval: Seconds between polls.
    :param started_at: Epoch seconds at which the task began to wait.
    :param deadline: Epoch seconds at which the wait fails; it survives a restart of the triggerer.
    :param limit: The argument of the task that set the deadline: ``timeout`` or ``execution_timeout``.
    :param url: Address of the run's page, for messages.
    :param known_as: Name of the run in messages until it is seen.
    :param last_status: The state of the run when the wait began, for messages.
    :param cancel_if_killed: Whether to end the run if somebody stops the waiting task (from Airflow 3.3), or when the
        task's ``execution_timeout`` expires.
    :param put_back: The hibernation override from before the task woke the Deployment up, to restore if somebody stops
        the waiting task.
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


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
