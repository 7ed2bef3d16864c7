"""DAG runs: what starts them, how they move on, what clearing does."""

from __future__ import annotations

import pytest

from astro_provider.emulator import Emulator

from .calls import RUNTIMES, AirflowCaller


@pytest.fixture
def slow(major):
    """An Airflow whose runs show each state in two reads."""
    with Emulator(progress="reads:2") as astro:
        made = astro.add_deployment("one", astroRuntimeVersion=RUNTIMES[major])
        tasks = {"extract": [], "double": ["extract"], "group.load": ["double"], "report": []}
        astro.add_dag(made, "etl", tasks, mapped={"double": 3})
        yield AirflowCaller(astro, major, made)


def states(airflow: AirflowCaller, run_id: str) -> dict[str, str | None]:
    found = airflow("GET", f"/dags/etl/dagRuns/{run_id}/taskInstances").json()["task_instances"]
    return {f"{each['task_id']}[{each['map_index']}]": each["state"] for each in found}


def test_a_run_is_queued_then_running_then_over(slow):
    assert slow.trigger("etl", "r").json()["state"] == "queued"
    seen = [slow("GET", "/dags/etl/dagRuns/r").json()["state"] for _ in range(6)]
    assert seen == ["queued", "queued", "running", "running", "success", "success"]


def test_mapped_tasks_have_no_indexes_before_the_run_has_begun(slow):
    slow.trigger("etl", "r")
    assert states(slow, "r") == {"extract[-1]": None, "double[-1]": None, "group.load[-1]": None, "report[-1]": None}
    slow("GET", "/dags/etl/dagRuns/r")
    begun = states(slow, "r")
    assert set(begun) >= {"double[0]", "double[1]", "double[2]"}
    assert set(begun.values()) == {"running"}
    answer = slow("GET", "/dags/etl/dagRuns/r/taskInstances/double")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "Task instance is mapped, add the map_index value to the URL"
    assert slow("GET", "/dags/etl/dagRuns/r/taskInstances/double/1").json()["map_index"] == 1


def test_runs_of_a_paused_dag_stay_queued(astro, airflow):
    airflow("PATCH", "/dags/etl", {"is_paused": True})
    assert airflow.trigger("etl", "r").status_code == 200
    for _ in range(3):
        assert airflow("GET", "/dags/etl/dagRuns/r").json()["state"] == "queued"
    airflow("PATCH", "/dags/etl", {"is_paused": False})
    assert airflow("GET", "/dags/etl/dagRuns/r").json()["state"] == "success"


def test_time_that_passes_while_a_dag_is_paused_does_not_count(major):
    now = [1_000_000.0]
    with Emulator(progress="seconds:10", clock=lambda: now[0]) as astro:
        made = astro.add_deployment("one", astroRuntimeVersion=RUNTIMES[major])
        astro.add_dag(made, "etl")
        airflow = AirflowCaller(astro, major, made)
        airflow.trigger("etl", "r")
        airflow("PATCH", "/dags/etl", {"is_paused": True})
        now[0] += 100
        assert airflow("GET", "/dags/etl/dagRuns/r").json()["state"] == "queued"
        airflow("PATCH", "/dags/etl", {"is_paused": False})
        assert airflow("GET", "/dags/etl/dagRuns/r").json()["state"] == "queued"
        now[0] += 10
        assert airflow("GET", "/dags/etl/dagRuns/r").json()["state"] == "running"


def test_ordered_failures_come_with_their_tries_and_logs_and_block_what_waits(astro, airflow):
    astro.order_dag_runs(airflow.deployment_id, "etl", failed_tasks=["double[1]"], log="KeyError: 'x'", times=1)
    airflow.trigger("etl", "r")
    assert airflow("GET", "/dags/etl/dagRuns/r").json()["state"] == "failed"
    assert states(airflow, "r") == {
        "extract[-1]": "success",
        "double[0]": "success",
        "double[1]": "failed",
        "double[2]": "success",
        "group.load[-1]": "upstream_failed",
        "report[-1]": "success",
    }
    path = "/dags/etl/dagRuns/r/taskInstances/double"
    assert airflow("GET", f"{path}/1").json()["try_number"] == 1
    assert "KeyError: 'x'" in airflow("GET", f"{path}/logs/1?map_index=1").text


