"""Airflow 2.11 here with 3.x there, and the reverse: both of them real ones."""

from __future__ import annotations

import pytest

from dev.airflow import LocalAirflow
from dev.environments import python_of
from tests.airflow_document import MAJOR
from tests.forks import commands_in_forks

from .conftest import SECRET

OTHER = {2: "airflow-3", 3: "airflow-2"}[MAJOR]
RUNTIME = {2: "3.3-2", 3: "13.2.0"}[MAJOR]
pytestmark = [
    pytest.mark.real_airflow,
    pytest.mark.skipif(not python_of(OTHER).exists(), reason="the environment of the other line was not made"),
]
DAG = "cross_version"


@pytest.fixture(scope="module")
def other(astro, tmp_path_factory):
    """A real Airflow of the other line, as the Airflow of the Deployment ``other-line``."""
    dags = tmp_path_factory.mktemp("other_dags")
    local = LocalAirflow(python_of(OTHER), tmp_path_factory.mktemp("other"), dags, without=["triggerer"])
    with commands_in_forks(local, tmp_path_factory.mktemp("other_tasks")), local:
        astro.bind_airflow("other-line", local.url, local.open_api(), dags)
        astro.add_deployment("other-line", astroRuntimeVersion=RUNTIME)
        yield local
        astro.airflows.clear()


@pytest.fixture(scope="module")
def run_id(airflow, astro, other):
    source = astro.add_deployment("cross-source", astroRuntimeVersion={2: "13.2.0", 3: "3.3-2"}[MAJOR])
    astro.add_airflow_connection(source, "warehouse", conn_type="postgres", host="h", password="of-the-source")
    astro.add_airflow_variable(source, "tables", "orders customers")
    astro.add_airflow_pool(source, "queries", 3, include_deferred=True)
    run_id = airflow.trigger(DAG)
    airflow.finish(DAG, run_id)
    return run_id


def test_every_task_succeeds(airflow, run_id):
    states = {name: task.state for name, task in airflow.metadata.tasks(DAG, run_id).items()}
    assert states == dict.fromkeys(("deploy", "fill", "run", "sense"), "success"), airflow.task_log(DAG, run_id, "run")


def test_there_was_one_run_and_only_its_failed_task_ran_twice(other, run_id):
    ((remote_id, state),) = other.metadata.rows("SELECT run_id, state FROM dag_run WHERE dag_id = 'deployed_etl'")
    assert (remote_id.startswith("astro__cross_version__run__"), state) == (True, "success")
    query = "SELECT task_id, map_index, try_number FROM task_instance WHERE run_id = ?"
    tries = {(task, index): tries for task, index, tries in other.metadata.rows(query, remote_id)}
    assert tries == {**dict.fromkeys(tries, 1), ("check", -1): 2}
    assert [index for task, index in sorted(tries) if task == "double"] == [0, 1, 2]


def test_what_was_copied_is_there(other, run_id):
    assert other.metadata.rows("SELECT conn_type, host FROM connection WHERE conn_id = 'warehouse'") == [
        ("postgres", "h")
    ]
    pool = other.metadata.rows("SELECT slots, include_deferred FROM slot_pool WHERE pool = 'queries'")
    assert pool == [(3, 1)]
    assert other.metadata.rows("SELECT key FROM variable") == [("tables",)]


def test_no_secret_is_in_any_log(airflow, astro, other, run_id):
    found = []
    for path in (*airflow.home.rglob("*.log"), *other.home.rglob("*.log")):
        content = path.read_bytes()
        found += [(path.name, what) for what in (SECRET, astro.token) if what.encode() in content]
    assert found == []
