"""What the sensors for runs have in common: which run they wait for, and what they do if there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.common.arguments import check_choice, is_given
from astro_provider.common.choices import IfRunMissing
from astro_provider.errors import (
    AstroError,
    ConfigurationError,
    DagRunFailedError,
    NameLookupError,
    NotParsedError,
    WaitTimeoutError,
)
from astro_provider.links import OpenAirflowLink, OpenDagRunLink, OpenInAstroLink
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.sensing import WITHOUT_LIMITS, WaitingSensor
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.common.choices import RunState
    from astro_provider.models.airflow.dag_runs import DagRun
    from astro_provider.models.deployments import Deployment
    from astro_provider.rules.run_choice import RunChoice
    from astro_provider.triggers.base import WaitTrigger
    from astro_provider.waits.goal import State
    from astro_provider.waits.verdict import Verdict

#: The arguments of which one says which run to wait for.
CHOICES = ("external_run_id", "logical_date", "newest_after")


class RunSensor(DeploymentTask, WaitingSensor):
    """What both sensors for runs have in common.

    :param external_dag_id: The DAG in the other Deployment.
    :param external_run_id: Wait for the run with this id.
    :param logical_date: Wait for the run with this logical date: a datetime or text; UTC if it has no time zone.
    :param newest_after: Wait for the newest run that is due at or after this time: by its ``run_after`` on Airflow 3,
        by its logical date on Airflow 2. If there is none yet, the sensor waits for one.
    :param failed_states: States that fail the task at once.
    :param if_missing: What to do if there is no such run: ``wait`` for it, ``fail``, or ``skip`` the task.
    """

    template_fields: Sequence[str] = (
        "external_dag_id",
        *CHOICES,
        "allowed_states",
        "failed_states",
        *DeploymentTask.template_fields,
    )
    operator_extra_links = (OpenDagRunLink(), OpenInAstroLink(), OpenAirflowLink())
    lists_of_text: ClassVar[tuple[str, ...]] = ("allowed_states", "failed_states")
    not_text = ("logical_date", "newest_after")
    _deployment: Deployment | None = None
    _known_run: str | None = None
    _has_looked_for_dag = False

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
        allowed_states: Sequence[RunState | str] = ("success",),
        failed_states: Sequence[RunState | str] = ("failed",),
        if_missing: IfRunMissing = "wait",
        poke_interval: float | timedelta = 30,
        timeout: float | timedelta = 3600,
        deferrable: bool = DEFAULT_DEFERRABLE,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            poke_interval=poke_interval,
            timeout=timeout,
            deferrable=deferrable,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        check_choice("if_missing", if_missing, IfRunMissing)
        self.external_dag_id = external_dag_id
        self.external_run_id = external_run_id
        self.logical_date = logical_date
        self.newest_after = newest_after
        self.allowed_states = allowed_states
        self.failed_states = failed_states
        self.if_missing = if_missing
        check_one_of(self, CHOICES, "which run to wait for")

    def value_checks(self) -> Mapping[str, Callable[[str, Any], object]]:
        """Return what can be judged when the DAG file is parsed."""
        from astro_provider.common.moments import checked_moment

        return {**super().value_checks(), "logical_date": checked_moment, "newest_after": checked_moment}

    def look(self, context: Context) -> tuple[WaitTrigger, State]:
        """Return what to wait for, and how the run stands now.

        :param context: The task's context.
        """
        from dataclasses import replace

        from astro_provider.airflow_api.connect import airflow_client_by_id
        from astro_provider.http.retry import Repeat
        from astro_provider.polling.dag_runs import run_state
        from astro_provider.triggers.dag_runs import DagRunStatusTrigger

        choice, goal = self._choice(), self.goal()
        deployment = self._find(context)
        trigger = DagRunStatusTrigger(
            astro_conn_id=self.astro_conn_id,
            deployment_id=deployment.id,
            dag_id=self.external_dag_id,
            by=choice.by,
            value=choice.value,
            may_be_missing=True,
            url=self.hook.client.deployment_url(deployment.workspace_id, deployment.id),
            **goal,
            **WITHOUT_LIMITS,
        )
        try:
            # Not of the Deployment as it was first seen: it may have hibernated then.
            airflow = airflow_client_by_id(self.hook.client, deployment.id)
            state, run = trigger.reader.read_run(self.hook.client, trigger.key, repeat=Repeat.SAFE)
        except AstroError as error:
            # A poke tries again by itself; so does the triggerer, which cannot say whether a run is missing.
            if not (self.deferrable and error.retryable and self.if_missing == "wait"):
                raise
            self.log.warning("The first poll failed; the triggerer tries again. %s", error)
            return trigger, run_state(trigger.key, None)
        if run is None:
            self._without_run(context, choice)
            return trigger, state
        url = self._announce_run(context, deployment, run, airflow.major)
        moment = run.moment.isoformat() if run.moment and choice.by == "run_id" else ""
        return replace(trigger, moment=moment, url=url or trigger.url), state

    def _choice(self) -> RunChoice:
        from astro_provider.common.moments import checked_moment
        from astro_provider.rules.run_choice import RunChoice

        if is_given(self.external_run_id):
            return RunChoice("run_id", str(self.external_run_id))
        by = "logical_date" if is_given(self.logical_date) else "newest_after"
        return RunChoice(by, checked_moment(by, getattr(self, by)).isoformat())

    def goal(self) -> dict[str, Any]:
        """Return what the trigger has to know about states and tasks."""
        raise NotImplementedError

    def _find(self, context: Context) -> Deployment:
        """Return the Deployment, looked up once for each process of the task."""
        if self._deployment is None:
            self._deployment = self.get_deployment()
            self.announce(context, self._deployment)
        return self._deployment

    def _without_run(self, context: Context, choice: RunChoice) -> None:
        """Do what there is to do as long as there is no such run."""
        hint = "" if self._has_looked_for_dag else self.hint(context)
        self._has_looked_for_dag = True
        if self.if_missing == "wait":
            if hint:
                self.log.warning("%s Waiting for it.", hint)
            return
        absent = f"{self._find(context).label} has no {choice} of DAG {self.external_dag_id!r}."
        missing = NameLookupError(hint or f"{absent} Set if_missing='wait' to wait for it.")
        if self.if_missing == "fail":
            raise missing
        raise AirflowSkipException(str(missing)) from missing

    def hint(self, context: Context) -> str:
        """Say that the Deployment does not have the DAG, if that is so: its id may be misspelled.

        :param context: The task's context.
        """
        from astro_provider.airflow_api.connect import airflow_client_by_id
        from astro_provider.http.retry import Repeat
        from astro_provider.tasks.remote_runs import get_dag

        if self._known_run:
            return ""
        try:
            deployment = self._find(context)
            airflow = airflow_client_by_id(self.hook.client, deployment.id, repeat=Repeat.NEVER)
            get_dag(airflow, self.external_dag_id, deployment, repeat=Repeat.NEVER)
        except NotParsedError as error:
            return str(error)
        except AstroError as error:
            self.log.debug("Whether there is a DAG %r could not be read: %s", self.external_dag_id, error)
        return ""

    def _announce_run(self, context: Context, deployment: Deployment, run: DagRun, major: int) -> str | None:
        from astro_provider.rules.dag_runs import run_url

        url = run_url(deployment.airflow_url, major, run.dag_id, run.dag_run_id)
        if run.dag_run_id != self._known_run:
            self._known_run = run.dag_run_id
            self.store_facts(context, {OpenDagRunLink.xcom_key: url, "dag_run_id": run.dag_run_id})
        return url

    def end_of_wait(self, context: Context, verdict: Verdict) -> None:
        """Say why a run has failed, or why there may be none.

        :param context: The task's context.
        :param verdict: The end of the wait.
        :raises DagRunFailedError: It has failed.
        :raises WaitTimeoutError: There is no such DAG.
        """
        from astro_provider.tasks.remote_runs import why_it_failed
        from astro_provider.waits.goal import Outcome

        run_id = verdict.facts.get("dag_run_id")
        if verdict.outcome is Outcome.TIMED_OUT and not run_id and (hint := self.hint(context)):
            raise WaitTimeoutError(f"{verdict.message}\n{hint}")
        if verdict.outcome is Outcome.FAILED and run_id:
            told = why_it_failed(self.hook.client, self._find(context), self.external_dag_id, run_id)
            raise DagRunFailedError(f"{verdict.message}\n{told}")

    def finish(self, context: Context, verdict: Verdict) -> Any:
        """Return the run's id once the wait ended well.

        :param context: The task's context.
        :param verdict: The end of the wait.
        """
        return verdict.facts.get("dag_run_id")


def check_one_of(task: object, arguments: Sequence[str], what: str) -> None:
    """Reject a task that gives none, or several, of some arguments.

    :param task: The task.
    :param arguments: Their names.
    :param what: What they say.
    :raises ValueError: There has to be exactly one.
    """
    given = [name for name in arguments if getattr(task, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none of them"
        raise ValueError(f"Set exactly one of {', '.join(arguments)} to say {what}; you set {found}.")


def check_not_empty(argument: str, states: Sequence[str]) -> None:
    """Reject a wait that nothing would end.

    :param argument: The argument.
    :param states: Its states.
    :raises ConfigurationError: There are none.
    """
    if not states:
        raise ConfigurationError(f"{argument} is empty: nothing would end the wait.")
