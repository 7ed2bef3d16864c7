"""What the tries of one task do about a run of another Deployment, wherever the try before them was killed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from astro_provider.airflow_api.connect import airflow_client_by_id
from astro_provider.errors import AstroError, DagRunFailedError, NotParsedError
from astro_provider.hooks.astro import AstroHook
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from tests.unit.running import StateStore, TaskInstance

pytestmark = pytest.mark.slow

RUNTIMES = {2: "13.6.0", 3: "3.1-5"}
NOT_FOUND = '{"title": "DAG not found", "detail": "DAG with dag_id: \'etl\' not found", "status": 404}'


@pytest.fixture(params=[2, 3], ids=["airflow-2", "airflow-3"])
def there(request, astro) -> SimpleNamespace:
    """Another Deployment with the DAGs ``etl`` and, paused, ``sleepy``."""
    made = astro.add_deployment("sales", astroRuntimeVersion=RUNTIMES[request.param])
    astro.add_dag(made, "etl", {"extract": [], "load": ["extract"]})
    astro.add_dag(made, "sleepy", paused=True)
    return SimpleNamespace(id=made, runs=lambda: astro.dag_runs(made))


@pytest.fixture
def trigger(runner, there):
    def run(**arguments: Any) -> Any:
        given = {"deployment_id": there.id, "trigger_dag_id": "etl", "deferrable": False, "timeout": 5}
        return runner.run(TriggerDeploymentDagRunOperator, **given | arguments)

    return run


def airflow_of(there: Any) -> Any:
    return airflow_client_by_id(AstroHook().client, there.id)


def next_try(runner: Any, number: int, *, first_of_round: int = 1) -> None:
    runner.ti = TaskInstance(try_number=number)
    runner.ti.task, runner.ti.max_tries = SimpleNamespace(retries=3), first_of_round + 2


@pytest.fixture(params=[True, False], ids=["store", "no-store"])
def memory(request, runner) -> bool:
    runner.store = StateStore() if request.param else None
    return bool(request.param)


@pytest.mark.parametrize("if_exists", ["fail", "skip"])
def test_a_retry_asks_about_the_run_of_others_if_the_first_try_never_saw_it(astro, runner, there, trigger, if_exists):
    runner.store = StateStore()
    astro.add_dag_run(there.id, "etl", "nightly", state="success")
    next_try(runner, 2)
    error = {"fail": AirflowFailException, "skip": AirflowSkipException}[if_exists]
    with pytest.raises(error, match="run 'nightly' of DAG 'etl' already"):
        trigger(trigger_run_id="nightly", if_exists=if_exists)


@pytest.mark.parametrize("given", [{}, {"trigger_run_id": "by-hand"}])
def test_a_retry_clears_what_the_first_try_could_not_clear(astro, runner, there, trigger, memory, given):
    trigger(**given)
    runner.run_started = datetime.now(timezone.utc) + timedelta(seconds=30)  # a person has cleared the task
    next_try(runner, 2, first_of_round=2)
    astro.fault("POST", "/airflow/*/api/*/dags/*/clearTaskInstances", status=503, body="upstream error", times=9)
    with pytest.raises(AstroError):
        trigger(if_exists="clear", **given)
    astro.clear_faults()
    next_try(runner, 3, first_of_round=2)
    trigger(if_exists="clear", **given)
    (run,) = there.runs()
    assert {task["try_number"] for task in run["tasks"]} == {2}


def test_a_retry_does_not_clear_again_what_the_first_try_cleared(runner, there, trigger, memory):
    trigger()
    next_try(runner, 2, first_of_round=2)
    trigger(if_exists="clear")
    next_try(runner, 3, first_of_round=2)
    trigger(if_exists="clear")
    (run,) = there.runs()
    assert {task["try_number"] for task in run["tasks"]} == {2}


def test_with_a_state_store_it_knows_that_a_lost_clear_arrived(astro, runner, there, trigger):
    runner.store = StateStore()
    trigger()
    next_try(runner, 2, first_of_round=2)
    astro.fault("GET", "/airflow/*/api/*/dags/*/dagRuns/*", status=503, body="upstream connect error", times=99, skip=1)
    with pytest.raises(AstroError):
        trigger(if_exists="clear")  # killed after the clear, before it could say so
    astro.clear_faults()
    next_try(runner, 3, first_of_round=2)
    trigger(if_exists="clear")
    (run,) = there.runs()
    assert {task["try_number"] for task in run["tasks"]} == {2}


def tries_of_run(there: SimpleNamespace) -> set[int]:
    """Return how often the tasks of the only run were tried."""
    (run,) = there.runs()
    return {task["try_number"] for task in run["tasks"]}


def test_a_failed_run_of_others_that_the_first_try_took_is_a_retrys_own(astro, runner, there, trigger, memory):
    astro.add_dag_run(there.id, "etl", "nightly", state="failed")
    with pytest.raises(DagRunFailedError):
        trigger(trigger_run_id="nightly")
    assert tries_of_run(there) == {0}
    next_try(runner, 2)
    assert trigger(trigger_run_id="nightly") == "nightly"
    assert tries_of_run(there) == {1}


def test_a_retry_ends_a_run_of_others_that_the_first_try_took(astro, runner, there, trigger, memory):
    astro.add_dag_run(there.id, "etl", "nightly", state="running")
    given = {"trigger_run_id": "nightly", "on_kill": "fail_run", "wait": False}
    states = []
    for number in (1, 2):
        next_try(runner, number)
        trigger(**given)
        runner.operator.on_kill()
        states += [run["state"] for run in there.runs()]
    assert states == ["running", "failed"]


@pytest.mark.parametrize("if_exists", ["fail", "skip", "reuse"])
def test_a_run_that_somebody_starts_meanwhile_is_a_run_of_others(astro, runner, there, trigger, memory, if_exists):
    astro.add_dag_run(there.id, "etl", "nightly", state="running")
    astro.fault("GET", "/airflow/*/api/*/dags/*/dagRuns/nightly", status=404, body=NOT_FOUND, times=1)
    given = {"trigger_run_id": "nightly", "if_exists": if_exists, "on_kill": "fail_run", "wait": False}
    if if_exists == "reuse":
        assert trigger(**given) == "nightly"
    else:
        error = {"fail": AirflowFailException, "skip": AirflowSkipException}[if_exists]
        with pytest.raises(error, match="run 'nightly' of DAG 'etl' already"):
            trigger(**given)
    runner.operator.on_kill()
    assert [run["state"] for run in there.runs()] == ["running"]


def test_a_dag_that_cannot_run_yet_may_run_at_a_later_try(astro, there, trigger):
    astro.fault("POST", "/airflow/*/api/*/dags/etl/dagRuns", status=404, body=NOT_FOUND, times=1)
    with pytest.raises(
        NotParsedError, match=r"DAG 'etl' cannot run\. Just after a deploy, it may not have been parsed yet\. "
    ) as caught:
        trigger()
    assert caught.value.retryable
    assert there.runs() == []


def test_a_run_that_was_ended_before_a_task_failed_runs_again(astro, runner, there, trigger):
    run_id = trigger(wait=False)
    for task_id in ("extract", "load"):
        astro.set_task_state(there.id, "etl", run_id, task_id, "skipped")
    astro.set_dag_run_state(there.id, "etl", run_id, "failed")
    next_try(runner, 2)
    assert trigger() == run_id
    (run,) = there.runs()
    assert (run["state"], {task["state"] for task in run["tasks"]}) == ("success", {"success"})


def test_a_run_whose_tasks_have_all_succeeded_goes_on_if_it_was_marked_failed(astro, runner, there, trigger):
    run_id = trigger()
    astro.set_dag_run_state(there.id, "etl", run_id, "failed")
    next_try(runner, 2)
    assert trigger(wait=False) == run_id
    (run,) = there.runs()
    assert (run["state"], {task["try_number"] for task in run["tasks"]}) == ("queued", {1})


def test_a_dag_is_paused_again_if_somebody_deletes_the_run(astro, runner, there, trigger, deferrable, monkeypatch):
    from astro_provider.airflow_api.dags import Dags

    update = Dags.update

    def somebody_deletes_the_run(dags: Any, dag_id: str, **fields: Any) -> Any:
        dag = update(dags, dag_id, **fields)
        for run in there.runs():
            airflow_of(there)._api.send("DELETE", airflow_of(there).dag_runs._of(dag_id, run["run_id"]))
        return dag

    monkeypatch.setattr(Dags, "update", somebody_deletes_the_run)
    astro.order_dag_runs(there.id, "sleepy", progress="seconds:3600")
    with pytest.raises(AirflowFailException, match="was deleted while this task waited"):
        trigger(trigger_dag_id="sleepy", if_paused="unpause", deferrable=deferrable)
    assert airflow_of(there).dags.get("sleepy").is_paused


@pytest.mark.parametrize(
    ("undone", "what"),
    [
        ({"if_paused": "unpause"}, "pause the DAG again"),
        ({"if_hibernating": "wake"}, "let the Deployment hibernate again"),
    ],
)
@pytest.mark.parametrize(
    "states",
    [{"allowed_states": ["running"]}, {"failed_states": ["queued"]}, {"allowed_states": ("running", "success")}],
)
def test_what_the_run_needs_until_its_end_is_not_undone_before(astro, trigger, undone, what, states):
    with pytest.raises(
        AirflowFailException,
        match=rf"cannot be combined with '(running|queued)'.*, and {what}, before the run has ended",
    ):
        trigger(**undone, **states)
    assert astro.requests == []


def test_mapped_tasks_that_succeeded_do_not_run_again_if_on_kill_had_nothing_to_end(astro, runner, there, trigger):
    astro.add_dag(there.id, "wide", {"load": []}, mapped={"load": 2})
    astro.order_dag_runs(there.id, "wide", times=1, failed_tasks=["load[1]"])
    with pytest.raises(AstroError):
        trigger(trigger_dag_id="wide", on_kill="fail_run")
    next_try(runner, 2)
    trigger(trigger_dag_id="wide", on_kill="fail_run")
    (run,) = there.runs()
    assert {task["map_index"]: task["try_number"] for task in run["tasks"]} == {0: 1, 1: 2}
