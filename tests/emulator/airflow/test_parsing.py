"""DAGs of the deployed code: found in its text, kept, stale or broken after the next deploy."""

from __future__ import annotations

import pytest

from .calls import RUNTIMES, AirflowCaller

ONE = b"""
from datetime import datetime
from airflow.sdk import DAG, Asset, TaskGroup, dag, task
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.bash import BashOperator as Bash

NAME = "classic"

with DAG(NAME, schedule="@daily", tags=["team", "nightly"], description="d", is_paused_upon_creation=False) as first:
    start = EmptyOperator(task_id="start", retries=2)
    with TaskGroup("group"):
        inside = Bash(task_id="inside", bash_command="true", outlets=[Asset("s3://bucket/x")])
    start >> inside
    Bash.partial(task_id="many").expand(bash_command=["a", "b", "c"])

@dag(schedule=[Asset("s3://bucket/x")], catchup=False)
def decorated():
    @task
    def numbers():
        return [1, 2]

    @task(retries=1)
    def double(x):
        return x

    double.partial(y=1).expand(x=numbers())
    double.override(task_id="last")(5)

decorated()
"""
BROKEN = b"from airflow import DAG\nwith DAG('classic':\n"


@pytest.fixture
def deployed(astro, major):
    made = astro.add_deployment("one", astroRuntimeVersion=RUNTIMES[major])
    astro.add_deploy(made, {"dags/one.py": ONE, "dags/README.md": b"DAG airflow", "include/helpers.py": b"x = 1"})
    return AirflowCaller(astro, major, made)


def dag_ids(airflow, query=""):
    return [dag["dag_id"] for dag in airflow("GET", f"/dags{query}").json()["dags"]]


def test_dags_are_found_in_the_text_of_the_deployed_files(deployed):
    assert dag_ids(deployed) == ["classic", "decorated"]
    classic = deployed("GET", "/dags/classic").json()
    assert [tag["name"] for tag in classic["tags"]] == ["nightly", "team"]
    assert (classic["description"], classic["is_paused"]) == ("d", False)
    assert deployed("GET", "/dags/decorated").json()["is_paused"] is True


def test_tasks_groups_and_mapped_tasks_are_found(deployed):
    tasks = {task["task_id"]: task for task in deployed("GET", "/dags/classic/tasks").json()["tasks"]}
    assert list(tasks) == ["group.inside", "many", "start"]
    assert tasks["start"]["downstream_task_ids"] == ["group.inside"]
    assert (tasks["start"]["retries"], tasks["many"]["is_mapped"]) == (2.0, True)
    tasks = {task["task_id"]: task for task in deployed("GET", "/dags/decorated/tasks").json()["tasks"]}
    assert tasks["numbers"]["downstream_task_ids"] == ["double"]
    assert tasks["double"]["is_mapped"] is True
    assert sorted(tasks) == ["double", "last", "numbers"]


def test_the_bundle_version_is_the_tarballs(astro, deployed):
    if deployed.major == 3:
        (shown,) = astro.deployments
        dag = deployed("GET", "/dags/classic").json()
        assert (dag["bundle_name"], dag["bundle_version"]) == ("main", shown["dagTarballVersion"])
        assert dag["relative_fileloc"] == "dags/one.py"


def test_a_deploy_that_drops_a_dag_makes_it_stale(astro, deployed):
    before = deployed("GET", "/dags/classic").json()["last_parsed_time"]
    astro.add_deploy(deployed.deployment_id, {"dags/one.py": ONE.replace(b"def decorated", b"def renamed", 1)})
    assert dag_ids(deployed) == ["classic", "renamed"]
    assert deployed("GET", "/dags/classic").json()["last_parsed_time"] > before
    gone = deployed("GET", "/dags/decorated").json()
    assert gone.get("is_stale", not gone.get("is_active")) is True
    assert deployed.trigger("decorated", "r").status_code == 404
    every = "?only_active=false" if deployed.major == 2 else "?exclude_stale=false"
    assert dag_ids(deployed, every) == ["classic", "decorated", "renamed"]


def test_a_pause_survives_the_next_deploy(astro, deployed):
    deployed("PATCH", "/dags/classic", {"is_paused": True})
    astro.add_deploy(deployed.deployment_id, {"dags/one.py": ONE})
    assert deployed("GET", "/dags/classic").json()["is_paused"] is True


def test_a_file_that_does_not_compile_is_an_import_error_and_keeps_its_dags(astro, deployed):
    deployed("GET", "/dags")
    astro.add_deploy(deployed.deployment_id, {"dags/one.py": BROKEN})
    (error,) = deployed("GET", "/importErrors").json()["import_errors"]
    assert error["filename"].endswith("dags/one.py")
    assert "SyntaxError" in error["stack_trace"]
    assert dag_ids(deployed) == ["classic", "decorated"]
    assert deployed("GET", "/dags/classic").json()["has_import_errors"] is True
    assert deployed.trigger("classic", "r").status_code == 400
    astro.add_deploy(deployed.deployment_id, {"dags/one.py": ONE})
    assert deployed("GET", "/importErrors").json()["total_entries"] == 0
    assert deployed.trigger("classic", "r").status_code == 200


def test_pausing_by_pattern_and_by_tag(deployed):
    body = {"is_paused": True}
    assert deployed("PATCH", "/dags?dag_id_pattern=CLASS_C", body).json()["total_entries"] == 1
    assert deployed("GET", "/dags/classic").json()["is_paused"] is True
    assert dag_ids(deployed, "?tags=team&tags=none") == ([] if deployed.major == 2 else ["classic"])
    without = deployed("PATCH", "/dags", body)
    assert without.status_code == {2: 400, 3: 200}[deployed.major]


def test_a_field_that_cannot_be_changed_is_refused(deployed):
    assert deployed("PATCH", "/dags/classic", {"is_active": False}).status_code == {2: 400, 3: 422}[deployed.major]
    assert deployed("PATCH", "/dags/classic?update_mask=tags", {"is_paused": True}).status_code == 400


def test_a_deleted_deployment_takes_its_airflow_along(astro, deployed, call):
    deployed.trigger("classic", "r")
    call("DELETE", f"/deployments/{deployed.deployment_id}")
    assert astro.store.all(f"airflow/{deployed.deployment_id}/run") == []
