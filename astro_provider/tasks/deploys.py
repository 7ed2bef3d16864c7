"""What the operators for deploys share: whose deploy it is, what it left in XCom, and the wait until it is live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.common.arguments import check_choice
from astro_provider.errors import GuardError
from astro_provider.links import OpenAirflowLink, OpenDeployHistoryLink, OpenInAstroLink
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.retry_state import RetryState, task_identity
from astro_provider.tasks.template_guard import is_template, truth
from astro_provider.tasks.waiting import WaitingOperator

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import BaseOperatorLink, Context

    from astro_provider.client.token import TokenClaims
    from astro_provider.models.deployments import Deployment
    from astro_provider.models.deploys import Deploy
    from astro_provider.rules.deploy_markers import Marker, TaskMark
    from astro_provider.rules.deploy_retries import Continuation
    from astro_provider.waits.verdict import Verdict


class DeployTask(DeploymentTask, WaitingOperator):
    """A task that makes a deploy.

    :param description: What the deploy history shows; default: the names of the DAG and the task. A marker of what was
        deployed is added to it, and text that does not fit into Astro's 500 characters then is cut.
    :param if_hibernating: What to do if the Deployment hibernates: ``fail``, ``wake`` it for the time of the task, or
        ``skip`` the task.
    :param dry_run: Whether to stop after the plan is logged; may be a template that gives true or false.
    :param wait: Whether the task ends only when the deploy is live.
    """

    template_fields: Sequence[str] = (*DeploymentTask.template_fields, "description", "only_plan")
    may_be_blank: ClassVar[tuple[str, ...]] = ("description",)
    not_text: ClassVar[tuple[str, ...]] = ("only_plan",)
    kept_as: ClassVar[Mapping[str, str]] = {"dry_run": "only_plan"}
    operator_extra_links: Collection[BaseOperatorLink] = (
        OpenDeployHistoryLink(),
        OpenInAstroLink(),
        OpenAirflowLink(),
    )
    #: Whether the wait looks at the DAGs in the Deployment's Airflow.
    checks_dags = True

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        description: str | None = None,
        if_hibernating: str = "fail",
        dry_run: bool | str = False,
        poll_interval: float | timedelta = 10,
        timeout: float | timedelta = 1800,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            poll_interval=poll_interval,
            timeout=timeout,
            **kwargs,
        )
        check_choice("if_hibernating", if_hibernating, ("fail", "wake", "skip"))
        if not (isinstance(dry_run, bool) or is_template(dry_run)):
            raise ValueError(
                f"dry_run={dry_run!r} is not possible; allowed: True, False, or a template that gives one."
            )
        self.description = description
        self.if_hibernating = if_hibernating
        self.only_plan = dry_run  # ``dry_run`` itself is a method of every Airflow operator

    @property
    def is_dry_run(self) -> bool:
        """Whether only the plan is wanted."""
        return truth("dry_run", self.only_plan)

    def announce(self, context: Context, deployment: Deployment) -> str:
        """Store what is known about the Deployment; returns the address of its deploy history.

        :param context: The task's context.
        :param deployment: The Deployment.
        """
        super().announce(context, deployment)
        url = self.hook.client.deploy_history_url(deployment.workspace_id, deployment.id)
        self.store_facts(context, {OpenDeployHistoryLink.xcom_key: url})
        return url

    def check_awake(self, deployment: Deployment) -> None:
        """Do what ``if_hibernating`` says of a Deployment that hibernates.

        :param deployment: The Deployment.
        :raises GuardError: It says ``fail``.
        :raises AirflowSkipException: It says ``skip``.
        """
        from astro_provider.rules.hibernation import is_asleep

        if not is_asleep(deployment):
            return
        if self.if_hibernating == "skip":
            raise AirflowSkipException(f"{deployment.label} hibernates.")
        raise GuardError(
            f"{deployment.label} hibernates, and Astro does not take deploys then. Wake it up first, or set "
            "if_hibernating to 'wake' or 'skip'."
        )

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
    ) -> Continuation:
        """Return what an earlier try of this task left, and what to do with it.

        :param context: The task's context.
        :param deployment: The Deployment.
        :param deploys: Its deploys.
        :param wanted: Digests of all that the task is to deploy.
        :param running: Digests of the code that runs now.
        :param planned: Digests of what this try would deploy.
        :raises GuardError: A newer deploy took the place of this task's own.
        """
        from astro_provider.rules.deploy_retries import Continuation, Step, continuation
        from astro_provider.rules.liveness import overtaken_reason

        if not RetryState(context).is_retry:
            return Continuation(Step.PLAN)
        found = continuation(deployment, deploys, self.mark(context), wanted=wanted, running=running, planned=planned)
        if found.deploy is not None and found.newer is not None:
            raise GuardError(
                f"{found.deploy.label} of {deployment.label}, of an earlier try of this task, is OVERTAKEN: "
                f"{overtaken_reason(found.newer)}."
            )
        if found.note:
            self.log.info(found.note)
        return found

    def store_result(self, context: Context, **facts: str | bool | None) -> None:
        """Store what later tasks need to know, before the wait.

        :param context: The task's context.
        :param facts: By the XCom's key.
        """
        for key, value in facts.items():
            context["ti"].xcom_push(key=key, value=value)

    def unchanged(self, context: Context, deployment: Deployment, deploy: Deploy | None) -> Any:
        """End well where the code runs already; if it is still being rolled out, wait for it.

        :param context: The task's context.
        :param deployment: The Deployment.
        :param deploy: The deploy that brought the code.
        """
        self.log.info("%s already runs this code; nothing is deployed.", deployment.label)
        is_settled = deployment.dag_tarball_version == deployment.desired_dag_tarball_version
        if deploy is None or is_settled or not self.wait:
            deploy_id = None if deploy is None else deploy.id
            self.store_facts(context, {"deploy_id": deploy_id})
            return deploy_id
        return self.until_live(context, deployment, deploy, version=deploy.dag_tarball_version, previous=None)

    def until_live(
        self,
        context: Context,
        deployment: Deployment,
        deploy: Deploy,
        *,
        version: str | None,
        previous: str | None,
        expect_dags: Collection[str] = (),
        fail_on_import_errors: bool = True,
    ) -> Any:
        """Wait until a deploy is live, if the task is to wait; returns its id.

        :param context: The task's context.
        :param deployment: The Deployment.
        :param deploy: The deploy, finalized.
        :param version: The version of its tarball, if it has one.
        :param previous: The version of the DAGs that ran before.
        :param expect_dags: Ids of DAGs that have to be there.
        :param fail_on_import_errors: Whether a file that gives no DAGs fails the task.
        """
        from astro_provider.rules.liveness import ROLLING_OUT, Progress
        from astro_provider.rules.running_code import DEPLOYED
        from astro_provider.triggers.deploys import DeployStatusTrigger

        self.store_facts(context, {"deploy_id": deploy.id})
        if not self.wait:
            return deploy.id
        label = f"{deploy.label} of {deployment.label}"
        trigger = DeployStatusTrigger(
            astro_conn_id=self.astro_conn_id,
            deployment_id=deployment.id,
            deploy_id=deploy.id,
            version=version,
            previous_version=previous,
            expect_dags=expect_dags,
            fail_on_import_errors=fail_on_import_errors,
            check_dags=self.checks_dags,
            poll_interval=self.poll_interval,
            url=self.hook.client.deploy_history_url(deployment.workspace_id, deployment.id),
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


def may_be_api_token(claims: TokenClaims) -> bool:
    """Whether a token may be an API token: only a JWT without permissions is certainly a person's.

    :param claims: What the token says about itself.
    """
    return claims.is_api_token or not claims.is_jwt


def check_dag_ids(expect_dags: object) -> None:
    """Refuse what is not a list of ids while the DAG is parsed.

    :param expect_dags: What was given.
    :raises ValueError: It is one text, of which each letter would count as an id.
    """
    if isinstance(expect_dags, str) and not is_template(expect_dags):
        raise ValueError(f"expect_dags={expect_dags!r} is not possible; allowed: a list of DAG ids.")
