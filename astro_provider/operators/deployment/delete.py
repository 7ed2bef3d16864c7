"""Deleting a Deployment."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.common.arguments import check_choice, check_flags
from astro_provider.errors import GuardError, NameLookupError
from astro_provider.tasks.base import WaitingOperator
from astro_provider.tasks.own_deployment import check_not_own
from astro_provider.tasks.retry_state import is_retry
from astro_provider.tasks.templates import RefusesNone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.models.api import Deployment


#: What says which Deployment is meant.
TARGET = ("deployment_id", "deployment_name", "workspace")


class DeleteDeploymentOperator(RefusesNone, WaitingOperator):
    """Deletes a Deployment; returns its id. It cannot be undone.

    :param deployment_id: The Deployment's id; wins over the name.
    :param deployment_name: Its exact name, where the id is not known.
    :param workspace: Id or name of the Workspace in which the name is looked for; default: the connection's, else the
        token's. Where the Organization has several Workspaces, a name needs one.
    :param require_name_pattern: Glob that the name has to fit when it is deleted, such as ``pr-*``; case matters.
    :param allow_self: Whether the Deployment that this task runs in may be deleted.
    :param if_missing: What to do when there is no such Deployment: ``fail``, ``ignore`` it and succeed, or ``skip``.
    :param wait: Whether the task ends only when the Deployment is gone from the API too.
    :param poll_interval: Seconds between looks.
    :param timeout: Seconds after which the wait has failed.
    :param deferrable: Whether to wait in the triggerer; default: ``[operators] default_deferrable``.
    :param astro_conn_id: Id of a connection of type ``astro``.
    """

    operator_extra_links = ()  # what is deleted has no page
    template_fields: Sequence[str] = (
        "deployment_id",
        "deployment_name",
        "workspace",
        "require_name_pattern",
        "astro_conn_id",
    )
    never_blank = (*TARGET, "require_name_pattern")

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        require_name_pattern: str | None = None,
        allow_self: bool = False,
        if_missing: str = "fail",
        wait: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(wait=wait, **kwargs)
        check_choice("if_missing", if_missing, ("fail", "ignore", "skip"))
        check_flags(allow_self=allow_self)
        self.deployment_id = deployment_id
        self.deployment_name = deployment_name
        self.workspace = workspace
        self.require_name_pattern = require_name_pattern
        self.allow_self = allow_self
        self.if_missing = if_missing

    def run_task(self, context: Context) -> Any:
        """Delete the Deployment, saying which one it was.

        :param context: The task's context.
        """
        from astro_provider.common.arguments import is_given
        from astro_provider.errors import NotFoundError
        from astro_provider.lookup.deployments import find_target
        from astro_provider.rules.selection import checked_pattern, matches
        from astro_provider.waits.goal import Goal

        nothing_made = (
            self.if_missing != "fail" and not is_given(self.deployment_id) and not is_given(self.deployment_name)
        )
        # A teardown whose create never got as far as an id: then neither is there, and nothing is deleted.
        self.check_rendered(may_lack=TARGET if nothing_made else ())
        pattern = checked_pattern("require_name_pattern", self.require_name_pattern)
        if nothing_made:
            return self._missing(context)
        client = self.hook.client
        deployment = find_target(
            client,
            deployment_id=self.deployment_id,
            deployment_name=self.deployment_name,
            workspace=self.workspace,
            sure=True,
        )
        if deployment is None:
            return self._missing(context)
        check_not_own(deployment, "delete", allow_self=self.allow_self)
        if not matches(pattern, deployment.name):
            raise GuardError(
                f"{deployment.label} is not deleted: its name does not fit require_name_pattern={pattern!r}."
            )
        self.log.info("Deleting %s", _portrait(deployment))
        try:
            client.deployments.delete(deployment.id)
        except NotFoundError:
            self.log.info("%s was deleted by somebody else in this very moment.", deployment.label)
            return deployment.id
        self.log.info("Deleted %s.", deployment.label)
        if not self.wait:
            return deployment.id
        goal = Goal(gone=True)
        return self.finish(context, self.wait_or_defer(context, deployment, goal, poll_interval=self.poll_interval))

    def _missing(self, context: Context) -> Any:
        """Do what ``if_missing`` says; a retry takes the absence for the work of an earlier try."""
        from astro_provider.lookup.deployments import describe

        what = describe(self.deployment_id, self.deployment_name, self.workspace)
        if self.if_missing == "skip":
            raise AirflowSkipException(f"{what} does not exist.")
        if self.if_missing == "ignore":
            self._say_ignored(what)
            return self.deployment_id
        # A first try that finds nothing fails for good, so a retry means that an earlier try was under way.
        if is_retry(context):
            self.log.warning("%s does not exist (any more); taking it for deleted by an earlier try.", what)
            return self.deployment_id
        raise NameLookupError(f"{what} does not exist. Set if_missing to 'ignore' or 'skip' to allow that.")

    def _say_ignored(self, what: str) -> None:
        from astro_provider.common.arguments import is_given

        if is_given(self.deployment_id) or is_given(self.deployment_name):
            self.log.info("%s does not exist; nothing to delete.", what)
        else:  # a create that died before it stored the id may have left a Deployment
            self.log.warning("Neither an id nor a name was given, so nothing was deleted.")


def _portrait(deployment: Deployment) -> str:
    """Say what is about to vanish, for the log that somebody will search afterwards."""
    age = datetime.now(timezone.utc) - deployment.created_at
    days, hours = age.days, age.seconds // 3600
    return (
        f"{deployment.label} in Workspace {deployment.workspace_name or deployment.workspace_id}, "
        f"status {deployment.status}, created by {deployment.creator} {days} days {hours} hours ago."
    )
