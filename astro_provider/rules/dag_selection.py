"""Which DAGs are paused or unpaused. Pure: no clock, no network, no Airflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from astro_provider.common.suggestions import suggestion
from astro_provider.errors import GuardError, NameLookupError
from astro_provider.rules.selection import matches

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    class Dag(Protocol):
        """A DAG, as far as it matters here."""

        @property
        def dag_id(self) -> str:
            """Its id."""

        @property
        def is_paused(self) -> bool | None:
            """Whether it is paused."""

        @property
        def tag_names(self) -> Collection[str]:
            """Its tags."""


DagT = TypeVar("DagT", bound="Dag")


@dataclass(frozen=True)
class DagFilters:
    """What a DAG has to be: given together, all have to fit.

    :param dag_ids: Exact ids; ``None``: any. An empty list fits none.
    :param dag_id_pattern: Glob for the id; case matters.
    :param tags: Tags that it has to have, all of them.
    """

    dag_ids: Sequence[str] | None = None
    dag_id_pattern: str | None = None
    tags: Collection[str] = ()

    def fits(self, dag: Dag) -> bool:
        """Whether a DAG is one of those that are asked for.

        :param dag: The DAG.
        """
        is_listed = self.dag_ids is None or dag.dag_id in self.dag_ids
        return is_listed and matches(self.dag_id_pattern, dag.dag_id) and set(self.tags) <= set(dag.tag_names)


def select_dags(dags: Iterable[DagT], filters: DagFilters) -> list[DagT]:
    """Return the DAGs that fit, by their ids.

    :param dags: All there are.
    :param filters: What is asked for.
    :raises NameLookupError: An exact id is not there; the message names each with the nearest one.
    """
    known = {dag.dag_id: dag for dag in dags}
    if absent := [dag_id for dag_id in filters.dag_ids or () if dag_id not in known]:
        hints = {dag_id: suggestion(dag_id, known).removeprefix("; ") for dag_id in absent}
        listed = ", ".join(f"{dag_id!r}{hint and f' ({hint})'}" for dag_id, hint in hints.items())
        subject = "this DAG does" if len(absent) == 1 else "these DAGs do"
        raise NameLookupError(f"Nothing was changed, because {subject} not exist: {listed}.")
    return [dag for _, dag in sorted(known.items()) if filters.fits(dag)]


def to_change(dags: Iterable[DagT], *, paused: bool, max_changes: int | None) -> list[DagT]:
    """Return those of the chosen DAGs that are not as they should be yet.

    :param dags: The chosen ones.
    :param paused: Whether they should be paused.
    :param max_changes: How many may be changed; ``None``: any number.
    :raises GuardError: More than that would be changed.
    """
    found = [dag for dag in dags if dag.is_paused is not paused]
    if max_changes is not None and len(found) > max_changes:
        raise GuardError(
            f"{len(found)} DAGs would be {'paused' if paused else 'unpaused'}, more than "
            f"max_changes={max_changes} allows. Nothing was changed. Check the pattern, or raise max_changes."
        )
    return found
