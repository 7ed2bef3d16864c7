"""Waiting until a deploy is live: rolled out, its DAGs there, and nothing that cannot be imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.links import OpenAirflowLink, OpenDeployHistoryLink, OpenInAstroLink
from astro_provider.tasks.awake import AwakeOperator
from astro_provider.tasks.deployment import DeploymentTask

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from airflow.providers.common.compat.sdk import BaseOperatorLink, Context

    from astro_provider.models.deployments import Deployment
    from astro_provider.models.deploys import Deploy
    from astro_provider.tasks.deploys import Work
    from astro_provider.waits.verdict import Verdict


class LiveDeployTask(DeploymentTask, AwakeOperator):
    """A task that ends when a deploy is live."""

    operator_extra_links: Collection[BaseOperatorLink] = (
        OpenDeployHistoryLink(),
        OpenInAstroLink(),
        OpenAirflowLink(),
    )
    #: Whether the wait looks at the DAGs in the Deployment's Airflow.
    checks_dags: ClassVar[bool] = True
    expect_dags: Sequence[str] | None = None
    fail_on_import_errors: bool = True

    def history_url(self, deployment: Deployment) -> str:
        """Return the address of a Deployment's deploy history.

        :param deployment: The Deployment.
        """
        return self.hook.client.deploy_history_url(deployment.workspace_id, deployment.id)

    def store_deploy(self, context: Context, **facts: str | bool | None) -> None:
        """Store what later tasks need to know, before the wait.

        :param context: The task's context.
        :param facts: The XComs.
        """
        for key, value in facts.items():
            context["ti"].xcom_push(key=key, value=value)

    def lacks_dags(self, deployment: Deployment) -> bool:
        """Whether a DAG that is expected is not there, as far as the token may know: then it is waited for.

        :param deployment: The Deployment.
        """
        from astro_provider.airflow_api.connect import airflow_client
        from astro_provider.errors import AstroError
        from astro_provider.http.retry import Repeat

        if not self.expect_dags:
            return False
        try:
            dags = airflow_client(self.hook.client, deployment).dags.list(repeat=Repeat.NEVER)
        except AstroError as error:
            self.log.info("Could not check whether the expected DAGs are there: %s", error)
            return False
        return not {dag.dag_id for dag in dags if not dag.is_stale}.issuperset(self.expect_dags)

    def check_imports(self, deployment: Deployment, deploy: Deploy) -> None:
        """Fail if the code that runs already cannot be imported: "unchanged" must not hide that it never worked.

        :param deployment: The Deployment.
        :param deploy: The deploy that brought the code.
        :raises WaitFailedError: A DAG file has an import error that is newer than the deploy.
        """
        from astro_provider.airflow_api.connect import airflow_client
        from astro_provider.errors import AstroError, WaitFailedError
        from astro_provider.http.retry import Repeat
        from astro_provider.rules.liveness import import_errors_reason

        if not self.checks_dags:
            return
        try:
            errors = airflow_client(self.hook.client, deployment).import_errors.list(repeat=Repeat.NEVER)
        except AstroError as error:
            self.log.info("Could not check whether all DAG files can be imported: %s", error)
            return
        later = [error for error in errors if error.timestamp is None or error.timestamp > deploy.created_at]
        if not later:
            return
        reason = f"{deployment.label} already runs this, but {import_errors_reason(later)}"
        if self.fail_on_import_errors:
            raise WaitFailedError(reason)
        self.log.warning("%s", reason)

    def brought_live(self, context: Context, work: Work, deploy: Deploy, version: str | None) -> Any:
        """Store what the deploy is, and wait until it is live if the task is to wait; returns its id.

        :param context: The task's context.
        :param work: What the task found out.
        :param deploy: The deploy, finalized.
        :param version: The version of the tarball that it brings.
        :raises DeployFailedError: Astro could not roll it out.
        """
        from astro_provider.errors import DeployFailedError
        from astro_provider.rules.running_code import FAILED, brings_dags

        runs = version if brings_dags(deploy) and version else deploy.dag_tarball_version
        self.store_deploy(context, deploy_type=deploy.type, changed=True, dag_tarball_version=runs)
        self.store_facts(context, {"deploy_id": deploy.id, "deploy_status": deploy.status})
        if deploy.status == FAILED:
            reason = deploy.status_reason or "Astro gave no reason"
            look = f"See {self.history_url(work.deployment)}"
            raise DeployFailedError(f"{deploy.label} of {work.deployment.label} is FAILED ({reason}). {look}")
        return self.until_live(context, work, deploy, version) if self.wait else deploy.id

    def until_live(self, context: Context, work: Work, deploy: Deploy, version: str | None) -> Any:
        """Wait until a deploy is live; returns its id.

        :param context: The task's context.
        :param work: What the task found out.
        :param deploy: The deploy.
        :param version: The version of the tarball that it brought.
        """
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
            url=self.history_url(work.deployment),
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
