"""Makes the suite safe and quick to run: an Airflow home of its own, and compiled modules that are kept."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.forks import Forks

# Container images like to switch this off. Then each process that the tests start compiles Airflow once more: seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Collecting 10,000 tests makes many objects and no garbage: looking for some took a third of the time.
gc.disable()
#: Where the tests with a real Airflow are: `make test` looks for them only there.
REAL = Path(__file__).parent / "integration"
# Set before Airflow is imported.
HOME = Path(tempfile.mkdtemp(prefix="astro-provider-tests-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ |= {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).parent.parent / "example_dags"),
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME}/airflow.db",
}
for name in ("ASTRO_API_TOKEN", "ASTRO_ORGANIZATION_ID", "ASTRO_WORKSPACE_ID", "ASTRO_DEPLOYMENT_ID"):
    os.environ.pop(name, None)
# `make unit` asks for the quick profile, and so does `make test` on all lines but one. What needs more or fewer
# examples than others says so with tests/slow.py.
settings.register_profile("full", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("full"), max_examples=10)
settings.load_profile("full")


@pytest.fixture(autouse=True)
def forgotten_secrets() -> Iterator[None]:
    """Let Airflow forget the secrets of a test: for each new one it compiles a pattern of all that it knows."""
    yield
    if masking := sys.modules.get("astro_provider.tasks.masking"):
        masker = sys.modules[masking.mask_secret.__module__]._secrets_masker()
        masker.patterns, masker.replacer = set(), None


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """Airflow, imported once: what runs Airflow's commands, and modules that run DAGs."""
    with Forks(tmp_path_factory.mktemp("forks")) as forks:
        yield forks


@pytest.fixture(scope="session")
def airflow_db(forks: Forks) -> Path:
    """A migrated metadata database, for tests that run whole DAGs."""
    forks.run("airflow", "db", "migrate").check_returncode()
    return HOME / "airflow.db"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that `make test` would not find."""
    for item in items:
        if item.get_closest_marker("real_airflow") and not item.path.is_relative_to(REAL):
            raise pytest.UsageError(f"{item.nodeid} uses a real Airflow: move it to {REAL.name}/")


def pytest_collection_finish() -> None:
    """Collect garbage from here on, but never look again at the tests and the modules."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes share the unit tests: they also wait, so one more than cores.

    Not very many, since each collects all tests first.
    """
    return min(5, (os.cpu_count() or 1) + 1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end of a run, where nobody overlooks it, that the emulator's first referee was missing."""
    if not os.environ.get("ASTRO_OPENAPI_SPEC"):
        terminalreporter.section("NOT COMPARED WITH THE PUBLISHED API DOCUMENT", sep="!", red=True, bold=True)
        terminalreporter.write_line(
            "ASTRO_OPENAPI_SPEC does not name the document, so the contract tests were skipped. "
            "docs/contributing/index.md says where Astronomer publishes it."
        )
