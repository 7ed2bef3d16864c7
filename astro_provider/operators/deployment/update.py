"""Updating a Deployment from a Deployment file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from astro_provider.operators._base import WaitingOperator, check_choice
from astro_provider.operators._file_argument import FileArgument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.client import AstroClient
    from astro_provider.models.api import Deployment
    from astro_provider.models.deployment_file import DeploymentFile

Unlisted = Literal["remove", "keep", "fail"]


class UpdateDeploymentFromFileOperator(FileArgument, WaitingOperator):
    """Updates a Deployment to what a Deployment file says and waits until it is HEALTHY again; returns its id.

    What the file does not mention stays as it is. The plan is logged before anything is sent; where nothing differs,
    nothing is sent. The XCom ``changes`` holds the plan.

    :param deployment_file: Path of a YAML or JSON Deployment file (beside the DAG file, in ``template_searchpath``, or
        absolute), its text, or the same as a dict. Jinja in it is rendered.
    :param deployment_id: The Deployment to update; default: by ``deployment_name``, else the file's
        ``metadata.deployment_id``, else the file's ``name``.
    :param deployment_name: Its exact name.
    :param workspace: Id or name of the Workspace in which a name is looked for.
    :param environment_variables: Key to value, merged over the file's; ``{"KEY": ""}`` empties a secret on purpose.
    :param overrides: Nested dict in the file's own shape, merged last.
    :param render_file: Whether Jinja in the file is rendered; ``False`` takes it as it is.
    :param unlisted: What happens to worker queues and environment variables that the Deployment has and the file does
        not: ``remove``, ``keep``, or ``fail``.
    :param dry_run: Whether to stop after the plan is logged.
    :param wait: Whether the task ends only when the Deployment is ready again.
    :param poll_interval: Seconds between looks.
    :param timeout: Seconds after which the wait has failed.
    :param deferrable: Whether to wait in the triggerer; default: ``[operators] default_deferrable``.
    :param astro_conn_id: Id of a connection of type ``astro``.
    """

    file_field = "deployment_file"
    template_fields: Sequence[str] = (
        "deployment_file",
        "deployment_id",
        "deployment_name",
        "workspace",
        "environment_variables",
        "overrides",
        "astro_conn_id",
    )
    template_fields_renderers = {"deployment_file": "yaml", "environment_variables": "json", "overrides": "json"}

    def __init__(
        self,
        *,
        deployment_file: str | Mapping[str, Any],
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        environment_variables: Mapping[str, str] | None = None,
        overrides: Mapping[str, Any] | None = None,
        unlisted: Unlisted = "remove",
        dry_run: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("unlisted", unlisted, ("remove", "keep", "fail"))
        self.deployment_file = deployment_file
        self.deployment_id = deployment_id
        self.deployment_name = deployment_name
        self.workspace = workspace
        self.environment_variables = environment_variables
        self.overrides = overrides
        self.unlisted = unlisted
        self.only_plan = dry_run  # ``dry_run`` itself is a method of every Airflow operator

    def run_task(self, context: Context) -> Any:
        """Plan the update, log the plan, send it if there is anything to send, and wait.

        :param context: The task's context.
        """
        file = self.load_file()
        client = self.hook.client
        deployment = self._target(client, file)
        return apply_file(self, context, client, file, deployment, unlisted=self.unlisted, only_plan=self.only_plan)

    def _target(self, client: AstroClient, file: DeploymentFile) -> Deployment:
        from astro_provider.client.targets import existing_target, given

        deployment_id, deployment_name = self.deployment_id, self.deployment_name
        if not given(deployment_id) and not given(deployment_name):
            deployment_id, deployment_name = file.metadata.deployment_id, file.configuration.name
        workspace = self.workspace or file.configuration.workspace_name
        return existing_target(
            client, deployment_id=deployment_id, deployment_name=deployment_name, workspace=workspace
        )


def apply_file(
    operator: WaitingOperator,
    context: Context,
    client: AstroClient,
    file: DeploymentFile,
    deployment: Deployment,
    *,
    unlisted: Unlisted,
    cluster: str | None = None,
    only_plan: bool = False,
) -> Any:
    """Bring a Deployment to what a file says, and wait for it.

    :param operator: The task's operator.
    :param context: The task's context.
    :param client: The client.
    :param file: The Deployment file.
    :param deployment: The Deployment as it is.
    :param unlisted: What happens to what the file does not list.
    :param cluster: Id or name of a cluster that takes the place of the file's.
    :param only_plan: Whether to stop after the plan is logged.
    """
    from astro_provider.client.resolving import look_up
    from astro_provider.plan import needs, plan_update
    from astro_provider.waiting import SETTLE, Goal, ready

    operator.announce(context, deployment)
    needed = needs(file, deployment)
    lookups = look_up(client, needed, file, deployment, workspace_id=deployment.workspace_id, cluster=cluster)
    plan = plan_update(file, deployment, lookups, unlisted=unlisted)
    context["ti"].xcom_push(key="changes", value=plan.as_xcom())
    for note in plan.notes:
        operator.log.warning(note)
    if plan.is_empty:
        operator.log.info("%s is already as the file says; nothing is sent.", deployment.label)
        return deployment.id
    operator.log.info("Plan for %s:\n%s", deployment.label, "\n".join(plan.describe()))
    if only_plan:
        operator.log.info("dry_run: nothing is sent.")
        return deployment.id
    updated = client.deployments.update(deployment.id, plan.body)
    operator.log.info("Updated %s: %s", updated.label, operator.announce(context, updated))
    if not operator.wait:
        return updated.id
    goal = Goal(targets=ready(updated), settle_until=time.time() + SETTLE)
    verdict = operator.wait_or_defer(context, updated, goal, poll_interval=operator.poll_interval)
    return operator.finish(context, verdict)
