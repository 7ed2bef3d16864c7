"""Deleting a Deployment."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import check_flags
from astro_provider.errors import GuardError
from astro_provider.tasks.deployment import DEPLOYMENT, OptionalDeploymentTask
from astro_provider.tasks.own_deployment import check_not_own
from astro_provider.tasks.retry_state import RetryState
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE, WaitingOperator

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.common.choices import IfMissing
    from astro_provider.models.deployments import Deployment


class DeleteDeploymentOperator(OptionalDeploymentTask, WaitingOperator):
    """Deletes a Deployment; returns its id. You cannot undo this.

    :param workspace: Id or name of the Workspace in which to look up the name; default: the connection's, else the
        token's. To look up a name in an Organization with several Workspaces, one of these is required.
    :param require_name_pattern: Glob that the name must match when the Deployment is deleted, such as ``pr-*``;
        case-sensitive.
    :param allow_self: Whether the task may delete the Deployment that it runs in.
    :param wait: Whether the task waits until the API no longer returns the Deployment. Default: ``False``, because
        Astro finishes a deletion on its own, and no later task can need the Deployment.
    """

    operator_extra_links = ()  # what is deleted has no page
    template_fields: Sequence[str] = (*OptionalDeploymentTask.template_fields, "require_name_pattern")

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        require_name_pattern: str | None = None,
        allow_self: bool = False,
        if_missing: IfMissing = "fail",
        wait: bool = False,
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
            if_missing=if_missing,
            wait=wait,
            poll_interval=poll_interval,
            timeout=timeout,
            deferrable=deferrable,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        check_flags(allow_self=allow_self)
        self.require_name_pattern = require_name_pattern
        self.allow_self = allow_self

    def may_lack(self) -> Collection[str]:
        """Return what a teardown may lack whose create never got as far as an id: then nothing is deleted."""
        return DEPLOYMENT if self._nothing_created() else ()

    def _nothing_created(self) -> bool:
        return self.if_missing != "fail" and not self.names_deployment()

    def run_task(self, context: Context) -> Any:
        """Delete the Deployment, saying which one it was.

        :param context: The task's context.
        """
        from astro_provider.errors import NotFoundError
        from astro_provider.rules.selection import checked_pattern, matches
        from astro_provider.waits.goal import Goal

        pattern = checked_pattern("require_name_pattern", self.require_name_pattern)
        deployment = None if self._nothing_created() else self.find_deployment(must_be_certain=True)
        if deployment is None:
            return self._missing(context)
        check_not_own(deployment, "delete", allow_self=self.allow_self)
        if not matches(pattern, deployment.name):
            raise GuardError(
                f"{deployment.label} was not deleted: its name does not match require_name_pattern={pattern!r}."
            )
        self.log.info("Deleting %s", _portrait(deployment))
        try:
            self.hook.client.deployments.delete(deployment.id)
        except NotFoundError:
            self.log.info("%s was deleted in the meantime.", deployment.label)
            return deployment.id
        if not self.wait:
            self.log.info("Deleted %s.", deployment.label)
            return deployment.id
        self.log.info("Astro has accepted the deletion of %s.", deployment.label)
        goal = Goal(gone=True)
        return self.finish(context, self.wait_or_defer(context, deployment, goal, poll_interval=self.poll_interval))

    def _missing(self, context: Context) -> Any:
        """Do what ``if_missing`` says; a retry assumes that an earlier try deleted it."""
        # A first try that finds nothing fails for good, so a retry means that an earlier try was under way.
        if self.if_missing == "fail" and RetryState(context).is_retry:
            what = self.describe_deployment()
            self.log.warning("%s no longer exists; assuming that an earlier try deleted it.", what)
            return self.deployment_id
        self.check_may_be_missing()
        if self.names_deployment():
            self.log.info("%s does not exist; nothing to delete.", self.describe_deployment())
        else:  # a create that died before it stored the id may have left a Deployment
            self.log.warning("No id or name was given, so nothing was deleted.")
        return self.deployment_id


def _portrait(deployment: Deployment) -> str:
    """Describe what will be deleted, for the log that somebody will search afterwards."""
    from astro_provider.common.durations import format_age

    age = format_age(datetime.now(timezone.utc) - deployment.created_at)
    return (
        f"{deployment.label} in Workspace {deployment.workspace_name or deployment.workspace_id}, "
        f"status {deployment.status}, created by {deployment.creator} {age} ago."
    )
