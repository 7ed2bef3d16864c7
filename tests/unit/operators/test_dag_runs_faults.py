"""Every fault at every call to another Deployment's Airflow: each ends well, with exactly one run and one effect.

A fault strikes the call that does the work, the first time that it is made; pauses are recorded, not slept.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.airflow_api.connect import airflow_client_by_id
from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator
from astro_provider.errors import AstroError, DagRunFailedError, NotParsedError
from astro_provider.hooks.astro import AstroHook
from astro_provider.operators.assets import CreateAssetEventOperator
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.operators.dags import PauseDagsOperator
from tests.slow import mostly_slow
from tests.unit.running import TaskInstance

RUNTIMES = {2: "13.6.0", 3: "3.1-5"}
PLAIN_TEXT = "upstream connect error or disconnect/reset before headers"
FAULTS: dict[str, dict[str, Any]] = {
    "429 with Retry-After": {"status": 429, "headers": {"Retry-After": "1"}},
    "500": {"status": 500, "body": "<html>Ooops</html>"},
    "502 with HTML": {"status": 502, "body": "<html>Bad Gateway</html>"},
    "503 in plain text": {"status": 503, "body": PLAIN_TEXT},
    "503 after the effect": {"status": 503, "body": PLAIN_TEXT, "after_effect": True},
    "reset before": {"drop": "before"},
    "reset after the effect": {"drop": "after"},
    "truncated JSON": {"truncate": 20},
}
RUNS = "/airflow/*/api/*/dags/*/dagRuns"


@dataclass(frozen=True)
class Work:
    """One kind of call.

    :param run: Does it, through the surface that a DAG author uses.
    :param method: Method of the call that does the work.
    :param path: Its path.
    """

    run: Callable[[Any], Any]
    method: str
    path: str


def trigger(here: Any, **arguments: Any) -> Any:
    given = {"deployment_id": here.id, "trigger_dag_id": "etl", "timeout": 20, "deferrable": False}
    return here.runner.run(TriggerDeploymentDagRunOperator, **given | arguments)


def start(here: Any) -> Any:
    return trigger(here, wait=False)


def wait_in_the_triggerer(here: Any) -> Any:
    return trigger(here, deferrable=True)


def clear(here: Any) -> Any:
    """A retry of a task whose run has failed: the fault strikes the call that clears its failed task."""
    here.astro.order_dag_runs(here.id, "etl", times=1, failed_tasks=["load"])
    with pytest.raises(DagRunFailedError):
        trigger(here)
    here.runner.ti = TaskInstance(try_number=2)
    return trigger(here)


def pause(here: Any) -> Any:
    assert here.runner.run(PauseDagsOperator, deployment_id=here.id, dag_ids=["etl"]) == ["etl"]
    assert here.airflow().dags.get("etl").is_paused
    return True


def tell(here: Any) -> Any:
    here.runner.run(CreateAssetEventOperator, deployment_id=here.id, asset_uri="s3://lake")
    assets = here.airflow().assets
    return len(assets.events(assets.get(uri="s3://lake").id)) == 1


WORK = {
    "trigger": Work(start, "POST", RUNS),
    "wait in the worker": Work(trigger, "GET", f"{RUNS}/*"),
    "wait in the triggerer": Work(wait_in_the_triggerer, "POST", f"{RUNS}/list"),
    "clear": Work(clear, "POST", "/airflow/*/api/*/dags/*/clearTaskInstances"),
    "pause": Work(pause, "PATCH", "/airflow/*/api/*/dags/*"),
    "asset event": Work(tell, "POST", "/airflow/*/api/*/*/events"),
}
STARTS_A_RUN = {"trigger", "wait in the worker", "wait in the triggerer", "clear"}


@pytest.fixture(scope="module")
def emulator():
    with Emulator(progress="reads:1") as emulator:
        yield emulator


@pytest.fixture(params=mostly_slow([3, 2]), ids=["airflow-3", "airflow-2"])
def here(request, emulator, runner, monkeypatch) -> SimpleNamespace:
    emulator.reset()
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps({**emulator.connection(), "extra": {"max_retries": 2}}))
    pauses: list[float] = []
    monkeypatch.setitem(AstroClient.__init__.__kwdefaults__, "sleep", pauses.append)
    made = emulator.add_deployment("sales", astroRuntimeVersion=RUNTIMES[request.param])
    emulator.add_dag(made, "etl", {"extract": [], "load": ["extract"]})
    emulator.add_asset(made, "s3://lake")

    def airflow() -> Any:
        return airflow_client_by_id(AstroHook().client, made)

    return SimpleNamespace(astro=emulator, id=made, runner=runner, airflow=airflow, pauses=pauses)


def tries(here: Any) -> dict[str, int]:
    (run,) = here.astro.dag_runs(here.id)  # exactly one, in every case
    return {task["task_id"]: task["try_number"] for task in run["tasks"]}


@pytest.mark.slow
@pytest.mark.parametrize("name", WORK)
@pytest.mark.parametrize("fault", mostly_slow(FAULTS))
def test_a_fault_costs_a_repetition_and_changes_nothing_else(here, name, fault):
    here.astro.fault(WORK[name].method, WORK[name].path, **FAULTS[fault])
    assert WORK[name].run(here)
    assert not here.astro.faults.waiting()
    if name in STARTS_A_RUN:
        assert set(tries(here)) == {"extract", "load"}
    if name == "clear":
        assert tries(here) == {"extract": 1, "load": 2}


@pytest.mark.parametrize("fault", mostly_slow(["429 with Retry-After", "503 in plain text", "reset before"]))
@pytest.mark.parametrize("name", ["trigger", "clear", "pause", "asset event"])
def test_after_a_fault_that_lasts_airflow_s_retry_ends_well_with_one_run(here, name, fault):
    here.astro.fault(WORK[name].method, WORK[name].path, times=100, **FAULTS[fault])
    with pytest.raises(AstroError) as caught:
        WORK[name].run(here)
    assert caught.value.retryable
    here.astro.clear_faults()
    here.runner.ti = TaskInstance(try_number=3)
    here.runner.ti.max_tries, here.runner.ti.task = 2, SimpleNamespace(retries=2)
    if name == "pause":
        here.runner.run(PauseDagsOperator, deployment_id=here.id, dag_ids=["etl"])
        assert here.airflow().dags.get("etl").is_paused
    elif name == "asset event":
        assert tell(here)
    else:
        trigger(here)
        assert tries(here)["extract"] == 1


def test_killed_between_request_and_response_the_next_try_meets_the_run(here):
    here.astro.fault("POST", RUNS, drop="after")
    here.astro.fault("GET", f"{RUNS}/*", status=503, times=100, skip=1)
    with pytest.raises(AstroError):
        trigger(here)
    here.astro.clear_faults()
    here.runner.ti = TaskInstance(try_number=2)
    trigger(here)
    assert tries(here) == {"extract": 1, "load": 1}


def test_a_401_fails_at_once_and_is_explained(here):
    here.astro.fault("GET", "/airflow/*/api/*/dags/*", status=401, body="")
    with pytest.raises(AirflowFailException, match="the token has no access to the Airflow of Deployment 'sales'"):
        trigger(here)
    assert here.astro.dag_runs(here.id) == []


def test_a_404_just_after_a_deploy_is_for_airflow_to_retry(here):
    here.astro.fault("GET", "/airflow/*/api/*/dags/*", status=404, body={"detail": "DAG not found"})
    with pytest.raises(NotParsedError) as caught:
        trigger(here)
    assert caught.value.retryable
    here.runner.ti = TaskInstance(try_number=2)
    trigger(here)
    assert tries(here) == {"extract": 1, "load": 1}
