"""The page of a task instance: its links to Astro, its rendered file, its log."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.integration.conftest import SECRET

from .ui import LINE, visit

pytestmark = pytest.mark.real_airflow
DAG = "task_pages"
#: The tasks that succeed.
TASKS = {
    "create": "CreateDeploymentFromTemplateOperator",
    "update": "UpdateDeploymentFromFileOperator",
    "inspect": "InspectDeploymentOperator",
    "sense": "DeploymentStatusSensor",
    "hibernate": "HibernateDeploymentOperator",
    "wake_up": "WakeUpDeploymentOperator",
}
LINKS = ("Open in Astro", "Open Airflow UI")


@pytest.fixture(scope="module")
def run_id(ui, airflow):
    run_id = airflow.trigger(DAG)
    airflow.finish(DAG, run_id)
    states = {task.task_id: task.state for task in airflow.metadata.tasks(DAG, run_id).values()}
    assert states == dict.fromkeys(TASKS, "success") | {"missing": "failed"}
    return run_id


@pytest.fixture
def open_task(page, run_id):
    """Open a tab of a task instance's page."""

    def open_task(task_id, tab="details"):
        if LINE == 2:
            page.goto(f"/dags/{DAG}/grid?dag_run_id={quote(run_id)}&task_id={task_id}")
            if tab == "rendered_templates":  # a page of its own
                page.get_by_role("link", name="More Details").click()
                page.get_by_role("link", name="Rendered Template").click()
        else:
            visit(page, f"/dags/{DAG}/runs/{run_id}/tasks/{task_id}/{tab}")

    return open_task


@pytest.mark.parametrize("task_id", TASKS)
def test_the_links_lead_to_the_deployment(open_task, page, airflow, astro, run_id, task_id):
    open_task(task_id)
    expect(page.get_by_text(TASKS[task_id]).first).to_be_visible()  # no longer the task before
    expect(page.get_by_text(re.compile(r"^(Succe|success)")).first).to_be_visible()
    (deployment,) = [d for d in astro.deployments if d["name"] == f"task-pages-{run_id}"]
    astro_page = f"http://{astro.address}/{deployment['workspaceId']}/deployments/{deployment['id']}"
    for name, address in zip(LINKS, (astro_page, deployment["uiUrl"]), strict=True):
        expect(page.get_by_role("link", name=name)).to_have_attribute("href", address)


def test_open_in_astro_ends_on_the_emulators_page(open_task, page, run_id):
    open_task("create")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open in Astro").click()
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text(f"task-pages-{run_id}")
    expect(opened.value.get_by_role("row", name="WAREHOUSE_PASSWORD")).to_contain_text("****")
    assert SECRET not in opened.value.content()


def test_there_are_no_links_where_there_is_no_deployment(open_task, page):
    open_task("missing")
    expect(page.get_by_text("InspectDeploymentOperator").first).to_be_visible()
    for name in LINKS:
        link = page.get_by_role("link", name=name)
        if LINE == 2:  # its buttons are always there, and grey where they lead nowhere
            expect(link).to_have_attribute("disabled", "")
        else:
            expect(link).to_have_count(0)


def test_the_rendered_file_is_shown_as_yaml_without_its_secrets(open_task, page):
    open_task("create", "rendered_templates")
    expect(page.get_by_text("WAREHOUSE_PASSWORD").first).to_be_visible()
    shown = re.sub(r"\s", "", page.locator("body").inner_text())  # each word of the code stands in a box of its own
    assert "executor:CELERY" in shown
    assert '"WAREHOUSE_PASSWORD":"***' in shown
    assert SECRET not in page.content()
