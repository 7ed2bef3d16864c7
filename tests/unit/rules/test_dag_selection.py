"""Which DAGs are paused: ids, a glob and tags, all of which have to fit."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from astro_provider.errors import GuardError, NameLookupError
from astro_provider.rules.dag_selection import DagFilters, select_dags, to_change


@dataclass(frozen=True)
class Dag:
    dag_id: str
    is_paused: bool = False
    tag_names: tuple[str, ...] = ()


DAGS = [Dag("load_b", tag_names=("etl", "daily")), Dag("load_a", True, ("etl",)), Dag("Load_c"), Dag("report")]


def selected(**filters: object) -> list[str]:
    return [dag.dag_id for dag in select_dags(DAGS, DagFilters(**filters))]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"dag_ids": ["report", "load_a"]}, ["load_a", "report"]),
        ({"dag_ids": []}, []),
        ({"dag_id_pattern": "load_*"}, ["load_a", "load_b"]),
        ({"dag_id_pattern": "load%"}, []),
        ({"tags": ["etl", "daily"]}, ["load_b"]),
        ({"dag_ids": ["load_a", "report"], "dag_id_pattern": "load_*"}, ["load_a"]),
        ({"dag_id_pattern": "*", "tags": ["etl"]}, ["load_a", "load_b"]),
    ],
)
def test_all_that_is_given_has_to_fit(filters, expected):
    assert selected(**filters) == expected


def test_an_id_that_is_not_there_is_named_with_the_nearest_one():
    with pytest.raises(
        NameLookupError,
        match=r"^Nothing was changed.*these DAGs do not exist: 'reprot' \(did you mean 'report'\?\), 'x'\.$",
    ):
        selected(dag_ids=["load_a", "reprot", "x"])


def test_only_what_is_not_as_it_should_be_is_changed_and_no_more_than_allowed():
    assert [dag.dag_id for dag in to_change(DAGS, paused=True, max_changes=3)] == ["load_b", "Load_c", "report"]
    assert [dag.dag_id for dag in to_change(DAGS, paused=False, max_changes=None)] == ["load_a"]
    with pytest.raises(GuardError, match="3 DAGs would be paused, more than max_changes=2 allows"):
        to_change(DAGS, paused=True, max_changes=2)
