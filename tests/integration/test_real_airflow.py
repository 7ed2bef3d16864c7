"""The example DAG in a real scheduler and triggerer, and what may be found there afterwards."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest

from .conftest import SECRET

pytestmark = [
    pytest.mark.real_airflow,
    pytest.mark.skipif(version("apache-airflow").startswith("2."), reason="Airflow 2.11 runs it through dag.test()"),
]
DAG = "example_ephemeral_deployment"


@pytest.fixture
def run_id(ephemeral_run):
    return ephemeral_run


def creates(astro):
    return [r for r in astro.requests if r.method == "POST" and (r.body or {}).get("name", "").startswith("ephemeral-")]


def test_the_run_ends_well_and_leaves_nothing(airflow, astro, run_id):
    assert airflow.metadata.run_state(DAG, run_id) == "success"
    assert {task.state for task in airflow.metadata.tasks(DAG, run_id).values()} == {"success"}
    assert [d for d in astro.deployments if d["name"].startswith("ephemeral-")] == []
    assert len([r for r in creates(astro) if r.path.endswith("/deployments")]) == 1


def test_the_secret_and_the_token_reached_astro(astro, run_id):
    (created,) = [r for r in creates(astro) if r.path.endswith("/deployments")]
    sent = {entry["key"]: entry["value"] for entry in created.body["environmentVariables"]}
    assert sent["WAREHOUSE_PASSWORD"] == SECRET
    assert created.status == 200


def test_neither_token_nor_secret_is_in_the_database_or_any_log(airflow, astro, run_id):
    found = []
    for path in airflow.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found += [(path.name, what) for what in (SECRET, astro.token) if what.encode() in content]
    assert found == []


def test_the_rendered_template_shows_the_file_with_hidden_secrets(airflow, run_id):
    query = "SELECT rendered_fields FROM rendered_task_instance_fields WHERE run_id = ? AND task_id = ?"
    ((create,),) = airflow.metadata.rows(query, run_id, "create_deployment")
    assert "WAREHOUSE_PASSWORD" in create
    assert f"run {run_id}" in create
    assert '"WAREHOUSE_PASSWORD": "***' in create  # Airflow masks by the name, too


def test_the_log_tells_a_person_at_night_what_happened(airflow, run_id):
    create = airflow.task_log(DAG, run_id, "create_deployment")
    for said in ("Created Deployment", "http://127.0.0.1:", "CREATING (Resources are being provisioned)"):
        assert said in create
    assert re.search(r"HEALTHY \(Successfully Deployed\) after 0:00:\d\d", create)
    update = airflow.task_log(DAG, run_id, "update_deployment")
    assert re.search(r"Plan for Deployment .*heavy", update)
    assert "smoke_test" in airflow.task_log(DAG, run_id, "run_tests")
    assert "Deleting Deployment" in airflow.task_log(DAG, run_id, "delete_deployment")
