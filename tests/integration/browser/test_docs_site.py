"""The site of the docs in a browser: nothing is cut off, code can be copied, and the search finds what people type."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
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


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, and logs nothing."""

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site: the one that `make docs` has just built, as `make check` does, or a new one."""
    if docs.is_current():
        return docs.SITE
    folder = tmp_path_factory.mktemp("site")
    assert docs.build(folder) == 0
    return folder


@pytest.fixture(scope="module")
def site(built: Path) -> Iterator[str]:
    """Address of the site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(built)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Page]:
    """An empty tab that knows the site's address."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, base_url=site)
    yield page
    page.close()


def test_no_table_and_no_code_is_cut_off(open_page, built):
    open_page.route("**/*.js", lambda route: route.abort())  # no script changes the layout
    pages = sorted(path.relative_to(built).as_posix() for path in built.rglob("*.html"))
    wider = {}
    for name in pages:
        open_page.goto(f"/{name}", wait_until="domcontentloaded")
        for width in (1280, 400):
            open_page.set_viewport_size({"width": width, "height": 800})
            if found := open_page.evaluate(WIDER, width > 1000):
                wider[name, width] = found
    assert wider == {}


def test_code_can_be_copied_and_output_cannot(open_page):
    open_page.goto("/quickstart.html")
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
        ("got no response", "faq"),
        ("if_missing", "operators/delete"),
        ("teardown", "operators/delete"),
    ],
)
def test_the_search_finds(open_page, typed, page):
    open_page.goto(f"/search.html?q={quote(typed)}")
    expect(open_page.locator("#search-results ul.search li").first).to_be_visible()
    expect(open_page.locator(".search-summary")).to_contain_text("found")
    links = open_page.locator("#search-results ul.search li > a")
    found = {str(link.get_attribute("href")).split("?")[0].split("#")[0] for link in links.all()}
    assert f"{page}.html" in found
