"""The site of the docs in a browser: nothing is cut off, code can be copied, and the search finds what people type."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from dev import docs

pytestmark = [
    pytest.mark.real_airflow,
    pytest.mark.skipif(find_spec("sphinx") is None, reason="the docs are built in one environment only"),
]

#: What is wider than its box. A table may scroll within its box where the screen is narrow.
WIDER = """(tables) => {
  const boxes = [document.documentElement, ...document.querySelectorAll('.content, article pre')];
  if (tables) boxes.push(...document.querySelectorAll('article .table-wrapper'));
  const lost = [...document.querySelectorAll('article table.docutils')].filter(one => !one.closest('.table-wrapper'));
  const wider = boxes.filter(box => box.scrollWidth > box.clientWidth + 1).concat(lost);
  return wider.map(box => `${box.tagName} ${box.className}: ${box.innerText.slice(0, 60)}`);
}"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site: the one that `make docs` has just built, as `make check` does, or a new one."""
    if docs.is_current():
        return docs.SITE
    folder = tmp_path_factory.mktemp("site")
    assert docs.build(folder) == 0
    return folder


@pytest.fixture
def open_page(browser: Browser, built: Path) -> Iterator[Page]:
    """An empty tab that knows the site's address, that of a folder."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, base_url=f"{built.as_uri()}/")
    yield page
    page.close()


def test_no_table_and_no_code_is_cut_off(browser, built):
    wider = {}
    # Without the site's own scripts, which change no width.
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        for path in sorted(built.rglob("*.html")):
            page.goto(path.as_uri())
            for width in (1280, 400):
                page.set_viewport_size({"width": width, "height": 800})
                if found := page.evaluate(WIDER, width > 1000):
                    wider[path.name, width] = found
    assert wider == {}


def test_code_can_be_copied_and_output_cannot(open_page):
    open_page.goto("quickstart.html")
    expect(open_page.locator(".highlight-python .copybtn").first).to_be_attached()
    assert open_page.locator(".highlight-text").count() > 0
    assert open_page.locator(".highlight-text .copybtn").count() == 0


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("429", "reliability"),
        ("403", "reliability"),
        ("503", "emulator"),
        ("wait_for_completion", "migrating"),
        ("check_interval", "faq"),
        ("cost", "faq"),
        ("got no response", "faq"),
        ("if_missing", "operators/delete"),
        ("teardown", "operators/delete"),
    ],
)
def test_the_search_finds(open_page, typed, page):
    open_page.goto(f"search.html?q={quote(typed)}")
    expect(open_page.locator("#search-results ul.search li").first).to_be_visible()
    expect(open_page.locator(".search-summary")).to_contain_text("found")
    links = open_page.locator("#search-results ul.search li > a")
    found = {str(link.get_attribute("href")).split("?")[0].split("#")[0] for link in links.all()}
    assert f"{page}.html" in found
