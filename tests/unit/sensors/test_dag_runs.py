"""The sensors for runs of other Deployments and for their tasks, in their ways of waiting, on both lines there."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSensorTimeout, AirflowSkipException

from astro_provider.sensors.dag_runs import DeploymentDagRunSensor, DeploymentTaskSensor
from tests.slow import mostly_slow

RUNTIMES = {2: "13.6.0", 3: "3.1-5"}
TASKS = {"extract": [], "load": ["extract"], "group.check": ["load"], "group.report": ["group.check"], "Load_EU": []}
NOW = datetime.now(timezone.utc).replace(microsecond=0)


def hours(number: int) -> str:
    return (NOW + timedelta(hours=number)).isoformat()


@pytest.fixture(params=mostly_slow([3, 2]), ids=["airflow-3", "airflow-2"])
def there(request, astro) -> SimpleNamespace:
    """Another Deployment with the DAG ``etl``."""
    deployment_id = astro.add_deployment("sales", astroRuntimeVersion=RUNTIMES[request.param])
    astro.add_dag(deployment_id, "etl", TASKS, mapped={"load": 2})

    def add(run_id: str, at: int = 0, **fields: Any) -> str:
        astro.add_dag_run(deployment_id, "etl", run_id, logical_date=hours(at), run_after=hours(at), **fields)
        return run_id

    return SimpleNamespace(id=deployment_id, major=request.param, add=add)


def sense(runner, there, cls, **arguments):
    given = {"deployment_id": there.id, "external_dag_id": "etl", "timeout": 5}
    return runner.run(cls, **given | arguments)


@pytest.fixture
def sense_run(runner, there, deferrable):
    return lambda **more: sense(runner, there, DeploymentDagRunSensor, deferrable=deferrable, **more)


@pytest.fixture
def sense_tasks(runner, there, deferrable):
    return lambda **more: sense(
        runner, there, DeploymentTaskSensor, deferrable=deferrable, external_run_id="r1", **more
    )


def test_it_waits_for_the_end_of_a_run_and_returns_its_id(runner, there, sense_run):
    there.add("r1")
    assert sense_run(external_run_id="r1") == "r1"
    xcoms = runner.ti.xcoms
    assert (xcoms["dag_run_id"], xcoms["state"]) == ("r1", "success")
    assert "r1" in xcoms["dag_run_url"]


def test_it_finds_a_run_by_its_logical_date(there, sense_run):
    there.add("early", -2)
    there.add("right", -1)
    assert sense_run(logical_date=NOW - timedelta(hours=1)) == "right"


def test_of_a_window_the_newest_run_counts(there, sense_run):
    for run_id, at in (("old", -9), ("newest", -1), ("older", -3)):
        there.add(run_id, at, state="success")
    there.add("before", -12, state="failed")
    assert sense_run(newest_after=hours(-10)) == "newest"


@pytest.mark.slow
@pytest.mark.parametrize("wanted", [{"external_run_id": "r9"}, {"newest_after": hours(1)}, {"logical_date": hours(3)}])
def test_a_run_that_is_not_there_is_never_a_success(there, sense_run, wanted):
    there.add("r1", state="success")
    with pytest.raises(AirflowSensorTimeout, match="there was no such DAG run yet"):
        sense_run(timeout=0.3, **wanted)
    with pytest.raises(AirflowFailException, match=r"has no .*run.* of DAG 'etl'. Set if_missing='wait'"):
        sense_run(if_missing="fail", **wanted)
    with pytest.raises(AirflowSkipException, match="has no "):
        sense_run(if_missing="skip", **wanted)


def test_a_dag_that_is_not_there_is_named_once_in_the_log_and_in_the_error(there, sense_run, caplog):
    wanted = {"external_dag_id": "elt", "external_run_id": "r1", "timeout": 0.2}
    words = f"Deployment 'sales' ({there.id}) has no DAG 'elt'. Did you mean 'etl'? Just after a deploy"
    with pytest.raises(
        AirflowSensorTimeout, match=r"DAG run 'r1' of DAG 'elt' .*there was no such DAG run yet"
    ) as caught:
        sense_run(**wanted)
    assert words in str(caught.value)
    assert caplog.text.count(words) == 1
    with pytest.raises(AirflowFailException, match=r"has no DAG 'elt'. Did you mean 'etl'\?"):
        sense_run(if_missing="fail", **wanted)


def test_a_hint_that_cannot_be_read_is_left_out(astro, there, sense_run):
    astro.fault("GET", "/airflow/*/api/*/dags/elt", status=403, times=99)
    with pytest.raises(AirflowSensorTimeout, match="there was no such DAG run yet"):
        sense_run(external_dag_id="elt", external_run_id="r1", timeout=0.2)


@pytest.mark.parametrize("wanted", [{"external_run_id": "late"}, {"newest_after": hours(1)}])
def test_a_run_that_comes_while_it_waits_is_waited_for(runner, there, sense_run, deferrable, wanted):
    sensor_waits = runner._fire

    def fire(deferred: Any) -> Any:
        there.add("late", 2, state="success")
        return sensor_waits(deferred)

    runner._fire = fire
    if not deferrable:
        there.add("late", 2)
    assert sense_run(**wanted) == "late"


def test_a_failed_run_fails_the_task_and_says_why(astro, there, sense_run):
    astro.order_dag_runs(there.id, "etl", failed_tasks=["load[1]"], log="KeyError: 'price'")
    there.add("r1")
    with pytest.raises(
        AirflowFailException,
        match=r"DAG 'etl': failed[^,]*\. See (.|\n)*- load\[1\] \(try 1(.|\n)*KeyError: 'price'",
    ):
        sense_run(external_run_id="r1")
    with pytest.raises(AirflowSkipException):
        sense_run(external_run_id="r1", soft_fail=True)
    assert sense_run(external_run_id="r1", allowed_states=["success", "failed"], failed_states=[]) == "r1"


@pytest.mark.slow
def test_it_waits_for_all_map_indexes_of_a_task(astro, there, sense_tasks):
    there.add("r1", state="running")
    astro.set_task_state(there.id, "etl", "r1", "extract", "success")
    assert sense_tasks(external_task_id="extract") == "r1"
    with pytest.raises(AirflowSensorTimeout, match=r"had not reached the status success.*the last status was "):
        sense_tasks(external_task_id="load", timeout=0.2)


def test_it_waits_for_tasks_and_for_groups(there, sense_tasks):
    there.add("r1")
    assert sense_tasks(external_task_ids=["extract", "load"]) == "r1"
    assert sense_tasks(external_task_group_id="group") == "r1"


def test_a_failed_task_fails_it_at_once(astro, there, sense_tasks):
    there.add("r1", state="running")
    astro.set_task_state(there.id, "etl", "r1", "Load_EU", "failed")
    with pytest.raises(AirflowFailException, match=r"Task 'Load_EU' of DAG run 'r1' of DAG 'etl': failed"):
        sense_tasks(external_task_id="Load_EU")


def test_a_skipped_task_skips_it_if_that_is_asked_for(astro, there, sense_tasks):
    there.add("r1", state="running")
    astro.set_task_state(there.id, "etl", "r1", "extract", "skipped")
    with pytest.raises(AirflowSkipException, match=r"skipped \(extract: skipped\)"):
        sense_tasks(external_task_id="extract", skipped_states=["skipped"])
    with pytest.raises(AirflowSensorTimeout):
        sense_tasks(external_task_id="extract", timeout=0.2)


def test_a_task_that_the_run_does_not_have_is_named_with_the_nearest(there, sense_tasks):
    there.add("r1")
    with pytest.raises(AirflowFailException, match=r"has no task 'extrac'\. Did you mean 'extract'"):
        sense_tasks(external_task_id="extrac")
    with pytest.raises(AirflowFailException, match="has no task group 'grp'"):
        sense_tasks(external_task_group_id="grp")


@pytest.mark.parametrize("wanted", [{"newest_after": hours(1)}, {"logical_date": hours(2)}])
def test_a_task_that_a_run_that_comes_later_does_not_have_is_named_as_well(runner, there, wanted):
    resume = runner._fire

    def fire(deferred: Any) -> Any:
        there.add("late", 2)
        return resume(deferred)

    runner._fire = fire
    with pytest.raises(AirflowFailException, match=r"Run 'late' of DAG 'etl' has no task 'extrac'\. Did you mean"):
        sense(runner, there, DeploymentTaskSensor, external_task_id="extrac", deferrable=True, **wanted)


def test_tasks_of_a_run_that_is_not_there_are_named_in_the_error(runner, there, deferrable):
    there.add("r1")
    wanted = {"external_task_ids": ["extract", "load"], "newest_after": hours(1), "timeout": 0.2}
    words = r"^Tasks 'extract', 'load' of .*'etl' had not reached the status success.*; there was no such DAG run yet\."
    with pytest.raises(AirflowSensorTimeout, match=words):
        sense(runner, there, DeploymentTaskSensor, deferrable=deferrable, **wanted)


def test_a_state_that_nobody_knows_yet_is_not_an_end(astro, there, sense_tasks):
    there.add("r1", state="running")
    astro.set_task_state(there.id, "etl", "r1", "extract", "pondering")
    with pytest.raises(AirflowSensorTimeout, match=r"the last status was pondering \(extract: pondering\)"):
        sense_tasks(external_task_id="extract", timeout=0.2)


def test_a_hibernating_deployment_is_waited_for(astro, runner, there, deferrable):
    there.add("r1")
    astro.set_status(there.id, "HIBERNATING")
    with pytest.raises(AirflowSensorTimeout, match="is hibernating, so its Airflow does not respond"):
        sense(runner, there, DeploymentDagRunSensor, external_run_id="r1", timeout=0.2, deferrable=deferrable)


def test_an_airflow_that_cannot_be_reached_at_the_first_look_is_waited_for(astro, runner, there, deferrable):
    there.add("r1", state="success")
    reads = "/airflow/*/api/*/dags/*/dagRuns/r1"
    astro.fault("GET", reads, status=503, body="upstream connect error", times=3)
    assert sense(runner, there, DeploymentDagRunSensor, external_run_id="r1", deferrable=deferrable) == "r1"


def test_a_deployment_that_wakes_up_between_two_pokes_is_read_again(astro, runner, there):
    there.add("r1")
    astro.set_status(there.id, "HIBERNATING")
    sensor = DeploymentDagRunSensor(task_id="s", deployment_id=there.id, external_dag_id="etl", external_run_id="r1")
    assert not sensor.poke(runner.context()).is_done
    astro.set_status(there.id, "HEALTHY")
    there.add("r2", 1, state="success")
    pokes = [sensor.poke(runner.context()).is_done for _ in range(6)]
    assert pokes[-1]


@pytest.mark.parametrize(
    ("cls", "given", "words"),
    [
        (
            DeploymentDagRunSensor,
            {},
            "Set exactly one of external_run_id, logical_date, newest_after to say which run",
        ),
        (DeploymentDagRunSensor, {"external_run_id": "a", "newest_after": "b"}, "you set external_run_id and newest"),
        (DeploymentDagRunSensor, {"external_run_id": "a", "if_missing": "ignore"}, "if_missing='ignore' is not"),
        (DeploymentTaskSensor, {"external_run_id": "a"}, "to say which tasks to wait for; you set none of them"),
    ],
)
def test_what_says_too_little_or_too_much_is_refused_when_the_dag_file_is_parsed(cls, given, words):
    with pytest.raises(ValueError, match=words):
        cls(task_id="t", external_dag_id="etl", deployment_id="cl1", **given)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"allowed_states": ["sucess"]}, "Did you mean 'success'"),
        ({"allowed_states": ["failed"]}, "'failed' is in both allowed_states and failed_states"),
        ({"newest_after": "soon", "external_run_id": None}, "newest_after='soon' is not a date and time"),
    ],
)
def test_wrong_states_and_moments_are_refused_before_anything_is_read(astro, there, sense_run, wrong, words):
    with pytest.raises((AirflowFailException, ValueError), match=words):
        sense_run(**{"external_run_id": "r1", **wrong})
    assert astro.requests == []
