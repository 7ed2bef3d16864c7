"""The examples as they are shipped: in the package where Airflow looks for those of a provider, and harmless there."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import airflow_provider_astro

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # Airflow 2
    from airflow.models.dagbag import DagBag

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "automation.md"
NAMES = sorted(path.stem for path in (ROOT / "example_dags").glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_imported_from_the_package_that_has_the_distributions_name(name):
    module = import_module(f"airflow_provider_astro.example_dags.{name}")
    assert Path(module.__file__) == ROOT / "example_dags" / f"{name}.py"


def test_airflow_finds_one_folder_of_examples():
    folders = [Path(path, "example_dags") for path in airflow_provider_astro.__path__]
    assert [folder for folder in folders if folder.is_dir()] == [ROOT / "example_dags"]


@pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")  # how Airflow 3.3.2 reads .airflowignore
def test_no_example_runs_before_somebody_unpauses_it():
    bag = DagBag(str(ROOT / "example_dags"))
    assert bag.import_errors == {}
    scheduled = {dag_id: dag for dag_id, dag in bag.dags.items() if type(dag.timetable).__name__ != "NullTimetable"}
    assert {"example_audit_logs_consumer", "example_nightly_teardown"} <= scheduled.keys()
    assert [dag_id for dag_id, dag in scheduled.items() if dag.is_paused_upon_creation is not True] == []


def test_the_command_of_the_docs_prints_where_they_are():
    (code,) = re.findall(r'^python -c "(import airflow_provider_astro .*)"$', PAGE.read_text(), re.MULTILINE)
    # Without site-packages: the package needs nothing but the standard library.
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert Path(done.stdout.strip(), "example_dags", "example_nightly_teardown.py").is_file()