def test_clearing_the_failed_tasks_resumes_the_run(astro, airflow):
    astro.order_dag_runs(airflow.deployment_id, "etl", failed_tasks=["double[1]"], times=1)
    airflow.trigger("etl", "r")
    airflow("GET", "/dags/etl/dagRuns/r")
    body = {"dag_run_id": "r", "only_failed": True, "reset_dag_runs": True, "dry_run": False}
    cleared = airflow("POST", "/dags/etl/clearTaskInstances", body).json()["task_instances"]
    assert sorted(task["task_id"] for task in cleared) == ["double", "group.load"]
    assert airflow("GET", "/dags/etl/dagRuns/r").json()["state"] == "success"
    tries = {task["task_id"]: task["try_number"] for task in astro.dag_runs(airflow.deployment_id)[0]["tasks"]}
    assert (tries["extract"], tries["report"]) == (1, 1)
    again = airflow("GET", "/dags/etl/dagRuns/r/taskInstances/double/1").json()
    assert (again["try_number"], again["max_tries"]) == (2, 1)
    over = airflow("GET", "/dags/etl/dagRuns/r/taskInstances/double/1/tries").json()["task_instances"]
    assert [(each["try_number"], each["state"]) for each in over] == [(1, "failed"), (2, "success")]


def test_a_clear_only_says_what_it_would_do_unless_asked(astro, airflow):
    airflow.trigger("etl", "r")
    airflow("GET", "/dags/etl/dagRuns/r")
    for path, body in (("clearTaskInstances", {"dag_run_id": "r", "only_failed": False}), ("dagRuns/r/clear", {})):
        assert len(airflow("POST", f"/dags/etl/{path}", body).json()["task_instances"]) == 6
    assert astro.dag_runs(airflow.deployment_id)[0]["state"] == "success"


def test_whether_a_clear_queues_the_run_differs_by_line(astro, airflow):
    astro.order_dag_runs(airflow.deployment_id, "etl", state="failed", times=1)
    airflow.trigger("etl", "r")
    airflow("GET", "/dags/etl/dagRuns/r")
    airflow("POST", "/dags/etl/clearTaskInstances", {"dag_run_id": "r", "dry_run": False})
    after = airflow("GET", "/dags/etl/dagRuns/r").json()["state"]
    assert after == {2: "failed", 3: "success"}[airflow.major]


def test_a_run_that_is_set_to_failed_takes_its_tasks_along(slow):
    slow.trigger("etl", "r")
    assert slow("PATCH", "/dags/etl/dagRuns/r", {"state": "failed"}).json()["state"] == "failed"
    assert set(states(slow, "r").values()) == {"skipped"}
    for _ in range(5):
        assert slow("GET", "/dags/etl/dagRuns/r").json()["state"] == "failed"


def test_the_same_run_id_is_a_conflict(airflow):
    airflow.trigger("etl", "r")
    answer = airflow.trigger("etl", "r")
    assert answer.status_code == 409
    detail = answer.json()["detail"]
    if airflow.major == 2:
        assert detail == "DAGRun with DAG ID: 'etl' and DAGRun ID: 'r' already exists"
    else:
        assert detail["reason"] == "Unique constraint violation"


def test_the_same_logical_date_is_a_conflict_and_only_airflow_2_says_so(airflow):
    date = "2024-05-01T00:00:00Z"
    assert airflow.trigger("etl", "a", logical_date=date).status_code == 200
    answer = airflow.trigger("etl", "b", logical_date="2024-05-01T02:00:00+02:00")
    assert answer.status_code == 409
    if airflow.major == 2:
        expected = "DAGRun with DAG ID: 'etl' and DAGRun logical date: '2024-05-01 00:00:00+00:00' already exists"
        assert answer.json()["detail"] == expected


def test_airflow_3_wants_the_key_of_the_logical_date_and_airflow_2_no_null(airflow):
    status = {2: 200, 3: 422}[airflow.major]
    assert airflow("POST", "/dags/etl/dagRuns", {}).status_code == status
    answer = airflow("POST", "/dags/etl/dagRuns", {"logical_date": None})
    assert answer.status_code == {2: 400, 3: 200}[airflow.major]
    if airflow.major == 2:
        assert answer.json()["detail"] == "{'logical_date': ['Field may not be null.']}"


def test_runs_without_a_date_never_collide(airflow):
    if airflow.major == 3:
        assert {airflow.trigger("etl", run_id).status_code for run_id in ("a", "b")} == {200}


