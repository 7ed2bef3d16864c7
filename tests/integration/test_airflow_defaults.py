"""Airflow with its own defaults, as after its installation: the examples are loaded, and nothing is configured."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import airflow_provider_astro
from dev.metadata import Metadata

from .conftest import ROOT

pytestmark = pytest.mark.real_airflow
AIRFLOW_2 = version("apache-airflow").startswith("2.")
BUNDLE = "airflow-provider-astro-example-dags"
EXAMPLES = next(
    folder for path in airflow_provider_astro.__path__ if (folder := Path(path, "example_dags").resolve()).is_dir()
)


class Defaults:
    """An Airflow that knows where its home is, and nothing else."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.metadata = Metadata(home / "airflow.db")
        unset = ("AIRFLOW", "_AIRFLOW", "PYTHONWARNINGS")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
        self.environment = {**inherited, "AIRFLOW_HOME": str(home), "PYTHONPATH": str(ROOT)}

    def command(self, *arguments: str, **variables: str) -> str:
        """Return what a command prints, warnings and log lines included."""
        command = [sys.executable, "-m", "airflow", *arguments]
        environment = self.environment | variables
        done = subprocess.run(command, env=environment, cwd=self.home, capture_output=True, text=True)
        said = done.stdout + done.stderr
        assert done.returncode == 0, said[-3000:]
        return said


@pytest.fixture(scope="module")
def defaults(tmp_path_factory):
    """What an Airflow says that has loaded the examples, in its log and in those of the files, and that Airflow."""
    airflow = Defaults(tmp_path_factory.mktemp("defaults"))
    airflow.command("db", "migrate")
    if AIRFLOW_2:  # it looks for no examples but its own; people copy ours, or use them where they are
        said = airflow.command("dags", "reserialize", AIRFLOW__CORE__DAGS_FOLDER=str(EXAMPLES))
    else:
        said = airflow.command("dag-processor", "--num-runs", "1", "--bundle-name", BUNDLE)
    logs = [path.read_text() for path in (airflow.home / "logs").rglob("*.log") if "dag_processor" in str(path)]
    return airflow, "\n".join([said, *logs])


def test_the_examples_are_there_and_paused(defaults):
    airflow, _ = defaults
    rows = airflow.metadata.rows("SELECT dag_id, fileloc, is_paused FROM dag")
    found = {dag_id: paused for dag_id, fileloc, paused in rows if Path(fileloc).is_relative_to(EXAMPLES)}
    only_3 = {"example_unhealthy_alert"}
    expected = {path.stem for path in EXAMPLES.glob("example_*.py")} | {"example_audit_logs_consumer"}
    assert found == dict.fromkeys(expected - only_3 if AIRFLOW_2 else expected, 1)


@pytest.mark.skipif(AIRFLOW_2, reason="Airflow 2 has no bundles")
def test_they_are_listed_as_those_of_other_providers_are(defaults):
    airflow, _ = defaults
    query = "SELECT DISTINCT bundle_name FROM dag WHERE dag_id = 'example_nightly_teardown'"
    assert airflow.metadata.rows(query) == [(BUNDLE,)]


def test_airflow_reports_no_error_and_no_warning_about_them(defaults):
    airflow, said = defaults
    bad = ("[error", "[warning", '"level":"error"', '"level":"warning"', "ERROR", "WARNING", "Warning:", "Traceback")
    lines = [line for line in said.splitlines() if any(mark in line for mark in bad)]
    # The examples, their bundle and the package; the clone may be in a folder that has such a name, too.
    assert [line for line in lines if "astro" in line.replace(str(EXAMPLES), "astro").replace(str(ROOT), "")] == []
    assert airflow.metadata.rows("SELECT filename FROM import_error") == []
