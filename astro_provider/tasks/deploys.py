"""What the operators for deploys share: look, plan, go on with an earlier try's deploy."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.errors import GuardError
from astro_provider.links import OpenDeployHistoryLink
from astro_provider.tasks.dry_run import DryRunTask
from astro_provider.tasks.live_deploys import LiveDeployTask
from astro_provider.tasks.retry_state import RetryState, task_identity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.common.choices import IfUnchanged
    from astro_provider.models.deployments import Deployment
    from astro_provider.models.deploys import Deploy
    from astro_provider.rules.deploy_markers import Marker, TaskMark
    from astro_provider.rules.deploy_retries import Continuation

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


class DeployTask(DryRunTask, LiveDeployTask):
    """A task that creates a deploy. A subclass writes ``look`` and ``make``.

    :param description: Description in the deploy history; default: the names of the DAG and the task. The task appends
        a marker of what it deployed, and shortens the text if both do not fit into Astro's 500 characters.
    :param wait: Whether the task waits until the deploy is live.
    :param poll_interval: Seconds between polls while waiting. The default is shorter than elsewhere, because most
        deploys take less than a minute.
    :param timeout: Seconds after which the wait fails. The default is shorter than elsewhere, because a deploy does not
        wait for new machines.
    """

    template_fields: Sequence[str] = (*LiveDeployTask.template_fields, "description", "dry_run")
    may_be_blank: ClassVar[tuple[str, ...]] = ("description",)
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
            return self.brought_live(context, work, deploy, tarball_version(deploy))
        if not work.is_needed:
            return self._idle(context, work, only_plan=False)
        return self.brought_live(context, work, *self.make(context, work))

    def start(self, context: Context) -> Deployment:
        """Read the Deployment, and store its links.

        :param context: The task's context.
        """
        deployment = self.get_deployment()
        self.announce(context, deployment)
        self.store_facts(context, {OpenDeployHistoryLink.xcom_key: self.history_url(deployment)})
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
                f"{found.deploy.label} of {deployment.label}, created by an earlier try of this task, is OVERTAKEN: "
                f"{overtaken_reason(found.newer)}."
            )
        if found.note:
            self.log.info(found.note)
        return found

    def _idle(self, context: Context, work: Work, *, only_plan: bool) -> Any:
        """End without a deploy. What runs already may still be on its way; then it is waited for."""
        from astro_provider.rules.deploys import NO_DEPLOY
        from astro_provider.rules.hibernation import is_asleep
        from astro_provider.rules.liveness import is_rolling_out
        from astro_provider.rules.running_code import BUNDLE, tarball_version

        deployment, deploy = work.deployment, work.running
        version = deployment.desired_dag_tarball_version
        self.store_deploy(context, deploy_type=NO_DEPLOY, changed=False, dag_tarball_version=version)
        deploy_id = None if deploy is None else deploy.id
        self.store_facts(context, {"deploy_id": deploy_id})
        if only_plan:
            return deploy_id
        if self.if_unchanged == "skip":
            raise AirflowSkipException(f"{deployment.label} already runs this.")
        self.log.info("%s already runs this; nothing is deployed.", deployment.label)
        if deploy is not None and self.wait and not is_asleep(deployment):
            brought = version if deploy.type != BUNDLE else tarball_version(deploy)
            if is_rolling_out(deploy, deployment, brought) or self.lacks_dags(deployment):
                return self.until_live(context, work, deploy, brought)
            self.check_imports(deployment, deploy)
        return deploy_id
