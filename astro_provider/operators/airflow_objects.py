"""Copying connections, variables and pools into a Deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import check_choice, check_flags, checked_count, is_given
from astro_provider.common.choices import IfObjectExists, IfRedacted
from astro_provider.common.import_paths import names_elsewhere
from astro_provider.errors import ConfigurationError
from astro_provider.tasks.declared_arguments import refused_when_parsed
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.dry_run import DryRunTask
from astro_provider.tasks.own_deployment import own_deployment_id
from astro_provider.tasks.secret_arguments import SecretArguments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.airflow_api import AirflowClient
    from astro_provider.models.deployments import Deployment
    from astro_provider.rules.airflow_objects.choice import Choice
    from astro_provider.rules.airflow_objects.plan import CopyPlan, Objects, Rules


class CopyAirflowObjectsOperator(SecretArguments, DeploymentTask, DryRunTask):
    """Copies connections, variables and pools into a Deployment's Airflow; returns the number of objects by outcome.

    The source is another Deployment, or the Airflow that runs the task if you set none of the ``source_…`` arguments.
    The task logs the plan before it writes anything, and writes only what differs. No Airflow shows the secrets of its
    connections. A value that the source masks is never written; ``if_redacted`` decides what to do instead. A retry of
    the task continues where the previous try stopped.

    The outcomes are ``created``, ``updated``, ``deleted``, ``unchanged``, ``left out`` and ``failed``. The XCom
    ``objects`` contains a dict for each object, with ``kind``, ``name``, ``outcome`` and ``reason``, but no values.

    :param source_deployment_id: Id of the Deployment to copy from. If you set its name as well, both must belong to
        the same Deployment. Without an id or name, the source is the Airflow that runs the task. On Astro, the task
        lists the objects with the API of its own Deployment and reads their values itself, including secrets. On
        other installations of Airflow 3, a task cannot list them, so set exact names and ``pools=None``.
    :param source_deployment_name: Exact name of the Deployment to copy from, if you do not know its id.
    :param source_workspace: Id or name of the Workspace of ``source_deployment_name``.
    :param connections: Ids and globs of the connections to copy; ``None``: no connections.
    :param variables: Keys and globs of the variables to copy; ``None``: no variables.
    :param pools: Names and globs of the pools to copy; ``None``: no pools.
    :param exclude: Names and globs of objects of any kind that are neither copied nor changed in the target.
    :param if_exists: What to do with an object that the target already has and that differs: ``update`` it, ``ignore``
        it (leave it as it is), or ``fail``.
    :param if_redacted: What to do with an object if the source masks one of its values: ``fail`` before anything is
        written, ``ignore`` the object, or ``keep`` the target's own value.
    :param secrets: Secrets of connections by id: ``{"warehouse": {"password": "...", "extra": {"token": "..."}}}``.
        Keys of ``extra`` are added to those that the source shows. ``{"warehouse": {}}`` states that a connection has
        no password, which Airflow 2 does not show. The values are masked in logs and shown nowhere.
    :param variable_values: Values of variables by key, for variables that the source masks. They are masked in logs and
        shown nowhere.
    :param delete_unlisted: Whether to delete objects in the target that the source does not have, if they match
        ``connections``, ``variables`` or ``pools``.
    :param max_deletes: Maximum number of objects to delete; if there are more, the task fails before it writes
        anything. Required if the source has no matching object of a kind.
    """

    template_fields: Sequence[str] = (
        "source_deployment_id",
        "source_deployment_name",
        "source_workspace",
        "connections",
        "variables",
        "pools",
        "exclude",
        "secrets",
        "variable_values",
        "max_deletes",
        "dry_run",
        *DeploymentTask.template_fields,
    )
    template_fields_renderers = {"secrets": "json", "variable_values": "json"}
    lists_of_text = ("connections", "variables", "pools", "exclude")
    not_text = ("max_deletes", "dry_run")
    secret_fields = ("secrets", "variable_values")

    def __init__(
        self,
        *,
        source_deployment_id: str | None = None,
        source_deployment_name: str | None = None,
        source_workspace: str | None = None,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        connections: str | Sequence[str] | None = "*",
        variables: str | Sequence[str] | None = "*",
        pools: str | Sequence[str] | None = "*",
        exclude: str | Sequence[str] = (),
        if_exists: IfObjectExists = "update",
        if_redacted: IfRedacted = "fail",
        secrets: Mapping[str, Mapping[str, Any]] | None = None,
        variable_values: Mapping[str, Any] | None = None,
        delete_unlisted: bool = False,
        max_deletes: int | None = None,
        dry_run: bool | str = False,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            dry_run=dry_run,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        check_choice("if_exists", if_exists, IfObjectExists)
        check_choice("if_redacted", if_redacted, IfRedacted)
        check_flags(delete_unlisted=delete_unlisted)
        self.source_deployment_id = source_deployment_id
        self.source_deployment_name = source_deployment_name
        self.source_workspace = source_workspace
        self.connections = connections
        self.variables = variables
        self.pools = pools
        self.exclude = exclude
        self.if_exists = if_exists
        self.if_redacted = if_redacted
        self.secrets = secrets
        self.variable_values = variable_values
        self.delete_unlisted = delete_unlisted
        self.max_deletes = max_deletes

    def check_when_parsed(self) -> None:
        """Also check those parts of ``secrets`` and ``variable_values`` that are not templates.

        :raises ValueError: One of them, or a part of one, is wrong whatever the templates give.
        """
        super().check_when_parsed()
        if self.secrets is None and self.variable_values is None:
            return
        from astro_provider.rules.airflow_objects import secrets as rules

        with refused_when_parsed():
            rules.checked_secrets(rules.known_secrets(self.secrets))
            rules.checked_values(rules.known_values(self.variable_values))

    def run_task(self, context: Context) -> dict[str, int]:
        """Read both sides, plan, log the plan, and write what differs.

        :param context: The task's context.
        """
        from astro_provider.airflow_api.connect import airflow_client
        from astro_provider.lookup.airflow_objects import read_objects
        from astro_provider.rules.airflow_objects.plan import Limits, plan_copy
        from astro_provider.tasks.running_airflow import can_read

        only_plan, rules = self.is_dry_run(), self._rules(context)
        source = self._source()
        deployment = self.get_deployment()
        self.announce(context, deployment)
        if deployment.id == (source.id if source else own_deployment_id()):
            raise ConfigurationError(f"Source and target are the same: {deployment.label}.")
        airflow = airflow_client(self.hook.client, deployment)
        here = self._read(source, rules.choice)
        there = read_objects(airflow, rules.choice)
        limits = Limits(
            reaches=lambda kind, name: bool(getattr(airflow, kind).reaches(name)),
            has_unlimited_pools=airflow.has_unlimited_pools,
        )
        name = source.label if source else "the Airflow that runs this task"
        self._warn_of_idle_patterns(rules.choice, here, there, source_name=name)
        elsewhere = {} if source else {"is_elsewhere": can_read}
        plan = plan_copy(here, there, rules, source_name=name, limits=limits, **elsewhere)
        self.log.info("Plan for %s, from %s:\n%s", deployment.label, name, "\n".join(plan.describe()) or "nothing")
        if only_plan:
            self.log.info("dry_run: nothing is written.")
        return self._write(context, airflow, plan, only_plan=only_plan)

    def _write(self, context: Context, airflow: AirflowClient, plan: CopyPlan, *, only_plan: bool) -> dict[str, int]:
        from collections import Counter

        from astro_provider.tasks.airflow_objects import Copy, result

        copy = Copy(airflow, plan)
        if only_plan:
            copy.results = [result(step, step.action) for step in plan.steps]
        try:
            if not only_plan:
                copy.run()
        finally:
            context["ti"].xcom_push(key="objects", value=copy.results)
            counts = dict(Counter(each["outcome"] for each in copy.results))
            self.log.info("%s", ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "No objects.")
        return counts

    def _source(self) -> Deployment | None:
        """Return the Deployment to copy from; ``None``: the Airflow that the task runs in."""
        from astro_provider.lookup.deployments import get_deployment

        if not is_given(self.source_deployment_id) and not is_given(self.source_deployment_name):
            if is_given(self.source_workspace):
                raise ConfigurationError("source_workspace is only used with source_deployment_name. Set both.")
            return None
        return get_deployment(
            self.hook.client,
            deployment_id=self.source_deployment_id,
            deployment_name=self.source_deployment_name,
            workspace=self.source_workspace,
        )

    def _read(self, source: Deployment | None, choice: Choice) -> Any:
        from astro_provider.airflow_api.connect import airflow_client, airflow_client_by_id
        from astro_provider.lookup.airflow_objects import read_objects

        if source is not None:
            return read_objects(airflow_client(self.hook.client, source), choice)
        from astro_provider.tasks.running_airflow import read_running, with_values

        own = own_deployment_id()
        if own is None:
            return read_running(choice)
        return with_values(read_objects(airflow_client_by_id(self.hook.client, own), choice), choice)

    def _rules(self, context: Context) -> Rules:
        from astro_provider.rules.airflow_objects.choice import Choice, checked_patterns
        from astro_provider.rules.airflow_objects.objects import KINDS
        from astro_provider.rules.airflow_objects.plan import Rules
        from astro_provider.rules.airflow_objects.secrets import checked_secrets, checked_values
        from astro_provider.tasks.retry_state import RetryState

        patterns = {kind: checked_patterns(kind, getattr(self, kind)) for kind in KINDS}
        choice = Choice(patterns, checked_patterns("exclude", self.exclude or ()))
        if not choice.kinds:
            raise ConfigurationError("connections, variables and pools are all empty: there is nothing to copy.")
        return Rules(
            choice,
            if_exists=self.if_exists,
            if_redacted=self.if_redacted,
            secrets=checked_secrets(self.secret_value("secrets")),
            variable_values=checked_values(self.secret_value("variable_values")),
            delete_unlisted=self.delete_unlisted,
            max_deletes=checked_count("max_deletes", self.max_deletes),
            is_retry=RetryState(context).is_retry,
        )

    def _warn_of_idle_patterns(self, choice: Choice, here: Objects, there: Objects, *, source_name: str) -> None:
        known = {name for side in (here, there) for things in side.values() for name in things}
        idle = [text for kind in choice.kinds for text in choice.idle_globs(kind, list(here[kind]), source_name)]
        for sentence in (*idle, *choice.idle_exclusions(known)):
            self.log.warning(sentence)


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
