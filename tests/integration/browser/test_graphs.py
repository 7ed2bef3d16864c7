"""The graph of each example, as Airflow draws it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from dev.pictures import EXAMPLES, example, graph_name

from .ui import LINE, visit

pytestmark = [
    pytest.mark.real_airflow,
    pytest.mark.skipif(LINE == 2, reason="the pictures are those of Airflow 3"),
]
#: What Airflow lays over a graph: a map of it, buttons, a legend.
OVERLAYS = ".react-flow__panel { display: none !important }"
#: Pixels around the tasks.
MARGIN = 16


@pytest.fixture(scope="module")
def wide(profile):
    page = profile.new_page()
    page.set_viewport_size({"width": 1900, "height": 900})
    page.add_init_script("localStorage.setItem('default_dag_view', JSON.stringify('graph'))")
    return page


@pytest.mark.parametrize("dag_id", EXAMPLES)
def test_the_graph_of_an_example_shows_its_tasks(airflow, wide, screenshot, dag_id):
    airflow.wait_until(lambda: airflow.metadata.knows(dag_id), 120, f"{dag_id} was not found")
    visit(wide, f"/dags/{dag_id}")
    expect(wide.get_by_text(dag_id).first).to_be_visible()
    tasks = wide.locator(".react-flow__node")
    names = {task.task_id for task in example(dag_id).tasks}
    for name in names:
        expect(tasks.filter(has_text=name).first).to_be_visible()
    wide.add_style_tag(content=OVERLAYS)
    boxes = [box for box in (task.bounding_box() for task in tasks.all()) if box]
    left, top = (min(box[side] for box in boxes) - MARGIN for side in ("x", "y"))
    right = max(box["x"] + box["width"] for box in boxes) + MARGIN
    bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    screenshot(wide, graph_name(dag_id), clip=clip)
