"""Updating a Deployment from a Deployment file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import check_choice
from astro_provider.common.choices import Unlisted
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.dry_run import DryRunTask
from astro_provider.tasks.file_argument import FileArgument
from astro_provider.tasks.retry_state import RetryState
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE, WaitingOperator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.client import AstroClient
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.models.deployments import Deployment


class UpdateDeploymentFromFileOperator(FileArgument, DryRunTask, DeploymentTask, WaitingOperator):
    """Updates a Deployment to match a Deployment file and waits until it is HEALTHY again; returns its id.

    Settings that are not in the file do not change. If the file lists worker queues or environment variables,
    ``unlisted`` decides what happens to those that it does not list. The task logs the plan before it sends anything,
    and stores it as the XCom ``changes``. If nothing differs, it sends nothing.

    :param deployment_file: Path of a YAML or JSON Deployment file (next to the DAG file, in ``template_searchpath``, or
        absolute), the text of the file, or the same content as a dict. Jinja in it is rendered.
    :param deployment_id: The Deployment to update; it is renamed if the file has another ``name``. Default: the
        Deployment with ``deployment_name``. If that is not set either, the Deployment that the file identifies by its
        ``metadata.deployment_id`` and ``name``, which must not identify different Deployments.
    :param deployment_name: Exact name of the Deployment. It keeps this name, whatever the file's ``name`` is; to rename
        it, use ``deployment_id``.
    :param workspace: Id or name of the Workspace in which to look up a name; replaces the file's.
    :param environment_variables: Dict of keys and values that is merged into the file's variables; ``{"KEY": ""}``
        empties a secret.
    :param overrides: Nested dict with the structure of the file; merged last.
    :param unlisted: What to do with worker queues and environment variables that the Deployment has but the file does
        not list: ``remove``, ``keep``, or ``fail``.
    :param wait: Whether the task waits until the Deployment is ready again.
    """

    file_field = "deployment_file"
    #: The file may say which.
    needs: ClassVar[Mapping[tuple[str, ...], str]] = {}
    template_fields: Sequence[str] = (
        "deployment_file",
        "deployment_id",
        "deployment_name",
        "workspace",
        "environment_variables",
        "overrides",
        "dry_run",
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
        render_file: bool = True,
        dry_run: bool | str = False,
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
            render_file=render_file,
            dry_run=dry_run,
            wait=wait,
            poll_interval=poll_interval,
            timeout=timeout,
            deferrable=deferrable,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        check_choice("unlisted", unlisted, Unlisted)
        self.deployment_file = deployment_file
        self.environment_variables = environment_variables
        self.overrides = overrides
        self.unlisted = unlisted

    def run_task(self, context: Context) -> Any:
        """Plan the update, log the plan, send it if there is anything to send, and wait.

        :param context: The task's context.
        """
        from astro_provider.common.arguments import is_given

        only_plan = self.is_dry_run()
        by_name = self.deployment_name if is_given(self.deployment_name) and not is_given(self.deployment_id) else None
        file = self.load_file(name=by_name, workspace=self.workspace or None)
        if by_name:
            file = self._not_renamed(file, by_name)
        client = self.hook.client
        deployment = self._deployment(client, file, is_retry=RetryState(context).is_retry)
        return apply_file(self, context, client, file, deployment, unlisted=self.unlisted, only_plan=only_plan)

    def _not_renamed(self, file: DeploymentFile, name: str) -> DeploymentFile:
        """Return the file with the name by which the task finds its Deployment; a warning names any other.

        :param file: The file, overlaid; its name may be that of the overrides.
        :param name: The task's ``deployment_name``.
        """
        from astro_provider.lookup.deployment_of_file import NAME

        for source in (file, self._file):
            if source and source.configuration.name not in (None, name.strip()):
                self.log.warning(
                    "%s: the name %r is ignored, because the task has deployment_name=%r. To rename a "
                    "Deployment, set deployment_id.",
                    source.origin.where(NAME),
                    source.configuration.name,
                    name,
                )
                return file.overlay(name=name)
        return file

    def _deployment(self, client: AstroClient, file: DeploymentFile, *, is_retry: bool) -> Deployment:
        from astro_provider.common.arguments import is_given
        from astro_provider.lookup.deployment_of_file import deployment_of_file
        from astro_provider.lookup.deployments import check_agreement, get_deployment

        if not is_given(self.deployment_id) and not is_given(self.deployment_name):
            return deployment_of_file(client, file)
        by_id = is_given(self.deployment_id)
        found = get_deployment(
            client,
            deployment_id=self.deployment_id,
            deployment_name=None if by_id else self.deployment_name,
            workspace=file.configuration.workspace_name,
        )
        if by_id and is_given(self.deployment_name):
            renamed = file.configuration.name if is_retry else None
            check_agreement(found, str(self.deployment_name), self.workspace, new_name=renamed)
        return found


def apply_file(
    operator: WaitingOperator,
    context: Context,
    client: AstroClient,
    file: DeploymentFile,
    deployment: Deployment,
    *,
    unlisted: Unlisted,
    only_plan: bool = False,
) -> Any:
    """Bring a Deployment to what a file says, and wait for it.

    :param operator: The task's operator.
    :param context: The task's context.
    :param client: The client.
    :param file: The Deployment file.
    :param deployment: The Deployment as it is.
    :param unlisted: What happens to what the file does not list.
    :param only_plan: Whether to stop after the plan is logged.
    """
    from astro_provider.lookup.plan_inputs import look_up
    from astro_provider.plan import needs, plan_update

    operator.announce(context, deployment)
    lookups = look_up(client, needs(file, deployment), file, deployment)
    plan = plan_update(file, deployment, lookups, unlisted=unlisted)
    context["ti"].xcom_push(key="changes", value=plan.as_xcom())
    for note in plan.notes:
        operator.log.warning(note)
    if plan.is_empty:
        operator.log.info("%s already matches the file; no request is sent.", deployment.label)
        # What an earlier attempt sent may still be under way, and its first HEALTHY may be the old one.
        sent_at = deployment.updated_at.timestamp() if RetryState(context).is_retry else 0.0
        return deployment.id if only_plan else _ready(operator, context, deployment, sent_at)
    operator.log.info("Plan for %s:\n%s", deployment.label, "\n".join(plan.describe()))
    if only_plan:
        operator.log.info("dry_run: no request is sent.")
        return deployment.id
    updated = client.deployments.update(deployment.id, plan.body)
    operator.log.info("Updated %s: %s", updated.label, operator.announce(context, updated))
    return _ready(operator, context, updated, time.time())


def _ready(operator: WaitingOperator, context: Context, deployment: Deployment, sent_at: float) -> Any:
    """Wait until the Deployment is ready, if the task is to wait."""
    from astro_provider.models.statuses import ready
    from astro_provider.waits.goal import SETTLE, Goal

    if not operator.wait:
        return deployment.id
    goal = Goal(target_statuses=ready(deployment), settle_until=sent_at + SETTLE)
    verdict = operator.wait_or_defer(context, deployment, goal, poll_interval=operator.poll_interval)
    return operator.finish(context, verdict)
