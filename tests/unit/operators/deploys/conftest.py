"""What tests of deploys have: a Deployment, a folder of DAGs, and a task that deploys it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from astro_provider.operators.deploys import DeployCodeOperator


def dag(name: str) -> str:
    return f"from airflow import DAG\n\nDAG({name!r}, schedule=None)\n"


@pytest.fixture
def dags(tmp_path) -> Path:
    folder = tmp_path / "project" / "dags"
    folder.mkdir(parents=True)
    (folder / "one.py").write_text(dag("one"))
    return folder


@pytest.fixture
def staging(astro) -> str:
    return astro.add_deployment("staging")


@pytest.fixture
def deploy(runner, staging, dags):
    """Deploy the folder to the Deployment; returns what the task returns."""

    def deploy(**arguments: Any) -> Any:
        given = {"dags_folder": str(dags), "deployment_id": staging, "git": None, "timeout": 20, **arguments}
        return runner.run(DeployCodeOperator, **given)

    return deploy


@pytest.fixture
def posts(astro):
    """The last parts of the paths of all POSTs so far, such as ``deploys`` and ``finalize``."""

    def posts() -> list[str]:
        return [r.path.rpartition("/")[2] for r in astro.requests if r.method in {"POST", "PUT"}]

    return posts
