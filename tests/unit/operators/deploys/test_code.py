"""Deploying a folder of DAGs: what goes over the wire, what the Deployment runs then, and what a DAG author sees."""

from __future__ import annotations

import pytest

from astro_provider.operators.deploys import DeployCodeOperator
from tests.unit.running import calls


@pytest.fixture
def dags(tmp_path):
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "a.py").write_text("print('hello')\n")
    return folder


@pytest.fixture
def staging(astro) -> str:
    return astro.add_deployment("staging")


def deploy(runner, deployment_id, dags, **arguments):
    return runner.run(DeployCodeOperator, dags_folder=str(dags), deployment_id=deployment_id, **arguments)


def test_a_folder_becomes_the_dags_of_the_deployment(astro, runner, staging, dags):
    deploy_id = deploy(runner, staging, dags, wait=False)
    assert astro.dags(staging) == {"dags/a.py": b"print('hello')\n"}
    print(runner.ti.xcoms, deploy_id)
    print([ (r.method, r.path) for r in astro.requests])


def test_wait(astro, runner, staging, dags, deferrable):
    (dags / "a.py").write_text("from airflow import DAG\nDAG('one', schedule=None)\n")
    deploy_id = deploy(runner, staging, dags, deferrable=deferrable, timeout=20)
    print(runner.ti.xcoms, deploy_id)
    print("\n".join(map(str,[ (r.method, r.path) for r in astro.requests])))
    assert 0
