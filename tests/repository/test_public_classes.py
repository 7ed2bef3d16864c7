"""What each public class owes its users: a page, an entry in the reference, a snippet, a permission."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from tests.public_classes import HOOKS, LINKS, TASKS, TRIGGERS, arguments

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
PAGES = {page: page.read_text() for page in DOCS.rglob("*.md") if "_build" not in page.parts}
PROSE = [text for page, text in PAGES.items() if page.name not in {"reference.md", "permissions.md", "changelog.md"}]
SNIPPETS = [
    *(path.read_text() for path in (ROOT / "example_dags").glob("*.py")),
    *(code for text in PAGES.values() for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL)),
]

each_task = pytest.mark.parametrize("cls", TASKS, ids=lambda cls: cls.__name__)
each_class = pytest.mark.parametrize("cls", [*TASKS, *TRIGGERS, *HOOKS], ids=lambda cls: cls.__name__)


def documented_parameters(cls: type) -> set[str]:
    return set(re.findall(r":param (\w+):", inspect.getdoc(cls) or ""))


def test_the_walk_finds_the_promised_names():
    found = {cls.__name__ for cls in [*TASKS, *TRIGGERS, *HOOKS, *LINKS]}
    assert {
        "AstroHook",
        "CreateDeploymentFromTemplateOperator",
        "DeploymentStatusEventTrigger",
        "DeploymentStatusSensor",
        "DeploymentStatusTrigger",
        "ExportAuditLogsOperator",
        "ListDeploymentsOperator",
        "OpenInAstroLink",
    } <= found


@each_class
def test_a_docs_page_names_it(cls):
    assert any(re.search(rf"\b{cls.__name__}\b", text) for text in PROSE)


@each_task
def test_a_page_has_the_table_of_its_arguments(cls):
    tables = [entry for text in PROSE for entry in re.findall(r"^\.\. arguments:: ([\w.]+)$", text, re.MULTILINE)]
    assert [entry.rpartition(".")[2] for entry in tables].count(cls.__name__) == 1


@each_class
def test_it_has_an_entry_in_the_reference(cls):
    entries = re.findall(r"autoclass:: ([\w.]+)", PAGES[DOCS / "reference.md"])
    assert [entry for entry in entries if entry.rpartition(".")[2] == cls.__name__]


@each_class
def test_an_example_or_a_page_shows_it_in_use(cls):
    if issubclass(cls, tuple(TRIGGERS)) and cls.__name__.endswith("StatusTrigger"):
        assert any("deferrable" in code for code in SNIPPETS)  # tasks make this trigger, no DAG author does
        return
    assert any(re.search(rf"\b{cls.__name__}\b", code) for code in SNIPPETS)


@each_task
def test_it_has_a_row_in_the_table_of_permissions(cls):
    rows = [line for line in PAGES[DOCS / "permissions.md"].splitlines() if line.startswith("|")]
    assert any(re.search(rf"\b{cls.__name__}\b", row.split("|")[1]) for row in rows)


@each_task
def test_its_arguments_are_keyword_only(cls):
    assert {n for n, p in arguments(cls).items() if p.kind is not inspect.Parameter.KEYWORD_ONLY} == set()


@each_class
def test_its_docstring_explains_each_argument(cls):
    missing = arguments(cls).keys() - documented_parameters(cls)
    assert not missing, f"{cls.__name__}: no :param for {sorted(missing)}"


@each_class
def test_its_docstring_explains_no_argument_that_it_does_not_take(cls):
    assert documented_parameters(cls) - arguments(cls).keys() == set()


@each_task
def test_every_argument_that_is_a_template_exists(cls):
    assert set(cls.template_fields) <= arguments(cls).keys()


@each_task
def test_its_connection_is_an_argument_with_the_same_default(cls):
    assert arguments(cls)["astro_conn_id"].default == "astro_default"
    assert "astro_conn_id" in cls.template_fields
