"""Listing Deployments, ready to be mapped over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import check_choice, check_flags, checked_count
from astro_provider.common.choices import Records
from astro_provider.common.durations import format_age
from astro_provider.errors import ConfigurationError, GuardError
from astro_provider.tasks.base import AstroTask
from astro_provider.tasks.own_deployment import own_deployment_id
from astro_provider.tasks.template_guard import truth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.common.choices import DeploymentStatus
    from astro_provider.models.deployments import Deployment
    from astro_provider.rules.selection import Filters, Selection


class ListDeploymentsOperator(AstroTask):
    """Lists Deployments; returns their ids, sorted by name, for ``.partial(...).expand(deployment_id=...)``.

    With ``result="records"``, it returns a dict for each Deployment instead, with ``deployment_id``,
    ``deployment_name`` and ``workspace`` (an id), for ``.expand_kwargs(...)``. Every operator identifies a Deployment
    by these arguments.

    A Deployment must match all filters. The log lists the matches, and gives the reason for each other Deployment whose
    name matches. Pushes the XComs ``deployment_names`` and ``deployments`` (the dicts), in the same order.

    :param workspace: Id or name of the Workspace; default: the connection's, else the whole Organization.
    :param name_pattern: Glob for the name, such as ``pr-*``.
    :param ignore_case: Whether ``name_pattern`` and ``exclude`` ignore case.
    :param older_than: Minimum age: a timedelta, or text such as ``2d`` or ``36h``.
    :param newer_than: Maximum age, in the same form as ``older_than``.
    :param statuses: List only Deployments with one of these statuses: CREATING, DEPLOYING, HEALTHY, UNHEALTHY, UNKNOWN,
        HIBERNATING.
    :param development_only: Whether to list only Deployments in development mode; ``False`` and ``None`` do not filter.
    :param exclude_development: Whether to leave out Deployments in development mode.
    :param exclude: Ids, names or globs of Deployments to leave out.
    :param max_results: Maximum number of matches; if there are more, the task fails. This limits the damage of a wrong
        pattern. Default: no limit.
    :param allow_self: Whether the list may contain the Deployment that runs this task.
    :param result: What the task returns: ``ids`` or ``records``. Airflow can map only over a task's result, not over
        other XComs.
    """

    operator_extra_links = ()  # there is no page of several Deployments
    template_fields: Sequence[str] = (
        "workspace",
        "name_pattern",
        "ignore_case",
        "older_than",
        "newer_than",
        "statuses",
        "development_only",
        "exclude_development",
        "exclude",
        "max_results",
        "astro_conn_id",
    )
    lists_of_text = ("statuses", "exclude")
    not_text = ("ignore_case", "older_than", "newer_than", "development_only", "exclude_development", "max_results")

    def __init__(
        self,
        *,
        workspace: str | None = None,
        name_pattern: str | None = None,
        ignore_case: bool | str = False,
        older_than: timedelta | str | None = None,
        newer_than: timedelta | str | None = None,
        statuses: Sequence[DeploymentStatus | str] | None = None,
        development_only: bool | str | None = None,
        exclude_development: bool | str = False,
        exclude: Sequence[str] | None = None,
        max_results: int | None = None,
        allow_self: bool = False,
        result: Records = "ids",
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(astro_conn_id=astro_conn_id, **kwargs)
        check_flags(allow_self=allow_self)
        check_choice("result", result, Records)
        self.workspace = workspace
        self.name_pattern = name_pattern
        self.ignore_case = ignore_case
        self.older_than = older_than
        self.newer_than = newer_than
        self.statuses = statuses
        self.development_only = development_only
        self.exclude_development = exclude_development
        self.exclude = exclude
        self.max_results = max_results
        self.allow_self = allow_self
        self.result = result

    def value_checks(self) -> Mapping[str, Callable[[str, Any], object]]:
        """Return what can be judged when the DAG file is parsed."""
        from astro_provider.common.durations import checked_duration
        from astro_provider.models.statuses import checked_statuses
        from astro_provider.rules.selection import checked_pattern

        ages = {"older_than": checked_duration, "newer_than": checked_duration}
        return {**super().value_checks(), "statuses": checked_statuses, "name_pattern": checked_pattern, **ages}

    def run_task(self, context: Context) -> Any:
        """Read all Deployments, choose, and say why.

        :param context: The task's context.
        """
        from astro_provider.common.arguments import is_given
        from astro_provider.lookup.workspaces import resolve_workspace, workspace_problem
        from astro_provider.rules.selection import idle_exclusions, select

        filters, limit = self._filters(), checked_count("max_results", self.max_results)
        client = self.hook.client
        workspace_id = resolve_workspace(client, self.workspace) if is_given(self.workspace) else client.workspace_id
        found = client.deployments.list(workspace_ids=[workspace_id] if workspace_id else [])
        # Astro finds nothing in a Workspace that does not exist, and a list of nothing looks like a quiet night.
        if not found and (problem := workspace_problem(client, workspace_id)):
            raise GuardError(problem)
        now = client.server_time()
        selection = select(found, filters, now)
        where = f"Workspace {self.workspace or workspace_id}" if workspace_id else "the Organization"
        self.log.info("%d of %d Deployments in %s match.", len(selection.matched), len(found), where)
        self._explain(selection, now)
        for sentence in idle_exclusions(filters, found):
            self.log.warning(sentence)
        if limit is not None and len(selection.matched) > limit:
            raise GuardError(
                f"{len(selection.matched)} Deployments match, more than max_results={limit} allows. "
                "No Deployment is returned. Check the filters, or raise max_results."
            )
        context["ti"].xcom_push(key="deployment_names", value=[d.name for d in selection.matched])
        records = [_record(deployment) for deployment in selection.matched]
        context["ti"].xcom_push(key="deployments", value=records)
        return records if self.result == "records" else [deployment.id for deployment in selection.matched]

    def _filters(self) -> Filters:
        from astro_provider.common.durations import checked_duration
        from astro_provider.models.statuses import checked_statuses
        from astro_provider.rules.selection import Filters, checked_pattern

        ages = {name: getattr(self, name) for name in ("older_than", "newer_than")}
        lengths = {name: None if age is None else checked_duration(name, age) for name, age in ages.items()}
        if (least := lengths["older_than"]) and (most := lengths["newer_than"]) and least >= most:
            given = f"older_than={self.older_than!r} and newer_than={self.newer_than!r}"
            raise ConfigurationError(f"{given} together leave out every Deployment.")
        if self.statuses is not None and not self.statuses:
            raise ConfigurationError(f"statuses={self.statuses!r} is empty. Leave it out to allow every status.")
        only, excluded = (truth(name, getattr(self, name)) for name in ("development_only", "exclude_development"))
        if only and excluded:
            raise ConfigurationError("development_only and exclude_development together leave out every Deployment.")
        exclude = [self.exclude] if isinstance(self.exclude, str) else self.exclude or ()
        return Filters(
            name_pattern=checked_pattern("name_pattern", self.name_pattern),
            **lengths,
            statuses=checked_statuses("statuses", self.statuses or ()),
            development_only=only,
            exclude_development=excluded,
            ignore_case=truth("ignore_case", self.ignore_case),
            exclude=tuple(str(checked_pattern("exclude", str(entry))) for entry in exclude),
            own_id=None if self.allow_self else own_deployment_id(),
        )

    def _explain(self, selection: Selection, now: datetime) -> None:
        from astro_provider.rules.selection import table

        def row(deployment: Deployment, *more: str) -> list[str]:
            return [deployment.name, deployment.id, *more]

        if selection.matched:
            rows = [
                row(d, d.workspace_name or d.workspace_id, d.status, format_age(now - d.created_at), d.creator)
                for d in selection.matched
            ]
            self.log.info("Matched:\n%s", table([["name", "id", "Workspace", "status", "age", "created by"], *rows]))
        missed = [row(deployment, ", ".join(reasons)) for deployment, reasons in selection.left_out]
        missed += [row(deployment, "its name matches only if case is ignored") for deployment in selection.nearly]
        if missed:
            self.log.info("Left out:\n%s", table([["name", "id", "reason"], *missed]))
        if selection.other_names:
            self.log.info("Deployments whose names do not match %r: %d.", self.name_pattern, selection.other_names)


def _record(deployment: Deployment) -> dict[str, str]:
    """Return what an operator needs to find a Deployment, under the names of its arguments."""
    return {
        "deployment_id": deployment.id,
        "deployment_name": deployment.name,
        "workspace": deployment.workspace_id,
    }
