"""Rolling a Deployment back to the code of an earlier deploy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import check_flags, is_given
from astro_provider.errors import BadRequestError
from astro_provider.tasks.deploys import DeployTask, Work
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.common.choices import IfHibernating
    from astro_provider.models.deploys import Deploy


@dataclass(kw_only=True)
class RollbackWork(Work):
    """What the task found out.

    :param target: The deploy to go back to.
    """

    target: Deploy


class RollbackDeployOperator(DeployTask):
    """Rolls a Deployment back to an earlier deploy and waits until that code is live; returns the new deploy's id.

    Astro restores the image, the DAGs, the runtime and dbt projects. Environment variables, connections and other
    settings stay as they are.

    :param deploy_id: Id of the deploy to go back to; default: chosen by ``steps_back``.
    :param steps_back: How many successful deploys (DEPLOYED) to go back from the code that runs now. A rollback counts
        as the deploy that it restored, so a second rollback goes further back.
    :param allow_downgrade: Whether to allow an older runtime, which kills running tasks and may lose metadata.
    """

    template_fields: Sequence[str] = ("deploy_id", *DeployTask.template_fields)

    def __init__(
        self,
        *,
        deploy_id: str | None = None,
        steps_back: int = 1,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        description: str | None = None,
        allow_downgrade: bool = False,
        dry_run: bool | str = False,
        if_hibernating: IfHibernating = "fail",
        wait: bool = True,
        poll_interval: float | timedelta = 10,
        timeout: float | timedelta = 1800,
        deferrable: bool = DEFAULT_DEFERRABLE,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            description=description,
            dry_run=dry_run,
            if_hibernating=if_hibernating,
            wait=wait,
            poll_interval=poll_interval,
            timeout=timeout,
            deferrable=deferrable,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        if isinstance(steps_back, bool) or not isinstance(steps_back, int) or steps_back < 1:
            raise ValueError(f"steps_back={steps_back!r} is not valid; allowed: a whole number of at least 1.")
        check_flags(allow_downgrade=allow_downgrade)
        self.deploy_id = deploy_id
        self.steps_back = steps_back
        self.allow_downgrade = allow_downgrade

    def look(self, context: Context) -> RollbackWork:
        """Read the Deployment and its deploys, and find the one to go back to.

        :param context: The task's context.
        :raises NameLookupError: There is no such deploy.
        :raises GuardError: It cannot be gone back to.
        """
        from astro_provider.common.moments import moment_in_words
        from astro_provider.rules.deploy_markers import Marker
        from astro_provider.rules.deploy_retries import Step
        from astro_provider.rules.rollbacks import check_rollback, present_deploy, rollback_target

        deployment = self.start(context)
        self.check_deployable(deployment, None)
        deploys = self.hook.client.deploys.list(deployment.id)
        deploy_id = str(self.deploy_id) if is_given(self.deploy_id) else None
        none = {"wanted": Marker(), "running": Marker(), "planned": Marker()}
        earlier = self.earlier_try(
            context, deployment, deploys, **none, fits=lambda d: deploy_id in (None, d.rollback_from_id)
        )
        running, present = present_deploy(deploys)
        if earlier.step is not Step.PLAN and earlier.deploy is not None:
            target = earlier.deploy
        else:
            target = rollback_target(deployment, deploys, deploy_id, self.steps_back)
            check_rollback(deployment, target, allow_downgrade=self.allow_downgrade)
        is_there = present is not None and present.id == target.id
        runs = f"It runs the code of deploy {present.id}." if present else "What it runs now is not known."
        lines = [runs, f"Rollback to deploy {target.id} of {moment_in_words(target.created_at)} ({target.type})."]
        return RollbackWork(
            deployment=deployment,
            deploys=deploys,
            running=running,
            lines=lines[:1] if is_there else lines,
            is_needed=not is_there,
            earlier=earlier,
            target=target,
        )

    def make(self, context: Context, work: RollbackWork) -> tuple[Deploy, str | None]:
        """Roll back, or finish the rollback that an earlier try began.

        :param context: The task's context.
        :param work: What was found out.
        """
        from astro_provider.rules.deploy_markers import Marker
        from astro_provider.rules.running_code import INITIALIZED

        client, deployment = self.hook.client, work.deployment
        deploy = work.earlier.deploy
        if deploy is None:
            description = self.described(context, Marker(task=self.mark(context)))
            deploy = client.deploys.rollback(deployment.id, work.target.id, description=description)
            self.log.info("Created deploy %s, a rollback to %s.", deploy.id, work.target.id)
        if deploy.status == INITIALIZED:
            deploy = self._finalized(deployment.id, deploy)
        return deploy, deploy.dag_tarball_version

    def _finalized(self, deployment_id: str, deploy: Deploy) -> Deploy:
        """Finalize a rollback; whether Astro takes one up by itself is not documented."""
        client = self.hook.client
        version = deploy.dag_tarball_version or None
        try:
            return client.deploys.finalize(deployment_id, deploy.id, dag_tarball_version=version)
        except BadRequestError as error:
            self.log.info(
                "Astro refused to finalize the rollback; assuming that Astro applies it without this request. %s", error
            )
            return client.deploys.get(deployment_id, deploy.id)
