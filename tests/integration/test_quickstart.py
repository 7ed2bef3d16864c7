"""The quickstart, typed as it stands: the emulator, its connection, the DAG, ``airflow dags test``."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from astro_provider.emulator import Emulator

PAGE = Path(__file__).parent.parent.parent / "docs" / "quickstart.md"


def airflow(astro: Emulator, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "airflow", *command],
        env={**os.environ, "AIRFLOW_CONN_ASTRO_DEFAULT": json.dumps(astro.connection()), **variables},
        capture_output=True,
        text=True,
    )


def test_the_first_dag_runs_as_typed(airflow_db, tmp_path):
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    (tmp_path / "my_first_deployment.py").write_text(code)
    with Emulator(progress="reads:1") as astro:
        done = airflow(astro, "dags", "test", "my_first_deployment", AIRFLOW__CORE__DAGS_FOLDER=str(tmp_path))
        said = done.stdout + done.stderr
        assert done.returncode == 0, said[-3000:]
        changes = [(request.method, request.status) for request in astro.requests if request.method != "GET"]
        assert changes == [("POST", 200), ("DELETE", 204)]
        assert astro.deployments == []
    assert "HEALTHY" in said
    assert astro.token not in said


def test_a_connection_is_tested_on_the_command_line(airflow_db):
    with Emulator() as astro:
        done = airflow(astro, "connections", "test", "astro_default", AIRFLOW__CORE__TEST_CONNECTION="Enabled")
    assert "Connection success!" in done.stdout, done.stdout + done.stderr
