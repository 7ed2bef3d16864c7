"""What is imported is declared, and what is declared is used: by the package, by its emulator, by tests and dev."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

tomllib = pytest.importorskip("tomllib", reason="Python 3.10 cannot read pyproject.toml by itself")
ROOT = Path(__file__).parent.parent.parent
OURS = {"airflow_provider_astro", "astro_provider", "dev", "example_dags", "tests"}
#: Part of Airflow 2.11, whose connection form is drawn with them; nothing imports them on Airflow 3.
OF_AIRFLOW_2 = {"flask_appbuilder", "flask_babel", "wtforms"}
#: Part of Airflow 3, which logs with it; the benchmark of its triggerer measures that. Airflow 2.11 has none.
OF_AIRFLOW_3 = {"structlog"}
#: Only in the environment that builds the docs.
OF_THE_DOCS = {"sphinx"}
#: Declared although no file here imports them.
USED_OTHERWISE = {
    "airflow-provider-astro": "the emulator's own dependencies, for the tests",
    "apache-airflow-providers-amazon": "the file system behind s3:// in the tests",
    "coverage": "a command",
    "furo": "the docs' theme",
    "import-linter": "a command",
    "mypy": "a command",
    "myst-parser": "the docs' format",
    "pytest-xdist": "an option of pytest",
    "ruff": "a command",
    "sphinx": "a command; an extension of the docs imports it",
    "sphinx-copybutton": "an extension of the docs",
    "twine": "a command",
    "types-pyyaml": "types for mypy",
    "types-requests": "types for mypy",
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    return {normal(re.match(r"[\w.-]+", requirement).group()) for requirement in requirements}


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = {name: names(listed) for name, listed in PROJECT["optional-dependencies"].items()}
RUNTIME = names(PROJECT["dependencies"])
DISTRIBUTIONS = packages_distributions()


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Walk over what runs: what only a type checker reads needs nothing that is installed."""
    yield node
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        children = node.orelse
    else:
        children = list(ast.iter_child_nodes(node))
    for child in children:
        yield from running(child)


def imported(files: list[Path]) -> dict[str, str]:
    """Return the distributions that files import, each with one of the files."""
    found = {}
    for file in files:
        for node in running(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module]
            else:
                continue
            for module in modules:
                top = module.split(".")[0]
                if top not in sys.stdlib_module_names and top not in OURS | OF_AIRFLOW_2 | OF_AIRFLOW_3 | OF_THE_DOCS:
                    found[distribution(module)] = str(file.relative_to(ROOT))
    return found


def distribution(module: str) -> str:
    """Return who brings a module."""
    top, *rest = module.split(".")
    if top == "airflow":
        if rest[:1] == ["providers"]:  # a namespace, with a distribution for each provider
            return f"apache-airflow-providers-{'-'.join(rest[1:3] if rest[1] == 'common' else rest[1:2])}"
        return "apache-airflow"
    return normal(DISTRIBUTIONS[top][0])


def files(*rooms: str) -> list[Path]:
    return [file for room in rooms for file in sorted((ROOT / room).rglob("*.py"))]


EMULATOR = [ROOT / "astro_provider" / "pytest_plugin.py", *files("astro_provider/emulator")]
PACKAGE = [file for file in files("astro_provider") if file not in EMULATOR]
ROOMS = {
    "the package": (PACKAGE, RUNTIME),
    "the emulator": (EMULATOR, RUNTIME | EXTRAS["emulator"] | {"pytest"}),  # who uses the plugin has pytest
    "the example DAGs": (files("airflow_provider_astro", "example_dags"), RUNTIME),
    "tests and dev": (files("tests", "dev"), RUNTIME | EXTRAS["emulator"] | EXTRAS["dev"] | EXTRAS["docs"]),
}


@pytest.mark.parametrize("room", ROOMS)
def test_everything_that_is_imported_is_declared(room):
    where, declared = ROOMS[room]
    found = imported(where)
    assert {name: file for name, file in found.items() if name not in declared} == {}


def test_everything_that_is_declared_is_used():
    of_package, of_emulator = set(imported(PACKAGE)), set(imported(EMULATOR))
    everything = of_package | of_emulator | set(imported(files("tests", "dev")))
    unused = {
        "dependencies": RUNTIME - of_package,
        "emulator": EXTRAS["emulator"] - of_emulator,
        "dev": EXTRAS["dev"] - everything - USED_OTHERWISE.keys(),
        "docs": EXTRAS["docs"] - everything - USED_OTHERWISE.keys(),
    }
    assert {extra: names for extra, names in unused.items() if names} == {}
