"""What the operators for deploys share: look, plan, go on with an earlier try's deploy, wait until it is live."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.errors import GuardError
from astro_provider.links import OpenAirflowLink, OpenDeployHistoryLink, OpenInAstroLink
from astro_provider.tasks.awake import AwakeOperator
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.dry_run import DryRunTask
from astro_provider.tasks.retry_state import RetryState, task_identity

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import BaseOperatorLink, Context

    from astro_provider.common.choices import IfUnchanged
    from astro_provider.models.deployments import Deployment
    from astro_provider.models.deploys import Deploy
    from astro_provider.rules.deploy_markers import Marker, TaskMark
    from astro_provider.rules.deploy_retries import Continuation
    from astro_provider.waits.verdict import Verdict

#: Statuses at which a Deployment that was woken up takes a deploy: what is broken may be mended by one.
TAKES_DEPLOYS = ("HEALTHY", "UNHEALTHY")


@dataclass(kw_only=True)
class Work:
    """What a task found out before it makes anything; each operator adds what it needs.

    :param deployment: The Deployment.
    :param deploys: Its deploys, in any order.
    :param running: The deploy that brought what runs now, as far as the task is about it.
    :param lines: The plan in words, for the log.
    :param is_needed: Whether anything has to be deployed.
    :param earlier: What an earlier try left.
    """

    deployment: Deployment
    deploys: Sequence[Deploy]
    running: Deploy | None
    lines: Sequence[str]
    is_needed: bool
    earlier: Continuation


class DeployTask(DryRunTask, DeploymentTask, AwakeOperator):
    """A task that makes a deploy. A subclass writes ``look`` and ``make``.

    :param description: What the deploy history shows; default: the names of the DAG and the task. A marker of what was
        deployed is added to it, and text that does not fit into Astro's 500 characters then is cut.
    :param wait: Whether the task ends only when the deploy is live.
    :param poll_interval: Seconds between polls while waiting; shorter than elsewhere, since most deploys take less than
        a minute.
    :param timeout: Seconds after which the wait has failed; shorter than elsewhere, since a deploy does not have to
        wait for new machines.
    """

    template_fields: Sequence[str] = (*DeploymentTask.template_fields, "description", "dry_run")
    may_be_blank: ClassVar[tuple[str, ...]] = ("description",)
    operator_extra_links: Collection[BaseOperatorLink] = (
        OpenDeployHistoryLink(),
        OpenInAstroLink(),
        OpenAirflowLink(),
    )
    #: Whether the wait looks at the DAGs in the Deployment's Airflow.
    checks_dags: ClassVar[bool] = True
    expect_dags: Sequence[str] | None = None
    fail_on_import_errors: bool = True
    if_unchanged: IfUnchanged = "ignore"
    _work: Any = None

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        description: str | None = None,
        dry_run: bool | str = False,
        poll_interval: float | timedelta = 10,
        timeout: float | timedelta = 1800,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            dry_run=dry_run,
            poll_interval=poll_interval,
            timeout=timeout,
            **kwargs,
        )
        self.description = description

    @abstractmethod
    def look(self, context: Context) -> Any:
        """Return the task's :class:`Work`: everything local and every read comes before anything is made.

        :param context: The task's context.
        """

    @abstractmethod
    def make(self, context: Context, work: Any) -> tuple[Deploy, str | None]:
        """Make the deploy, or finish what an earlier try began; returns it, finalized, and its tarball's version.

        :param context: The task's context.
        :param work: What ``look`` returned.
        """

    def run_task(self, context: Context) -> Any:
        """Look, plan, deploy what has to be deployed, and wait until it is live.

        :param context: The task's context.
        """
        from astro_provider.rules.deploy_retries import Step

        only_plan = self.is_dry_run()
        work: Work = self.look(context)
        waits = work.earlier.step is Step.WAIT
        if only_plan or not waits:
            self.log.info("Plan for %s:\n%s", work.deployment.label, "\n".join(work.lines))
        if only_plan:
            self.log.info("dry_run: nothing is deployed.")
        if only_plan or not (work.is_needed or waits):
            return self._idle(context, work, only_plan=only_plan)
        self._work = work
        return self.once_awake(context, work.deployment, self.go_on, statuses=TAKES_DEPLOYS)

    def go_on(self, context: Context) -> Any:
        """Deploy, or wait for what an earlier try deployed; called once the Deployment is awake.

        :param context: The task's context.
        """
        from astro_provider.rules.deploy_retries import Step
        from astro_provider.rules.hibernation import is_asleep
        from astro_provider.rules.running_code import tarball_version

        work: Work | None = self._work
        if work is None or is_asleep(work.deployment):
            work = self.look(context)  # others may have deployed while this task waited
        deploy = work.earlier.deploy
        if work.earlier.step is Step.WAIT and deploy is not None:
            return self._live(context, work, deploy, tarball_version(deploy))
        if not work.is_needed:
            return self._idle(context, work, only_plan=False)
        return self._live(context, work, *self.make(context, work))

    def start(self, context: Context) -> Deployment:
        """Read the Deployment, and store its links.

        :param context: The task's context.
        """
        deployment = self.get_deployment()
        self.announce(context, deployment)
        self.store_facts(context, {OpenDeployHistoryLink.xcom_key: self._history_url(deployment)})
        return deployment

    def check_deployable(self, deployment: Deployment, dags_argument: str | None) -> None:
        """Refuse what Astro would refuse.

        :param deployment: The Deployment.
        :param dags_argument: The argument that brings a tarball; ``None``: the task brings none.
        :raises PlanError: Astro would refuse it.
        """
        from astro_provider.rules.deploys import check_deployable

        claims = self.hook.client.claims
        # Only a JWT without permissions is certainly a person's.
        check_deployable(deployment, dags_argument=dags_argument, is_api_token=claims.is_api_token or not claims.is_jwt)

    def mark(self, context: Context) -> TaskMark:
        """Return the mark by which a later try knows this task's deploys.

        :param context: The task's context.
        """
        from astro_provider.rules.deploy_markers import task_mark

        return task_mark(task_identity(context), RetryState(context).first_of_round)

    def described(self, context: Context, marker: Marker) -> str:
        """Return the deploy's description with its marker.

        :param context: The task's context.
        :param marker: The marker.
        """
        ti = context["ti"]
        return marker.written_after(self.description or f"Airflow DAG {ti.dag_id}, task {ti.task_id}")

    def earlier_try(
        self,
        context: Context,
        deployment: Deployment,
        deploys: Sequence[Deploy],
        *,
        wanted: Marker,
        running: Marker,
        planned: Marker,
        fits: Callable[[Deploy], bool] = lambda _: True,
    ) -> Continuation:
        """Return what an earlier try of this task left, and what to do with it.

        :param context: The task's context.
        :param deployment: The Deployment.
        :param deploys: Its deploys.
        :param wanted: Digests of all that the task is to deploy.
        :param running: Digests of the code that runs now.
        :param planned: Digests of what this try would deploy.
        :param fits: Whether a deploy went to where this try's would go.
        :raises GuardError: A newer deploy took the place of this task's own.
        """
        from astro_provider.rules.deploy_retries import Continuation, Step, continuation
        from astro_provider.rules.liveness import overtaken_reason

        if not RetryState(context).is_retry:
            return Continuation(Step.PLAN)
        mark, digests = self.mark(context), {"wanted": wanted, "running": running, "planned": planned}
        found = continuation(deployment, deploys, mark, **digests, fits=fits)
        if found.deploy is not None and found.newer is not None:
            raise GuardError(
                f"{found.deploy.label} of {deployment.label}, of an earlier try of this task, is OVERTAKEN: "
                f"{overtaken_reason(found.newer)}."
            )
        if found.note:
            self.log.info(found.note)
        return found

    def _history_url(self, deployment: Deployment) -> str:
        return self.hook.client.deploy_history_url(deployment.workspace_id, deployment.id)

    def _store(self, context: Context, **facts: str | bool | None) -> None:
        """Store what later tasks need to know, before the wait."""
        for key, value in facts.items():
            context["ti"].xcom_push(key=key, value=value)

    def _idle(self, context: Context, work: Work, *, only_plan: bool) -> Any:
        """End without a deploy. What runs already may still be on its way; then it is waited for."""
        from astro_provider.rules.deploys import NO_DEPLOY
        from astro_provider.rules.hibernation import is_asleep
        from astro_provider.rules.liveness import is_rolling_out
        from astro_provider.rules.running_code import BUNDLE, tarball_version

        deployment, deploy = work.deployment, work.running
        version = deployment.desired_dag_tarball_version
        self._store(context, deploy_type=NO_DEPLOY, changed=False, dag_tarball_version=version)
        deploy_id = None if deploy is None else deploy.id
        self.store_facts(context, {"deploy_id": deploy_id})
        if only_plan:
            return deploy_id
        if self.if_unchanged == "skip":
            raise AirflowSkipException(f"{deployment.label} already runs this.")
        self.log.info("%s already runs this; nothing is deployed.", deployment.label)
        if deploy is not None and self.wait and not is_asleep(deployment):
            brought = version if deploy.type != BUNDLE else tarball_version(deploy)
            if is_rolling_out(deploy, deployment, brought) or self._lacks_dags(deployment):
                return self._until_live(context, work, deploy, brought)
            self._check_imports(deployment, deploy)
        return deploy_id

    def _lacks_dags(self, deployment: Deployment) -> bool:
        """Whether a DAG that is expected is not there, as far as the token may know: then it is waited for."""
        from astro_provider.airflow_api.connect import airflow_client
        from astro_provider.errors import AstroError
        from astro_provider.http.retry import Repeat

        if not self.expect_dags:
            return False
        try:
            dags = airflow_client(self.hook.client, deployment).dags.list(repeat=Repeat.NEVER)
        except AstroError as error:
            self.log.info("Whether the expected DAGs are there is not known: %s", error)
            return False
        return not {dag.dag_id for dag in dags if not dag.is_stale}.issuperset(self.expect_dags)

    def _check_imports(self, deployment: Deployment, deploy: Deploy) -> None:
        """Fail if the code that runs already cannot be imported: "unchanged" must not hide that it never worked."""
        from astro_provider.airflow_api.connect import airflow_client
        from astro_provider.errors import AstroError, WaitFailedError
        from astro_provider.http.retry import Repeat
        from astro_provider.rules.liveness import import_errors_reason

        if not self.checks_dags:
            return
        try:
            errors = airflow_client(self.hook.client, deployment).import_errors.list(repeat=Repeat.NEVER)
        except AstroError as error:
            self.log.info("Whether all DAG files can be imported is not known: %s", error)
            return
        later = [error for error in errors if error.timestamp is None or error.timestamp > deploy.created_at]
        if not later:
            return
        reason = f"{deployment.label} already runs this, but {import_errors_reason(later)}"
        if self.fail_on_import_errors:
            raise WaitFailedError(reason)
        self.log.warning("%s", reason)

    def _live(self, context: Context, work: Work, deploy: Deploy, version: str | None) -> Any:
        """Wait until the deploy is live, if the task is to wait; returns its id."""
        from astro_provider.errors import DeployFailedError
        from astro_provider.rules.running_code import FAILED, brings_dags

        runs = version if brings_dags(deploy) and version else deploy.dag_tarball_version
        self._store(context, deploy_type=deploy.type, changed=True, dag_tarball_version=runs)
        self.store_facts(context, {"deploy_id": deploy.id, "deploy_status": deploy.status})
        if deploy.status == FAILED:
            reason = deploy.status_reason or "Astro gives no reason"
            look = f"Look at {self._history_url(work.deployment)}"
            raise DeployFailedError(f"{deploy.label} of {work.deployment.label} is FAILED ({reason}). {look}")
        return self._until_live(context, work, deploy, version) if self.wait else deploy.id

    def _until_live(self, context: Context, work: Work, deploy: Deploy, version: str | None) -> Any:
        from astro_provider.rules.liveness import ROLLING_OUT, Progress
        from astro_provider.rules.running_code import DEPLOYED, version_before
        from astro_provider.triggers.deploys import DeployStatusTrigger

        label = f"{deploy.label} of {work.deployment.label}"
        trigger = DeployStatusTrigger(
            astro_conn_id=self.astro_conn_id,
            deployment_id=work.deployment.id,
            deploy_id=deploy.id,
            version=version,
            previous_version=version_before(deploy, work.deploys),
            expect_dags=self.expect_dags or (),
            fail_on_import_errors=self.fail_on_import_errors,
            check_dags=self.checks_dags,
            poll_interval=self.poll_interval,
            url=self._history_url(work.deployment),
            known_as=label,
            **self._limits(context),
        )
        state = Progress(label, ROLLING_OUT if deploy.status == DEPLOYED else deploy.status)
        return self.finish(context, self.wait_with(context, trigger, state))

    def finish(self, context: Context, verdict: Verdict) -> Any:
        """Return the id of the deploy that is live.

        :param context: The task's context.
        :param verdict: The end of the wait.
        """
        return verdict.facts.get("deploy_id")

    def _end(self, context: Context, verdict: Verdict) -> Verdict:
        from astro_provider.errors import DeployFailedError
        from astro_provider.rules.running_code import FAILED
        from astro_provider.waits.goal import Outcome

        if verdict.outcome is Outcome.FAILED and verdict.facts.get("deploy_status") == FAILED:
            self.store_facts(context, verdict.facts)
            raise DeployFailedError(verdict.message)
        return super()._end(context, verdict)
