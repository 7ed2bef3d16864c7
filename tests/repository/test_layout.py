"""A test is found in the folder and under the name of what it tests; what tests share is in no test module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
UNIT = TESTS / "unit"
PACKAGE = TESTS.parent / "astro_provider"
MODULES = sorted(path.relative_to(TESTS) for path in TESTS.rglob("*.py"))
UNIT_TESTS = sorted(path.relative_to(UNIT) for path in UNIT.rglob("test_*.py"))

#: Tests of no single module of the package, and what they test.
EXCEPTIONS = {
    "test_astro_cli_crashes.py": "the whole way of a file, by a list of what the Astro CLI crashes on",
    "test_astro_cli_rough_edges.py": "the whole way of a file, by a list of what the Astro CLI gets wrong",
    "test_astro_cli_rough_edges_run.py": "the same for whole tasks",
    "test_fault_matrix_workspaces.py": "the same for Workspaces, and kills",
    "test_fault_matrix_access.py": "the same for grants, revokes and the members of Teams, and kills",
    "test_fault_matrix_deploys.py": "the same for deploys, and kills",
    "test_fault_matrix_tokens.py": "the same for tokens and environment objects",
    "test_fault_matrix.py": "every fault at every kind of call, from the operator to the wire",
}


def modules_beside(test: Path) -> set[str]:
    """The names in the folder of the package that a test's folder mirrors."""
    found = [path for path in (PACKAGE / test.parent).glob("*") if path.suffix == ".py" or path.is_dir()]
    return {path.stem.strip("_") for path in found}


@pytest.mark.parametrize("test", UNIT_TESTS, ids=str)
def test_a_unit_test_is_named_after_a_module_of_the_package(test: Path) -> None:
    if test.as_posix() in EXCEPTIONS:
        return
    name = test.stem.removeprefix("test_")
    assert any(name == module or name.startswith(f"{module}_") for module in modules_beside(test)), (
        f"There is no astro_provider/{test.parent}/<module>.py for {test.name}. Its name is test_<module>.py "
        "or test_<module>_<what about it>.py."
    )


def test_every_exception_exists() -> None:
    assert EXCEPTIONS.keys() <= {test.as_posix() for test in UNIT_TESTS}


def imported(module: Path) -> Iterator[str]:
    """Each name that a module imports, in dots; the dots of a relative import are left out."""
    for node in ast.walk(ast.parse((TESTS / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_nothing_is_imported_from_a_test_module(module: Path) -> None:
    tests = {path.stem for path in MODULES if path.stem.startswith("test_")}
    assert [name for name in imported(module) if tests & set(name.split("."))] == []
