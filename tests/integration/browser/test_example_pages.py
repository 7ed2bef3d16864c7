"""A task of the example that a newcomer runs first, as its page shows it after a good run."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from dev.pictures import EPHEMERAL
from tests.integration.conftest import SECRET

from .ui import LINE, visit

pytestmark = [
    pytest.mark.real_airflow,
    pytest.mark.skipif(LINE == 2, reason="Airflow 2.11 runs it through dag.test()"),
]


@pytest.fixture
def open_tab(page, ephemeral_run):
    """Open a tab of the page of the task that created the Deployment."""
    return lambda tab: visit(page, f"/dags/{EPHEMERAL}/runs/{ephemeral_run}/tasks/create_deployment/{tab}")


def test_the_links_of_a_good_run_are_on_the_tab_details(open_tab, page, screenshot):
    open_tab("details")
    expect(page.get_by_text("Success").first).to_be_visible()
    for name in ("Open in Astro", "Open Airflow UI"):
        expect(page.get_by_role("link", name=name)).to_be_visible()
    page.wait_for_load_state("networkidle")  # the grid beside it
    screenshot(page, "task-links")


def test_the_link_to_a_deployment_that_the_run_has_deleted_says_so(open_tab, page):
    open_tab("details")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open in Astro").click()
    expect(opened.value.get_by_text("It was deleted at")).to_be_visible()


def test_the_rendered_file_has_no_secret(open_tab, page, screenshot):
    open_tab("rendered_templates")
    expect(page.get_by_text("WAREHOUSE_PASSWORD").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    screenshot(page, "task-rendered")
    assert SECRET not in page.content()
