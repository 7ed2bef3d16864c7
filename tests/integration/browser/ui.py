"""Airflow's UI in a browser: the pages of one line or the other."""

from __future__ import annotations

import os
from importlib.metadata import version

from playwright.sync_api import Page

LINE = int(version("apache-airflow").split(".")[0])
#: Whether the pictures of the docs are retaken.
RETAKEN = bool(os.environ.get("ASTRO_SCREENSHOTS"))
#: Goes on as the links of Airflow 3's UI do: a tenth of the time of loading the whole UI for each page.
GO = "url => { history.pushState(null, '', url); dispatchEvent(new PopStateEvent('popstate', {state: {}})) }"


def visit(page: Page, url: str) -> None:
    """Open a page of Airflow's UI.

    :param page: The tab.
    :param url: The page, without Airflow's address.
    """
    # Nothing of the page before may be in a picture.
    if LINE == 2 or RETAKEN or page.url == "about:blank":
        page.goto(url)
    else:
        page.evaluate(GO, url)
