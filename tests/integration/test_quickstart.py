"""Quickstart and README, typed as they stand: the emulator, its connection, the DAG, ``airflow dags test``."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from astro_provider.emulator import Emulator

from .typed_pages import missing

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "quickstart.md"
CONNECTION = ROOT / "docs" / "connection.md"


@pytest.fixture
def airflow(airflow_db, forks):
    """Type an ``airflow`` command, with the emulator's connection in the environment; returns how it ended."""

    def airflow(astro: Emulator, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        connection = json.dumps(astro.connection())
        return forks.run("airflow", *command, AIRFLOW_CONN_ASTRO_DEFAULT=connection, **variables)

    return airflow


def test_the_first_dag_runs_as_typed(airflow, tmp_path):
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    (tmp_path / "my_first_deployment.py").write_text(code)
    # As by default, Airflow looks for the examples of every provider.
    variables = {"AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "True"}
    with Emulator(progress="reads:1") as astro:
        done = airflow(astro, "dags", "test", "my_first_deployment", **variables)
        said = done.stdout + done.stderr
        assert done.returncode == 0, said[-3000:]
        changes = [(request.method, request.status) for request in astro.requests if request.method != "GET"]
        assert changes == [("POST", 200), ("DELETE", 204)]
        assert astro.deployments == []
    assert "HEALTHY" in said
    assert "Could not load provider module" not in said
    (shown,) = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert missing(shown, said) == []
    assert astro.token not in said


def test_a_task_that_fails_shows_its_own_error_and_none_of_its_links(airflow, tmp_path):
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    (tmp_path / "my_first_deployment.py").write_text(code)
    with Emulator(progress="immediately") as astro:
        astro.fault("POST", "/organizations/*/deployments", status=403, body={"message": "not for you"})
        done = airflow(astro, "dags", "test", "my_first_deployment", AIRFLOW__CORE__DAGS_FOLDER=str(tmp_path))
    said = done.stdout + done.stderr
    assert "not for you" in said
    assert "XCom not found" not in said


@pytest.mark.parametrize("in_time", [True, False], ids=["in time", "timed out"])
def test_the_dag_of_the_readme_leaves_nothing(airflow, tmp_path, in_time):
    (code,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    if not in_time:
        impatient = 'template="template.yaml", deferrable=True, timeout=0.2, poll_interval=0.05'
        code = code.replace('template="template.yaml"', impatient)
    (tmp_path / "preview_tests.py").write_text(code)
    shutil.copy(ROOT / "docs" / "tutorials" / "dags" / "deployments" / "preview.yaml", tmp_path / "template.yaml")
    variables = {"AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path)}
    with Emulator(progress="immediately" if in_time else "reads:100") as astro:
        done = airflow(astro, "dags", "test", "preview_tests", **variables)
        said = done.stdout + done.stderr
        changes = [request.method for request in astro.requests if request.method != "GET"]
        assert (changes, astro.deployments) == (["POST", "DELETE"], []), said[-3000:]
    assert ("had not reached the status HEALTHY" in said) is not in_time, said[-3000:]
    assert (done.returncode == 0) is in_time


@pytest.mark.parametrize("number", [0, 1], ids=["Astro", "emulator"])
def test_a_connection_is_added_on_the_command_line(airflow_db, forks, number):
    """As the page writes it: the connection is then what the page says."""
    commands = re.findall(r"^(airflow connections add (?:.*\\\n)*.*)$", CONNECTION.read_text(), re.MULTILINE)
    typed = re.sub(r'"\$[^"]*"', "a.b.c", commands[number].replace("\\\n", " "))
    _, *arguments = shlex.split(typed)
    try:
        done = forks.run("airflow", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        (added,) = json.loads(forks.run("airflow", "connections", "get", "astro_default", "--output", "json").stdout)
    finally:
        forks.run("airflow", "connections", "delete", "astro_default")
    assert (added["conn_type"], added["password"]) == ("astro", "a.b.c")
    assert (added["host"] or "") == ["", "http://127.0.0.1:8899/v1"][number]


def test_a_connection_is_tested_on_the_command_line(airflow):
    with Emulator() as astro:
        done = airflow(astro, "connections", "test", "astro_default", AIRFLOW__CORE__TEST_CONNECTION="Enabled")
    assert "Connection success!" in done.stdout, done.stdout + done.stderr
