"""Every picture of the docs shows what there is now."""

from __future__ import annotations

import json
from importlib.metadata import version

import pytest

from dev.pictures import DIGESTS, EXAMPLES, IMAGES, PLAN, digest, graph_name, plan_svg

pytestmark = pytest.mark.skipif(version("apache-airflow").startswith("2."), reason="they are drawn on Airflow 3")
TAKEN_OF = json.loads(DIGESTS.read_text())
#: Bytes of a picture of a graph, at most.
MOST = 60_000


@pytest.mark.parametrize("picture", sorted(TAKEN_OF))
def test_a_picture_from_a_browser_is_not_stale(picture):
    assert TAKEN_OF[picture] == digest(picture), f"{picture} shows something that has changed: run make screenshots"


def test_every_picture_from_a_browser_is_watched_apart_from_those_of_the_form():
    taken = {path.name for path in IMAGES.glob("*.png")}
    assert {name for name in taken - set(TAKEN_OF) if not name.startswith("connection-")} == set()
    assert set(TAKEN_OF) <= taken


def test_the_drawn_plan_is_not_stale():
    assert PLAN.read_text() == plan_svg(), "run .venv/airflow-3/bin/python -W ignore -m dev.pictures"


def test_the_drawn_plan_has_a_colour_for_each_kind_of_change():
    for sign, name in (("+", "added"), ("~", "changed"), ("-", "removed")):
        assert f'class="{name}">{sign} ' in PLAN.read_text()


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_page_of_an_example_shows_its_graph_in_a_small_picture_or_as_text(example):
    page = (IMAGES.parent / "examples" / f"{example}.md").read_text()
    picture = IMAGES / f"{graph_name(example)}-airflow-3.png"
    if f"images/{picture.name})" in page:
        assert picture.stat().st_size < MOST
    else:
        assert page.startswith("The task graph:\n")


def test_a_changed_graph_is_noticed(monkeypatch):
    picture = f"{graph_name('example_nightly_teardown')}-airflow-3.png"
    before = digest(picture)
    from example_dags.example_nightly_teardown import dag

    monkeypatch.setattr(dag.get_task("summarize"), "is_teardown", True)
    assert digest(picture) != before