@pytest.mark.parametrize(
    ("run_id", "two", "three"),
    [
        ("p+1:x", 200, 200),
        ("a b", 500, 400),
        ("a/b", 500, 400),
        ("..", 200, 400),
        ("scheduled__2024-01-01T00:00:00+00:00", 400, 400),
        ("backfill__x", 400, 400),
        ("asset_triggered__x", 200, 400),
        ("dataset_triggered__x", 400, 200),
        ("x" * 251, 400, 500),
    ],
)
def test_run_ids(airflow, run_id, two, three):
    assert airflow.trigger("etl", run_id).status_code == {2: two, 3: three}[airflow.major]


def test_unknown_dags_and_fields_are_refused(astro, airflow):
    assert airflow.trigger("nope", "r").status_code == 404
    assert airflow.trigger("etl", "r", color="red").status_code == {2: 400, 3: 422}[airflow.major]
    astro.add_import_error(airflow.deployment_id, "dags/etl.py")
    answer = airflow.trigger("etl", "r")
    assert answer.status_code == 400
    assert "has import errors" in answer.json()["detail"]


def test_the_first_page_has_the_oldest_runs_and_never_more_than_100(astro, airflow):
    for number in range(120):
        astro.add_dag_run(airflow.deployment_id, "etl", f"r{number:03}", state="success")
    page = airflow("GET", "/dags/etl/dagRuns").json()
    assert page["total_entries"] == 120
    assert page["dag_runs"][0]["dag_run_id"] == "r000"
    assert len(page["dag_runs"]) == {2: 100, 3: 50}[airflow.major]
    assert len(airflow("GET", "/dags/etl/dagRuns?limit=1000").json()["dag_runs"]) == 100
    newest = airflow("GET", "/dags/etl/dagRuns?limit=1&order_by=-id").json()["dag_runs"]
    assert newest[0]["dag_run_id"] == "r119"
    listed = airflow("POST", "/dags/~/dagRuns/list", {"page_limit": 500, "page_offset": 100}).json()
    assert [run["dag_run_id"] for run in listed["dag_runs"]][:1] == ["r100"]


def test_lists_filter_by_dag_state_and_date(astro, airflow):
    astro.add_dag(airflow.deployment_id, "other")
    for dag_id, run_id, state, day in (
        ("etl", "a", "failed", 1),
        ("etl", "b", "success", 2),
        ("other", "c", "failed", 3),
    ):
        date = f"2024-01-0{day}T00:00:00+00:00"
        astro.add_dag_run(airflow.deployment_id, dag_id, run_id, state=state, logical_date=date, run_after=date)
    date = "execution_date" if airflow.major == 2 else "run_after"

    def found(**body):
        return [run["dag_run_id"] for run in airflow("POST", "/dags/~/dagRuns/list", body).json()["dag_runs"]]

    assert found(dag_ids=["etl"]) == ["a", "b"]
    assert found(states=["failed"], order_by="-dag_run_id") == ["c", "a"]
    assert found(**{f"{date}_gte": "2024-01-02T00:00:00Z", f"{date}_lte": "2024-01-02T12:00:00+01:00"}) == ["b"]
    listed = airflow("GET", f"/dags/~/dagRuns?state=failed&{date}_gte=2024-01-02T00:00:00Z").json()["dag_runs"]
    assert [run["dag_run_id"] for run in listed] == ["c"]


def test_states_that_airflow_does_not_know_yet_can_be_set(astro, airflow):
    airflow.trigger("etl", "r")
    astro.set_dag_run_state(airflow.deployment_id, "etl", "r", "running")
    astro.set_task_state(airflow.deployment_id, "etl", "r", "report", "awaiting_input")
    assert states(airflow, "r")["report[-1]"] == "awaiting_input"
    assert airflow("GET", "/dags/etl/dagRuns/r").json()["state"] == "running"


def test_runs_survive_a_restart(tmp_path, major):
    with Emulator(database=tmp_path / "state.db", progress="reads:1") as astro:
        made = astro.add_deployment("one", astroRuntimeVersion=RUNTIMES[major])
        astro.add_dag(made, "etl")
        AirflowCaller(astro, major, made).trigger("etl", "r")
    with Emulator(database=tmp_path / "state.db", progress="reads:1") as astro:
        airflow = AirflowCaller(astro, major, made)
        assert [airflow("GET", "/dags/etl/dagRuns/r").json()["state"] for _ in range(3)] == [
            "queued",
            "running",
            "success",
        ]
