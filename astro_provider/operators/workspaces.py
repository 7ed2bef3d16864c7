"""Making and deleting Workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.common.arguments import check_choice, is_given
from astro_provider.common.choices import IfExists, IfMissing
from astro_provider.common.import_paths import names_elsewhere
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import GuardError, NameLookupError
from astro_provider.tasks.deployment import MAY_BE_MISSING
from astro_provider.tasks.dry_run import DryRunTask
from astro_provider.tasks.retry_state import RetryState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.models.workspaces import Workspace
    from astro_provider.rules.workspaces import Wanted

#: The id of the Workspace that an earlier try created.
CREATED_ID = "astro_workspace_id"


class CreateWorkspaceOperator(DryRunTask):
    """Creates a Workspace, or uses an existing one with the same name; returns its id.

    Astro allows several Workspaces with the same name, but this operator never creates a second one. If the name is in
    use, ``if_exists`` decides what happens; if several Workspaces have the name, the task fails. A retry finds the
    Workspace that an earlier try created.

    :param workspace_name: The name, with at most 50 characters.
    :param description: Description of the Workspace.
    :param cicd_enforced: Whether new Deployments in it accept deploys only from API tokens.
    :param default_cluster: Id or name of the cluster for new Deployments. You cannot combine it with
        ``default_region``.
    :param default_cloud_provider: ``AWS``, ``AZURE`` or ``GCP``: the cloud for new Deployments; requires
        ``default_region``.
    :param default_region: The cloud's region for new Deployments.
    :param if_exists: What to do if a Workspace has the name: ``fail``, ``reuse`` it unchanged, ``update`` only the
        settings that you pass, or ``skip`` the task.
    """

    operator_extra_links = ()  # links are to Deployments
    template_fields: Sequence[str] = (
        "workspace_name",
        "description",
        "default_cluster",
        "default_cloud_provider",
        "default_region",
        *DryRunTask.template_fields,
    )
    may_be_blank: ClassVar[tuple[str, ...]] = ("description",)

    def __init__(
        self,
        *,
        workspace_name: str,
        description: str | None = None,
        cicd_enforced: bool | None = None,
        default_cluster: str | None = None,
        default_cloud_provider: str | None = None,
        default_region: str | None = None,
        if_exists: IfExists = "fail",
        dry_run: bool | str = False,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(dry_run=dry_run, astro_conn_id=astro_conn_id, **kwargs)
        check_choice("if_exists", if_exists, IfExists)
        if cicd_enforced is not None and not isinstance(cicd_enforced, bool):
            raise ValueError(f"cicd_enforced={cicd_enforced!r} is not valid; allowed: True, False or None.")
        self.workspace_name = workspace_name
        self.description = description
        self.cicd_enforced = cicd_enforced
        self.default_cluster = default_cluster
        self.default_cloud_provider = default_cloud_provider
        self.default_region = default_region
        self.if_exists = if_exists

    def run_task(self, context: Context) -> Any:
        """Create the Workspace, or do what ``if_exists`` says.

        :param context: The task's context.
        """
        from astro_provider.rules.existing import INSTEAD, Action, decide
        from astro_provider.rules.workspaces import check_wanted

        wanted = self._wanted()
        check_wanted(wanted)
        client, state = self.hook.client, RetryState(context)
        existing = client.workspaces.find(wanted.name)
        if existing is None:
            return self._create(state, wanted)
        own = state.own_creates(client, CREATED_ID)
        action = decide(existing, own, if_exists=self.if_exists)
        if action is Action.CONTINUE:
            self.log.info("An earlier try of this task created %s.", existing.label)
            return existing.id
        if action is Action.SKIP:
            raise AirflowSkipException(f"{existing.label} already exists.")
        if action is Action.FAIL:
            raise GuardError(f"{existing.label} already exists. {INSTEAD}")
        return self._update(existing, wanted) if action is Action.UPDATE else self._reuse(existing)

    def _wanted(self) -> Wanted:
        from astro_provider.lookup.clusters import resolve_cluster
        from astro_provider.rules.workspaces import Wanted

        given = self.default_cluster if is_given(self.default_cluster) else None
        return Wanted(
            name=self.workspace_name,
            description=self.description,
            cicd_enforced=self.cicd_enforced,
            cluster_id=resolve_cluster(self.hook.client, given).id if given else None,
            cloud_provider=self.default_cloud_provider,
            region=self.default_region,
        )

    def _create(self, state: RetryState, wanted: Wanted) -> str | None:
        from astro_provider.rules.workspaces import create_body

        body = create_body(wanted)
        listed = ", ".join(f"{key}={value!r}" for key, value in body.items())
        self.log.info("There is no Workspace %r. Plan: create it with %s.", wanted.name, listed)
        if self.is_dry_run():
            self.log.info("dry_run: nothing is created.")
            return None
        created = self.hook.client.workspaces.create(body)
        state.remember(CREATED_ID, created.id)
        self.log.info("Created %s.", created.label)
        return created.id

    def _reuse(self, existing: Workspace) -> str:
        self.log.info("%s already exists; using it unchanged.", existing.label)
        return existing.id

    def _update(self, existing: Workspace, wanted: Wanted) -> str:
        from astro_provider.rules.workspaces import plan_update

        # A list need not have every field, and what an update leaves out may be lost.
        body, changes = plan_update(self.hook.client.workspaces.get(existing.id), wanted)
        if not changes:
            self.log.info("%s is as it should be; nothing to change.", existing.label)
            return existing.id
        self.log.info("Plan for %s:\n%s", existing.label, "\n".join(changes))
        if self.is_dry_run():
            self.log.info("dry_run: nothing is changed.")
            return existing.id
        self.hook.client.workspaces.update(existing.id, body)
        self.log.info("Updated %s.", existing.label)
        return existing.id


class DeleteWorkspaceOperator(DryRunTask):
    """Deletes a Workspace that has no Deployments; returns its id. You cannot undo this.

    If the Workspace still contains Deployments, the task fails and names them. Deleting a Workspace also deletes its
    API tokens and all roles in it.

    :param workspace: Id or name of the Workspace.
    :param if_missing: What to do if the Workspace does not exist: ``fail``, ``ignore`` it and succeed, or ``skip`` the
        task.
    :param require_name_pattern: Glob that the name must match, such as ``pr-*``; case-sensitive.
    """

    operator_extra_links = ()  # what is deleted has no page
    template_fields: Sequence[str] = ("workspace", "require_name_pattern", *DryRunTask.template_fields)

    def __init__(
        self,
        *,
        workspace: str,
        require_name_pattern: str | None = None,
        dry_run: bool | str = False,
        if_missing: IfMissing = "fail",
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(dry_run=dry_run, astro_conn_id=astro_conn_id, **kwargs)
        check_choice("if_missing", if_missing, IfMissing)
        self.workspace = workspace
        self.if_missing = if_missing
        self.require_name_pattern = require_name_pattern

    def run_task(self, context: Context) -> Any:
        """Delete the Workspace, unless something still lives there.

        :param context: The task's context.
        """
        from astro_provider.errors import NotFoundError
        from astro_provider.rules.selection import checked_pattern, matches
        from astro_provider.rules.workspaces import check_empty

        pattern = checked_pattern("require_name_pattern", self.require_name_pattern)
        workspace = self._find()
        if workspace is None:
            return self._missing(context)
        if not matches(pattern, workspace.name):
            raise GuardError(
                f"{workspace.label} was not deleted: its name does not match require_name_pattern={pattern!r}."
            )
        client = self.hook.client
        check_empty(workspace, client.deployments.list(workspace_ids=[workspace.id]))
        tokens = [each.name for each in client.api_tokens.list(workspace_id=workspace.id) if each.scope == "WORKSPACE"]
        going = f" with its API tokens ({', '.join(tokens)})" if tokens else ""
        if self.is_dry_run():
            self.log.info("dry_run: %s would be deleted%s.", workspace.label, going)
            return workspace.id
        try:
            client.workspaces.delete(workspace.id)
        except NotFoundError:
            self.log.info("%s was deleted in the meantime.", workspace.label)
        else:
            self.log.info("Deleted %s%s.", workspace.label, going)
        return workspace.id

    def _find(self) -> Workspace | None:
        """Return the Workspace with this id, else that with this name; ``None``: there is none."""
        from astro_provider.common.ids import looks_like_id
        from astro_provider.errors import NotFoundError

        workspaces = self.hook.client.workspaces
        if looks_like_id(self.workspace):
            try:
                return workspaces.get(self.workspace)
            except NotFoundError:
                pass
        return workspaces.find(self.workspace)

    def _missing(self, context: Context) -> str | None:
        """Do what ``if_missing`` says; a retry assumes that an earlier try deleted it."""
        missing = f"Workspace {self.workspace!r} does not exist, or this token cannot see it."
        if self.if_missing == "skip":
            raise AirflowSkipException(missing)
        if self.if_missing == "fail" and RetryState(context).is_retry:
            self.log.warning("Workspace %r no longer exists; assuming that an earlier try deleted it.", self.workspace)
        elif self.if_missing == "fail":
            known = (each.name for each in self.hook.client.workspaces.list())
            raise NameLookupError(f"{missing}{did_you_mean(self.workspace, known)} {MAY_BE_MISSING}")
        else:
            self.log.info("%s Nothing to delete.", missing)
        return None


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
