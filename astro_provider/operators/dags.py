"""Pausing and unpausing DAGs of another Deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import checked_count
from astro_provider.common.import_paths import names_elsewhere
from astro_provider.errors import AstroError, ConfigurationError
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.retry_state import RetryState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.rules.dag_selection import DagFilters

#: What a retry has to know: the DAGs that the task set out to change.
CHANGED = "astro_changed_dags"


class _DagsTask(DeploymentTask):
    """What pausing and unpausing have in common.

    :param dag_ids: Exact DAG ids. If one does not exist, the task fails before it changes anything. An empty list
        changes nothing.
    :param dag_id_pattern: Glob for DAG ids, such as ``load_*``; case-sensitive.
    :param tags: Tags that a DAG must have; it must have all of them. An empty list alone is an error; it does not
        select every DAG.
    :param max_changes: Maximum number of DAGs to change; if there are more, the task fails and changes nothing.
        Default: no limit.
    """

    template_fields: Sequence[str] = (
        "dag_ids",
        "dag_id_pattern",
        "tags",
        "max_changes",
        *DeploymentTask.template_fields,
    )
    lists_of_text = ("dag_ids", "tags")
    not_text = ("max_changes",)
    pauses: ClassVar[bool]

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        dag_ids: Sequence[str] | None = None,
        dag_id_pattern: str | None = None,
        tags: Sequence[str] | None = None,
        max_changes: int | None = None,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        if dag_ids is None and dag_id_pattern is None and tags is None:
            raise ValueError(
                "Set dag_ids, dag_id_pattern or tags: without any of them, every DAG would be selected. To select "
                "every DAG, set dag_id_pattern='*'."
            )
        self.dag_ids = dag_ids
        self.dag_id_pattern = dag_id_pattern
        self.tags = tags
        self.max_changes = max_changes

    def run_task(self, context: Context) -> Any:
        """Change what has to change, one DAG after the other.

        :param context: The task's context.
        """
        from astro_provider.airflow_api.connect import airflow_client
        from astro_provider.rules.dag_selection import select_dags, to_change

        filters, limit = self._filters(), checked_count("max_changes", self.max_changes)
        deployment = self.get_deployment()
        self.announce(context, deployment)
        airflow, state = airflow_client(self.hook.client, deployment), RetryState(context)
        chosen = select_dags(airflow.dags.list(), filters)
        earlier = set() if state.begins_a_round else set(state.recall(CHANGED) or ())
        ids = [dag.dag_id for dag in to_change(chosen, paused=self.pauses, max_changes=limit)]
        state.remember(CHANGED, sorted({*earlier, *ids}))
        verb = "Paused" if self.pauses else "Unpaused"
        for number, dag_id in enumerate(ids):
            try:
                airflow.dags.update(dag_id, is_paused=self.pauses)
            except AstroError:
                self.log.error("%s before the error: %s.", verb, ", ".join(ids[:number]) or "no DAG")  # noqa: TRY400
                raise
            self.log.info("%s DAG %r.", verb, dag_id)
        others = f" Already {verb.lower()}: {kept}." if (kept := len(chosen) - len(ids)) else ""
        self.log.info("%s %d of the %d chosen DAGs.%s", verb, len(ids), len(chosen), others)
        # Those of an earlier try count, too: a teardown has to undo them as well.
        return sorted({*ids, *(earlier & {dag.dag_id for dag in chosen})})

    def _filters(self) -> DagFilters:
        from astro_provider.rules.dag_selection import DagFilters
        from astro_provider.rules.selection import checked_pattern

        if self.dag_ids is None and self.dag_id_pattern is None and not self.tags:
            raise ConfigurationError(
                f"tags={self.tags!r} is empty, so every DAG would be selected. To select every DAG, set "
                "dag_id_pattern='*'."
            )
        return DagFilters(
            dag_ids=_listed(self.dag_ids),
            dag_id_pattern=checked_pattern("dag_id_pattern", self.dag_id_pattern),
            tags=_listed(self.tags) or (),
        )


class PauseDagsOperator(_DagsTask):
    """Pauses DAGs of a Deployment; returns the ids of those that were not paused before.

    A DAG must match all of ``dag_ids``, ``dag_id_pattern`` and ``tags`` that you set. Running tasks continue, but the
    scheduler starts no more tasks of these DAGs. To undo the change, pass the result to an
    :class:`UnpauseDagsOperator`.
    """

    pauses = True


class UnpauseDagsOperator(_DagsTask):
    """Unpauses DAGs of a Deployment; returns the ids of those that were paused before.

    A DAG must match all of ``dag_ids``, ``dag_id_pattern`` and ``tags`` that you set. Queued runs start, and so do
    scheduled runs that are due. To undo the change, pass the result to a :class:`PauseDagsOperator`.
    """

    pauses = False


def _listed(value: Sequence[str] | None) -> list[str] | None:
    if value is None:
        return None
    return [value] if isinstance(value, str) else list(value)


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
