"""Running a DAG of another Deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import check_choice, is_given
from astro_provider.common.choices import IfFailed, IfPaused, IfRunExists, OnKillOfRun
from astro_provider.common.import_paths import names_elsewhere
from astro_provider.errors import AstroError, ConfigurationError, DagRunFailedError, NotFoundError
from astro_provider.links import OpenAirflowLink, OpenDagRunLink, OpenInAstroLink
from astro_provider.tasks.awake import AwakeOperator
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.retry_state import RetryState, task_identity
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.airflow_api import AirflowClient
    from astro_provider.common.choices import IfHibernating, RunState
    from astro_provider.models.airflow.dag_runs import DagRun
    from astro_provider.models.deployments import Deployment
    from astro_provider.waits.goal import Goal
    from astro_provider.waits.verdict import Verdict


class TriggerDeploymentDagRunOperator(DeploymentTask, AwakeOperator):
    """Runs a DAG of another Deployment and waits until that run ends; returns the id of the run.

    The run id is derived from this task's own identity (DAG, task, run, map index). A retry, a new worker and a restart
    of the triggerer therefore find the same run, and never start a second one. Pushes the XComs ``dag_run_id``,
    ``state`` and ``dag_run_url``.

    :param trigger_dag_id: The DAG to run.
    :param trigger_run_id: Id of the run; default: derived from this task's identity.
    :param logical_date: The run's logical date, as a datetime or as text; UTC if it has no time zone. Default: none on
        Airflow 3, now on Airflow 2.
    :param conf: The run's configuration: a dict, or text with a JSON object.
    :param note: A note about the run, which the Airflow UI shows.
    :param if_exists: What to do if a run with this id already exists at the first try, or after somebody cleared this
        task: ``reuse`` it (wait for it, or use its result), ``fail``, ``skip`` the task, or ``clear`` the run, so that
        all its tasks run again. ``fail`` and ``skip`` apply only to runs that this task did not start. A retry
        continues with the run of the previous try, and treats it as its own, even if somebody else started it.
    :param if_failed: What a retry, or the first try after you cleared this task, does if the run has failed:
        ``clear_failed`` runs only the failed tasks of that run again, ``new_run`` starts another run with the number of
        the try appended to its id, and ``fail`` fails the task.
    :param if_paused: What to do if the DAG is paused, so that its runs do not start: ``fail``, ``unpause`` it until
        this run has ended (requires ``wait=True``), or ``ignore`` it.
    :param allowed_states: States of the run that end the wait successfully: queued, running, success, failed.
    :param failed_states: States of the run that fail this task. Airflow retries it unless ``if_failed="fail"``.
    :param wait: Whether the task waits until the run has ended.
    :param on_kill: What to do with the run if somebody stops this task (marks or clears it), or if
        ``execution_timeout`` expires: ``keep`` lets the run continue, ``fail_run`` ends it if this task started it. If
        somebody stops a task that is waiting in the triggerer, this requires Airflow 3.3 or later.
    """

    template_fields: Sequence[str] = (
        "trigger_dag_id",
        "trigger_run_id",
        "logical_date",
        "conf",
        "note",
        "allowed_states",
        "failed_states",
        *DeploymentTask.template_fields,
    )
    template_fields_renderers = {"conf": "json"}
    operator_extra_links = (OpenDagRunLink(), OpenInAstroLink(), OpenAirflowLink())
    lists_of_text = ("allowed_states", "failed_states")
    not_text = ("logical_date", "conf")
    sleep_ends_work = True
    _deployment: Deployment | None = None
    #: Whether the DAG was unpaused for the run, and has to be paused again even if somebody deletes the run.
    unpaused = False
    #: The run that this task has started, or that is its own from an earlier try.
    own_run: tuple[AirflowClient, str] | None = None

    def __init__(
        self,
        *,
        trigger_dag_id: str,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        trigger_run_id: str | None = None,
        logical_date: str | datetime | None = None,
        conf: Mapping[str, Any] | str | None = None,
        note: str | None = None,
        if_exists: IfRunExists = "reuse",
        if_failed: IfFailed = "clear_failed",
        if_paused: IfPaused = "fail",
        allowed_states: Sequence[RunState | str] = ("success",),
        failed_states: Sequence[RunState | str] = ("failed",),
        on_kill: OnKillOfRun = "keep",
        if_hibernating: IfHibernating = "fail",
        wait: bool = True,
        poll_interval: float | timedelta = 30,
        timeout: float | timedelta = 3600,
        deferrable: bool = DEFAULT_DEFERRABLE,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            if_hibernating=if_hibernating,
            wait=wait,
            poll_interval=poll_interval,
            timeout=timeout,
            deferrable=deferrable,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        check_choice("if_exists", if_exists, IfRunExists)
        check_choice("if_failed", if_failed, IfFailed)
        check_choice("if_paused", if_paused, IfPaused)
        check_choice("on_kill", on_kill, OnKillOfRun)
        if if_paused == "unpause" and not wait:
            raise ValueError(
                "if_paused='unpause' needs wait=True: the DAG is paused again when the run has ended, and a task that "
                "does not wait ends before that. Use PauseDagsOperator and UnpauseDagsOperator instead."
            )
        self.trigger_dag_id = trigger_dag_id
        self.trigger_run_id = trigger_run_id
        self.logical_date = logical_date
        self.conf = conf
        self.note = note
        self.if_exists = if_exists
        self.if_failed = if_failed
        self.if_paused = if_paused
        self.allowed_states = allowed_states
        self.failed_states = failed_states
        self.when_killed = on_kill  # ``on_kill`` itself is a method of every Airflow operator

    def value_checks(self) -> Mapping[str, Callable[[str, Any], object]]:
        """Return what can be judged when the DAG file is parsed."""
        from astro_provider.common.moments import checked_moment
        from astro_provider.rules.dag_runs import checked_run_id, checked_states
        from astro_provider.tasks.remote_runs import checked_json

        states = dict.fromkeys(("allowed_states", "failed_states"), checked_states)
        given = {"trigger_run_id": lambda _, value: checked_run_id(str(value)), "conf": checked_json}

        return {**super().value_checks(), "logical_date": checked_moment, **given, **states}

    def run_task(self, context: Context) -> Any:
        """Start the run, or take the one that is there already, and wait for it.

        :param context: The task's context.
        """
        self._checked_body()
        self.goal()
        self._run_id(context)
        deployment = self.get_deployment()
        self._deployment = None if deployment.status == "HIBERNATING" else deployment
        return self.once_awake(context, deployment, self.run_dag)

    def run_dag(self, context: Context) -> Any:
        """Do the same once the Deployment is awake.

        :param context: The task's context.
        """
        from astro_provider.airflow_api.connect import airflow_client
        from astro_provider.tasks.remote_runs import get_dag
        from astro_provider.tasks.run_starter import RunStarter

        deployment = self._deployment or self.get_deployment()
        airflow = airflow_client(self.hook.client, deployment)
        dag = get_dag(airflow, self.trigger_dag_id, deployment)
        starter = RunStarter(self, airflow, dag, RetryState(context))
        run = starter.run(self._run_id(context), self._checked_body())
        return self._ready(context, deployment, airflow, run)

    def _run_id(self, context: Context) -> str:
        from astro_provider.rules.dag_runs import checked_run_id, run_id_for

        if is_given(self.trigger_run_id):
            return checked_run_id(str(self.trigger_run_id))
        return run_id_for(task_identity(context))

    def _checked_body(self) -> dict[str, Any]:
        """Return what the request for a run says, checked before anything is sent."""
        from astro_provider.common.moments import checked_moment
        from astro_provider.tasks.remote_runs import checked_json

        date = checked_moment("logical_date", self.logical_date) if is_given(self.logical_date) else None
        return {"logical_date": date, "conf": checked_json("conf", self.conf), "note": self.note}

    def goal(self) -> Goal:
        """Return which states of the run end the wait.

        :raises ConfigurationError: A state does not exist, or counts twice.
        """
        from astro_provider.rules.dag_runs import check_apart, checked_states
        from astro_provider.waits.goal import Goal

        allowed = checked_states("allowed_states", self.allowed_states)
        failed = checked_states("failed_states", self.failed_states or ())
        if not allowed:
            raise ConfigurationError(f"allowed_states={self.allowed_states!r} is empty: nothing would end the wait.")
        check_apart(allowed_states=allowed, failed_states=failed)
        self._check_waits_for_the_end({*allowed, *failed})
        return Goal(target_statuses=allowed, failure_statuses=failed)

    def _check_waits_for_the_end(self, states: set[str]) -> None:
        """Refuse to put back in the middle of a run what the run needs until its end."""
        early = sorted(states & {"queued", "running"})
        for argument, value, undone in (
            ("if_paused", "unpause", "pause the DAG again"),
            ("if_hibernating", "wake", "let the Deployment hibernate again"),
        ):
            if early and getattr(self, argument) == value:
                raise ConfigurationError(
                    f"{argument}={value!r} cannot be combined with {early[0]!r} in allowed_states or failed_states: "
                    f"this task would end, and {undone}, before the run has ended."
                )

    def _ready(self, context: Context, deployment: Deployment, airflow: AirflowClient, run: DagRun) -> Any:
        from astro_provider.polling.dag_runs import run_state
        from astro_provider.rules.dag_runs import run_url
        from astro_provider.triggers.dag_runs import DagRunStatusTrigger

        url = run_url(deployment.airflow_url, airflow.major, run.dag_id, run.dag_run_id)
        page = self.announce(context, deployment)
        self.store_facts(context, {OpenDagRunLink.xcom_key: url, **run.facts})
        self.log.info("DAG %s: %s", run.label, url)
        if not self.wait:
            return run.dag_run_id
        trigger = DagRunStatusTrigger(
            astro_conn_id=self.astro_conn_id,
            deployment_id=deployment.id,
            dag_id=run.dag_id,
            by="run_id",
            value=run.dag_run_id,
            moment=run.moment.isoformat() if run.moment else "",
            poll_interval=self.poll_interval,
            url=url or page,
            cancel_if_killed=self.deferrable and self._ends_if_killed(),
            **vars(self.goal()),
            **self._limits(context),
        )
        return self.finish(context, self.wait_with(context, trigger, run_state(trigger.key, run)))

    def _ends_if_killed(self) -> bool:
        from airflow.triggers.base import BaseTrigger

        asked = self.when_killed == "fail_run" and self.own_run is not None
        if asked and not hasattr(BaseTrigger, "on_kill"):
            self.log.warning(
                "Before version 3.3, Airflow does not tell a trigger that somebody stopped its task: while this task "
                "waits in the triggerer, on_kill='fail_run' takes effect only when execution_timeout expires."
            )
        return asked

    def end_of_wait(self, context: Context, verdict: Verdict) -> None:
        """Pause the DAG again, and say why a run has failed.

        :param context: The task's context.
        :param verdict: The end of the wait.
        :raises DagRunFailedError: The run has failed.
        """
        from astro_provider.tasks.remote_runs import why_it_failed
        from astro_provider.waits.goal import Outcome

        run_id = verdict.facts.get("dag_run_id")
        if verdict.outcome is Outcome.GONE and self.unpaused:
            self._pause_again(None)
        if run_id is None or verdict.outcome is Outcome.GONE:
            return
        if verdict.outcome is Outcome.DONE and self.if_paused != "unpause":
            return
        told = self._pause_again(run_id) if self.if_paused == "unpause" else []
        if verdict.outcome is Outcome.FAILED:
            why = why_it_failed(self.hook.client, self.get_deployment(), self.trigger_dag_id, run_id)
            raise DagRunFailedError("\n".join([verdict.message, *told, why]), retryable=self.if_failed != "fail")

    def handed_over(self, context: Context) -> dict[str, Any]:
        """Say whether the DAG was unpaused.

        :param context: The task's context.
        """
        return {**super().handed_over(context), **({"unpaused": True} if self.unpaused else {})}

    def execute_complete(
        self, context: Context, event: Mapping[str, Any], *args: Any, unpaused: bool = False, **kwargs: Any
    ) -> Any:
        """Resume after the wait in the triggerer.

        :param context: The task's context.
        :param event: The trigger's event.
        :param unpaused: Whether the DAG was unpaused for the run.
        """
        self.unpaused = unpaused
        return super().execute_complete(context, event, *args, **kwargs)

    def _pause_again(self, run_id: str | None) -> list[str]:
        """Pause the DAG once its run has ended, or is gone (``None``); returns what an error has to say about it."""
        from astro_provider.airflow_api.connect import airflow_client
        from astro_provider.airflow_api.paused_dags import pause_again, pause_dag

        try:
            airflow = airflow_client(self.hook.client, self.get_deployment())
            if run_id is None:
                said: str | None = pause_dag(airflow, self.trigger_dag_id)
            else:
                said = pause_again(airflow, airflow.dag_runs.get(self.trigger_dag_id, run_id))
        except AstroError as error:
            said = f"DAG {self.trigger_dag_id!r} was unpaused for this run and could not be paused again: {error}"
            self.log.error(said)  # noqa: TRY400
            return [said]
        if said:
            self.log.info(said)
        return []

    def finish(self, context: Context, verdict: Verdict) -> Any:
        """Return the run's id once the wait ended well.

        :param context: The task's context.
        :param verdict: The end of the wait.
        """
        return verdict.facts.get("dag_run_id")

    def on_kill(self) -> None:
        """End the run that this task started, if it was told to; else say what goes on."""
        if self.when_killed == "fail_run" and self.own_run is not None:
            self._end_run(*self.own_run)
            self._trigger = None  # nothing goes on
        super().on_kill()

    def _end_run(self, airflow: AirflowClient, run_id: str) -> None:
        from astro_provider.airflow_api.paused_dags import end_run

        try:
            said = end_run(airflow, self.trigger_dag_id, run_id) or ""
            self.log.info("The task was stopped; ended run %r of DAG %r. %s", run_id, self.trigger_dag_id, said)
        except NotFoundError:
            self.log.info("The task was stopped before it started a run.")
        except AstroError as error:
            self.log.error("The task was stopped, but run %r could not be ended. %s", run_id, error)  # noqa: TRY400


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
