"""What README and docs say in code runs, and the examples in them are whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [
    pytest.param(code, id=f"{page.name}-{number}")
    for page in PAGES
    for number, code in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL))
]


@pytest.mark.parametrize("code", BLOCKS)
def test_a_python_block_runs(code):
    exec(compile(code, "docs", "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_make_target_that_is_named_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z][a-z-]+)", page.read_text())) <= targets


@pytest.mark.parametrize("example", sorted(path.stem for path in (ROOT / "example_dags").glob("example_*.py")))
def test_an_example_has_a_page_with_its_code_its_graph_and_its_log(example):
    (page,) = [text for path in PAGES if f"examples/{example}.md\n" in (text := path.read_text())]
    assert f"example_dags/{example}.py\n" in page
    shown = (ROOT / "docs" / "examples" / f"{example}.md").read_text()
    for task_id in re.findall(r'task_id="(\w+)"', (ROOT / "example_dags" / f"{example}.py").read_text()):
        assert f"\n[{task_id}]\n" in shown
