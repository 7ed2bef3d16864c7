"""A browser in front of the real Airflow. ``ASTRO_SCREENSHOTS=1`` renews the pictures of the docs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from dev.airflow import LocalAirflow
from dev.pictures import IMAGES, record
from dev.programs import CHROMIUM, executable
from dev.rest import Rest

from .forms import ConnectionForm, FormOfAirflow2, FormOfAirflow3
from .ui import LINE, RETAKEN

PATIENCE = 30_000  # milliseconds
expect.set_options(timeout=PATIENCE)
DOCS = IMAGES.parent
#: The pictures that the docs show.
USED = {name for page in DOCS.rglob("*.md") for name in re.findall(r"images/([\w-]+\.png)\)", page.read_text())}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Not for the whole session: while it runs, no other test of this process could use asyncio."""
    path = executable(CHROMIUM)
    if path is None:
        pytest.skip("there is no Chromium; as root on Debian, dev/programs.py installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def ui(browser: Browser, airflow: LocalAirflow) -> str:
    """Address of Airflow's UI."""
    return airflow.open_ui()


@pytest.fixture(scope="module")
def profile(browser: Browser, ui: str) -> Iterator[BrowserContext]:
    """A profile with a cache of its own: each new one would load the whole UI again, which takes seconds."""
    profile = browser.new_context(viewport={"width": 1100, "height": 760}, base_url=ui)
    profile.set_default_timeout(PATIENCE)
    yield profile
    profile.close()


@pytest.fixture(scope="module")
def page(profile: BrowserContext) -> Page:
    """A tab for ``visit``."""
    return profile.new_page()


@pytest.fixture(scope="module")
def form(page: Page, ui: str) -> ConnectionForm:
    """The connection form of the line that the tests run on."""
    return FormOfAirflow2(page) if LINE == 2 else FormOfAirflow3(page, Rest(ui))


@pytest.fixture
def screenshot(tmp_path: Path) -> Callable[..., None]:
    """Keep a picture of a page or of a part of it, under a name that tells the line if it is a picture of Airflow."""

    def take(what: Page | Locator, name: str, *, of_airflow: bool = True, **how: Any) -> None:
        file = f"{name}-airflow-{LINE}.png" if of_airflow else f"{name}.png"
        kept = RETAKEN and file in USED
        what.screenshot(path=(IMAGES if kept else tmp_path) / file, animations="disabled", **how)
        if kept:
            record(file)

    return take
