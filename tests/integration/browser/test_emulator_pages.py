"""The emulator's pages in a browser: from the links of a task, light and dark, narrow and wide."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from astro_provider.emulator import Emulator
from dev.examples import development
from dev.pictures import BEFORE
from tests.emulator.calls import Caller

SECRET = "of-the-warehouse"


@pytest.fixture
def full():
    """An emulator with a Deployment that has something of everything."""
    with Emulator(progress="immediately") as astro:
        development(astro)
        call = Caller(astro, astro.token)
        variables = [{"key": "WAREHOUSE_PASSWORD", "value": SECRET, "isSecret": True}]
        variables += [each for each in BEFORE["environmentVariables"] if not each["isSecret"]]
        amounts = {"defaultTaskPodCpu": "0.25", "defaultTaskPodMemory": "0.5Gi", "resourceQuotaCpu": "10"}
        body = {**BEFORE, "name": "reporting", "type": "STANDARD", "workspaceId": astro.workspace_id, **amounts}
        schedule = {"hibernateAtCron": "0 18 * * *", "wakeAtCron": "0 6 * * *", "isEnabled": True}
        body |= {"resourceQuotaMemory": "20Gi", "isDevelopmentMode": True, "environmentVariables": variables}
        body["scalingSpec"] = {"hibernationSpec": {"schedules": [schedule]}}
        made = call("POST", "/deployments", body)
        made.raise_for_status()
        deployment_id = made.json()["id"]
        call("GET", f"/deployments/{deployment_id}").raise_for_status()
        astro.add_deploy(deployment_id, {"dags/report.py": b"DAG('report')"}, description="The first version")
        astro.add_deploy(deployment_id, {"dags/report.py": b"DAG('report') "}, description="Faster")
        yield astro, f"http://{astro.address}/{astro.workspace_id}/deployments/{deployment_id}"


@pytest.fixture
def tab(browser):
    """A tab that has nothing to do with Airflow, and refuses every address but this machine's."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    tab = context.new_page()
    yield tab
    assert [url for url in asked if not url.startswith("http://127.0.0.1:")] == []
    context.close()


def color(tab, name):
    return tab.evaluate(f"getComputedStyle(document.body).{name}")


def test_the_page_of_a_deployment_can_be_read_and_leads_on(full, tab, screenshot):
    _, url = full
    tab.goto(url)
    expect(tab.get_by_role("heading", level=1)).to_have_text(re.compile("reporting HEALTHY"))
    expect(tab.get_by_role("row", name="WAREHOUSE_PASSWORD")).to_contain_text("****")
    assert SECRET not in tab.content()
    tab.set_viewport_size({"width": 1100, "height": 1080})
    screenshot(tab, "emulator-deployment", of_airflow=False)
    tab.get_by_role("link", name="Deploy history").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Deploys of reporting")
    expect(tab.get_by_text("Faster")).to_be_visible()
    tab.get_by_role("link", name="Astro emulator").click()
    tab.get_by_role("link", name="development", exact=True).click()
    tab.get_by_role("link", name="Airflow", exact=True).click()
    expect(tab.get_by_text("warehouse").first).to_be_visible()


def test_it_is_light_or_dark_as_the_reader_wants_it(full, tab):
    _, url = full
    for scheme, is_dark in (("light", False), ("dark", True)):
        tab.emulate_media(color_scheme=scheme)
        tab.goto(url)
        (ground, text) = (
            sum(map(int, re.findall(r"\d+", color(tab, name))[:3])) for name in ("backgroundColor", "color")
        )
        assert (ground < text) is is_dark


def test_nothing_is_cut_off_on_a_narrow_screen(full, tab):
    tab.set_viewport_size({"width": 380, "height": 800})
    _, url = full
    for page in (url, f"{url}/deploy-history", url.partition("/cl")[0]):
        tab.goto(page)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 380
