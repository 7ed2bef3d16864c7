"""Waiting for a run of another Deployment's DAG, or for tasks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.common.arguments import is_given
from astro_provider.common.import_paths import names_elsewhere
from astro_provider.errors import (
    ConfigurationError,
)
from astro_provider.tasks.run_sensing import RunSensor, check_not_empty, check_one_of
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.common.choices import IfRunMissing, TaskState
    from astro_provider.waits.verdict import Verdict


class DeploymentDagRunSensor(RunSensor):
    """Waits until a run of a DAG in another Deployment has ended; returns the run's id.

    Set exactly one of ``external_run_id``, ``logical_date`` and ``newest_after`` to select the run. If the run does not
    exist yet, the sensor waits for it; a missing run never counts as a success. Pushes the XComs ``dag_run_id``,
    ``state`` and ``dag_run_url``.

    :param allowed_states: States of the run that end the wait successfully: queued, running, success, failed.
    """

    def value_checks(self) -> Mapping[str, Callable[[str, Any], object]]:
        """Return what can be judged when the DAG file is parsed."""
        from astro_provider.rules.dag_runs import checked_states

        return {**super().value_checks(), "allowed_states": checked_states, "failed_states": checked_states}

    def goal(self) -> dict[str, Any]:
        """Return what the trigger has to know about states and tasks."""
        from astro_provider.rules.dag_runs import check_apart, checked_states

        allowed = checked_states("allowed_states", self.allowed_states or ())
        failed = checked_states("failed_states", self.failed_states or ())
        check_not_empty("allowed_states", allowed)
        check_apart(allowed_states=allowed, failed_states=failed)
        return {"target_statuses": allowed, "failure_statuses": failed}


class DeploymentTaskSensor(RunSensor):
    """Waits until tasks of a DAG run in another Deployment have ended; returns the run's id.

    Set exactly one of ``external_run_id``, ``logical_date`` and ``newest_after`` to select the run, and exactly one of
    ``external_task_id``, ``external_task_ids`` and ``external_task_group_id`` to select the tasks. For a mapped task,
    all map indexes must have ended. Pushes the XComs ``dag_run_id``, ``state`` and ``dag_run_url``.

    :param external_task_id: The task to wait for.
    :param external_task_ids: Several tasks to wait for.
    :param external_task_group_id: A task group to wait for. Its tasks are recognized by the prefix of their ids; for a
        group with ``prefix_group_id=False``, use ``external_task_ids``.
    :param allowed_states: States that end the wait successfully when every task is in one of them.
    :param skipped_states: States that also count as ended; if a task ends in one of them, this task is skipped.
    :param failed_states: States that fail this task as soon as any task is in one of them.
    """

    template_fields: Sequence[str] = (
        *RunSensor.template_fields,
        "external_task_id",
        "external_task_ids",
        "external_task_group_id",
        "skipped_states",
    )
    lists_of_text = (*RunSensor.lists_of_text, "external_task_ids", "skipped_states")

    def __init__(
        self,
        *,
        external_dag_id: str,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        external_run_id: str | None = None,
        logical_date: str | datetime | None = None,
        newest_after: str | datetime | None = None,
        allowed_states: Sequence[TaskState | str] = ("success",),
        external_task_id: str | None = None,
        external_task_ids: Sequence[str] | None = None,
        external_task_group_id: str | None = None,
        skipped_states: Sequence[TaskState | str] = (),
        failed_states: Sequence[TaskState | str] = ("failed", "upstream_failed"),
        if_missing: IfRunMissing = "wait",
        poke_interval: float | timedelta = 30,
        timeout: float | timedelta = 3600,
        deferrable: bool = DEFAULT_DEFERRABLE,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            external_dag_id=external_dag_id,
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            external_run_id=external_run_id,
            logical_date=logical_date,
            newest_after=newest_after,
            allowed_states=allowed_states,
            failed_states=failed_states,
            if_missing=if_missing,
            poke_interval=poke_interval,
            timeout=timeout,
            deferrable=deferrable,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        self.external_task_id = external_task_id
        self.external_task_ids = external_task_ids
        self.external_task_group_id = external_task_group_id
        self.skipped_states = skipped_states
        check_one_of(
            self, ("external_task_id", "external_task_ids", "external_task_group_id"), "which tasks to wait for"
        )

    def value_checks(self) -> Mapping[str, Callable[[str, Any], object]]:
        """Return what can be judged when the DAG file is parsed."""
        from functools import partial

        from astro_provider.rules.dag_runs import TASK_STATES, checked_states

        check = partial(checked_states, known=TASK_STATES)
        states = ("allowed_states", "skipped_states", "failed_states")
        return {**super().value_checks(), **dict.fromkeys(states, check)}

    def goal(self) -> dict[str, Any]:
        """Return what the trigger has to know about states and tasks."""
        from astro_provider.rules.dag_runs import TASK_STATES, check_apart, checked_states

        allowed = checked_states("allowed_states", self.allowed_states or (), TASK_STATES)
        skipped = checked_states("skipped_states", self.skipped_states or (), TASK_STATES)
        failed = checked_states("failed_states", self.failed_states or (), TASK_STATES)
        check_not_empty("allowed_states", (*allowed, *skipped))
        check_apart(allowed_states=allowed, skipped_states=skipped, failed_states=failed)
        listed = [self.external_task_ids] if isinstance(self.external_task_ids, str) else self.external_task_ids
        task_ids = [self.external_task_id] if is_given(self.external_task_id) else list(listed or ())
        if not task_ids and not is_given(self.external_task_group_id):
            raise ConfigurationError(
                f"external_task_ids={self.external_task_ids!r} is empty: there is nothing to wait for."
            )
        return {
            "target_statuses": (*allowed, *skipped),
            "failure_statuses": failed,
            "skipped_statuses": skipped,
            "task_ids": task_ids,
            "task_group": self.external_task_group_id or "",
        }

    def finish(self, context: Context, verdict: Verdict) -> Any:
        """Return the run's id once the wait ended well, or skip.

        :param context: The task's context.
        :param verdict: The end of the wait.
        """
        if verdict.facts.get("state") in self.goal()["skipped_statuses"]:
            raise AirflowSkipException(verdict.message)
        return super().finish(context, verdict)


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
