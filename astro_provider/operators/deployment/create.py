"""Creating a Deployment from a template file."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.common.arguments import check_choice
from astro_provider.common.choices import FailOrIgnore, IfExists, OnKill
from astro_provider.common.moments import moment_in_words
from astro_provider.errors import (
    AstroError,
    BadRequestError,
    ConfigurationError,
    GuardError,
    NotFoundError,
    PlanError,
)
from astro_provider.tasks.file_argument import FileArgument
from astro_provider.tasks.retry_state import CREATED_ID, RetryState
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE, WaitingOperator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.client import AstroClient
    from astro_provider.deployment_file.model import DeploymentFile
    from astro_provider.models.deployments import Deployment
    from astro_provider.rules.existing import OwnCreates
    from astro_provider.waits.verdict import Verdict


class CreateDeploymentFromTemplateOperator(FileArgument, WaitingOperator):
    """Creates a Deployment from a template file and waits until it is HEALTHY; returns its id.

    A retry of the task finds the Deployment that an earlier try created, and waits for it. It never creates a
    second one.

    :param template: Path of a YAML or JSON template file (next to the DAG file, in ``template_searchpath``, or
        absolute), the text of the file, or the same content as a dict. Jinja in it is rendered.
    :param deployment_name: Name of the new Deployment; fills the template's empty ``name``.
    :param description: Replaces the template's description.
    :param workspace: Id or name of the Workspace; default: the template's, else the connection's, else the token's.
    :param cluster: Id or name of the cluster, for DEDICATED and HYBRID; default: the template's.
    :param environment_variables: Dict of keys and values that is merged into the template's variables; supplies the
        secrets that the template leaves blank.
    :param overrides: Nested dict with the structure of the file; merged last.
    :param if_exists: What to do if the Workspace already has a Deployment with this name: ``fail``, ``reuse`` it
        unchanged, ``update`` it to match the template, or ``skip`` the task.
    :param if_secret_missing: What to do if a secret in the template has no value: ``fail``, or ``ignore`` it and create
        the Deployment without it.
    :param on_kill: What to do with a Deployment that this task created if somebody stops the task (marks or clears it),
        or if ``execution_timeout`` expires: ``keep`` or ``delete`` it. For a task that is waiting in the triggerer,
        this requires Airflow 3.3 or later.
    :param wait: Whether the task waits until the Deployment is ready.
    """

    file_field = "template"
    may_be_blank = ("description", "workspace", "cluster")
    template_fields: Sequence[str] = (
        "template",
        "deployment_name",
        "description",
        "workspace",
        "cluster",
        "environment_variables",
        "overrides",
        "astro_conn_id",
    )
    _sent: tuple[str, str, datetime] | None = None
    _created: Deployment | None = None
    #: Not so in a process that only resumes the task after a wait: there, the trigger has done what had to be done.
    _began = False
    template_fields_renderers = {"template": "yaml", "environment_variables": "json", "overrides": "json"}

    def __init__(
        self,
        *,
        template: str | Mapping[str, Any],
        deployment_name: str,
        description: str | None = None,
        workspace: str | None = None,
        cluster: str | None = None,
        environment_variables: Mapping[str, str] | None = None,
        overrides: Mapping[str, Any] | None = None,
        if_exists: IfExists = "fail",
        if_secret_missing: FailOrIgnore = "fail",  # noqa: S107  (a choice)
        on_kill: OnKill = "keep",
        render_file: bool = True,
        wait: bool = True,
        poll_interval: float | timedelta = 30,
        timeout: float | timedelta = 3600,
        deferrable: bool = DEFAULT_DEFERRABLE,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            render_file=render_file,
            wait=wait,
            poll_interval=poll_interval,
            timeout=timeout,
            deferrable=deferrable,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        check_choice("if_exists", if_exists, IfExists)
        check_choice("if_secret_missing", if_secret_missing, FailOrIgnore)
        check_choice("on_kill", on_kill, OnKill)
        self.template = template
        self.deployment_name = deployment_name
        self.description = description
        self.workspace = workspace
        self.cluster = cluster
        self.environment_variables = environment_variables
        self.overrides = overrides
        self.if_exists = if_exists
        self.if_secret_missing = if_secret_missing
        self.when_killed = on_kill  # ``on_kill`` itself is a method of every Airflow operator

    def run_task(self, context: Context) -> Any:
        """Create the Deployment, or take the one that is there already, and wait for it.

        :param context: The task's context.
        """
        self._began = True
        file = self._checked_file()
        client, state = self.hook.client, RetryState(context)
        deployment, is_new = state.find_created(client, str(file.configuration.name)), False
        if deployment is None:
            deployment, is_new = self._create_or_find(client, file, state)
        if not is_new:
            return self._take(context, client, file, deployment, state.own_creates(client))
        self._created = deployment
        state.remember(CREATED_ID, deployment.id)
        self.log.info("Created %s in Workspace %s.", deployment.label, _workspace_of(deployment))
        return self._ready(context, deployment)

    def _checked_file(self) -> DeploymentFile:
        """Return the template with this task's own values, checked as far as that needs no request."""
        from astro_provider.plan import check_create

        file = self.load_file(
            name=self.deployment_name,
            description=self.description,
            workspace=self.workspace or None,
            cluster=self.cluster or None,
            may_lack_secrets=self.if_secret_missing == "ignore",
        )
        if not file.configuration.name and str(self.deployment_name or "").strip():
            raise ConfigurationError(
                f"overrides removes the name {self.deployment_name!r}. Remove the key 'name' from overrides."
            )
        if not file.configuration.name:
            raise ConfigurationError(
                f"deployment_name={self.deployment_name!r} is empty, and the template has no name either."
            )
        if self.cluster and file.configuration.deployment_type == "STANDARD":
            raise PlanError(
                [f"cluster {self.cluster!r}: STANDARD Deployments cannot use a cluster of your own; leave it out."]
            )
        if self.if_exists in {"fail", "skip"}:
            check_create(file)  # the others may meet a Deployment that has the secrets already
        return file

    def _create_or_find(self, client: AstroClient, file: DeploymentFile, state: RetryState) -> tuple[Deployment, bool]:
        """Return the Deployment that has the name, and whether it is new."""
        from astro_provider.lookup.workspaces import resolve_workspace

        name = str(file.configuration.name)
        workspace_id = resolve_workspace(client, file.configuration.workspace_name)
        # Astro itself refuses a name that is in use, so a first try that would fail then need not ask before.
        if self.if_exists != "fail" or state.is_retry:
            existing = client.deployments.find(name, workspace_id=workspace_id)
            if existing is not None:
                return existing, False
        try:
            return self._create(client, file, workspace_id), True
        except (BadRequestError, NotFoundError) as refusal:
            if isinstance(refusal, BadRequestError):
                existing = client.deployments.find(name, workspace_id=workspace_id)
                if existing is not None:
                    return existing, False
            renamed = _with_ids(client, file)
            if renamed is None:
                _explain(refusal, client, file)
                raise
        return self._create_or_find(client, renamed, state)

    def _create(self, client: AstroClient, file: DeploymentFile, workspace_id: str) -> Deployment:
        from astro_provider.lookup.plan_inputs import look_up
        from astro_provider.plan import needs, place_notes, plan_create
        from astro_provider.plan.variables import left_out

        lookups = look_up(client, needs(file, None), file, None, workspace_id=workspace_id)
        plan = plan_create(file, lookups)
        for note in plan.notes:
            self.log.warning(note)
        if keys := left_out(file):
            self.log.info("Secrets that have no value and are left out: %s.", ", ".join(keys))
        self._sent = (str(plan.body["name"]), workspace_id, client.server_time())
        try:
            created = client.deployments.create(plan.body)
        except (BadRequestError, NotFoundError):
            self._sent = None
            raise
        for note in place_notes(file, created) if lookups.cluster is None else ():
            self.log.warning(note)
        return created

    def _take(
        self,
        context: Context,
        client: AstroClient,
        file: DeploymentFile,
        existing: Deployment,
        own: OwnCreates,
    ) -> Any:
        """Do what there is to do with the Deployment that has the name."""
        from astro_provider.lookup.deployments import whole
        from astro_provider.operators.deployment.update import apply_file
        from astro_provider.rules.existing import INSTEAD, Action, decide

        action = decide(existing, own, if_exists=self.if_exists)
        if action is Action.CONTINUE:
            self.log.info("An earlier try of this task created %s; continuing with it.", existing.label)
            self._created = existing
            return self._ready(context, existing)
        if action is Action.SKIP:
            raise AirflowSkipException(f"{existing.label} already exists.")
        if action is Action.REUSE:
            self.log.info("%s already exists; using it unchanged.", existing.label)
            return self._ready(context, existing)
        if action is Action.UPDATE:
            self.log.info("%s already exists; updating it to match the template.", existing.label)
            return apply_file(self, context, client, file, whole(client, existing), unlisted="remove")
        raise GuardError(
            f"{existing.label} already exists in Workspace {_workspace_of(existing)}. It was created on "
            f"{moment_in_words(existing.created_at)}. {INSTEAD}"
        )

    def _ready(self, context: Context, deployment: Deployment) -> Any:
        from astro_provider.models.statuses import ready
        from astro_provider.waits.goal import Goal

        url = self.announce(context, deployment)
        self.log.info("%s: %s", deployment.label, url)
        if not self.wait:
            return deployment.id
        goal = Goal(target_statuses=ready(deployment))
        return self.finish(context, self.wait_or_defer(context, deployment, goal, poll_interval=self.poll_interval))

    def resume(self, context: Context, verdict: Verdict) -> Any:
        """Recreate what the trigger of a cleared try deleted in the meantime.

        :param context: The task's context.
        :param verdict: The end of the wait.
        """
        from astro_provider.waits.goal import Outcome

        gone = verdict.outcome is Outcome.GONE and self.when_killed == "delete"
        if not (gone and RetryState(context).may_recreate()):
            return super().resume(context, verdict)
        self.log.info("%s An earlier try of this task may have deleted it; creating it again.", verdict.message)
        return self.run_checked(context)

    def deletes_if_killed(self) -> bool:
        """Whether the Deployment goes when somebody stops the task while it waits in the triggerer."""
        from airflow.triggers.base import BaseTrigger

        asked = self.when_killed == "delete" and self._created is not None
        if asked and not hasattr(BaseTrigger, "on_kill"):
            self.log.warning(
                "Before version 3.3, Airflow does not tell a trigger that somebody stopped its task: while this task "
                "waits in the triggerer, on_kill='delete' takes effect only when execution_timeout expires."
            )
        return asked

    def on_kill(self) -> None:
        """Delete what this task created, if it was told to; else say what stays."""
        if self.when_killed != "delete" or not self._began:
            super().on_kill()
            return
        try:
            self.log.info(self._delete_created())
        except AstroError as error:
            what = self._created.label if self._created else f"Deployment {self.deployment_name!r}, if it was created,"
            self.log.error("The task was stopped, but %s could not be deleted. %s", what, error)  # noqa: TRY400

    def _delete_created(self) -> str:
        """Delete what this task created; returns what there is to say."""
        deployments = self.hook.client.deployments
        created = self._created
        if created is None and self._sent:
            # Killed between the request and its response: the name and the time say whether there is one.
            created = deployments.find_made_since(*self._sent)
        if created is None:
            return "The task was stopped before it created a Deployment."
        try:
            deployments.delete(created.id)
        except NotFoundError:
            return f"The task was stopped; {created.label} is already gone."
        return f"The task was stopped; deleted {created.label}."


def _workspace_of(deployment: Deployment) -> str:
    return deployment.workspace_name or deployment.workspace_id


def _with_ids(client: AstroClient, file: DeploymentFile) -> DeploymentFile | None:
    """Return a refused file with ids in place of names that only look like ids; ``None`` if it has no such names."""
    from astro_provider.lookup.plan_inputs import with_ids

    with suppress(AstroError):  # the refusal itself says more
        return with_ids(client, file)
    return None


def _explain(refusal: AstroError, client: AstroClient, file: DeploymentFile) -> None:
    """Add to a refusal what Astro's own lists say against the file."""
    from astro_provider.lookup.refusals import advice

    if isinstance(refusal, BadRequestError) and (lines := list(advice(client, file))):
        refusal.begin_with("\n".join(lines))
