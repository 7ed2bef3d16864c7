"""Runs of another Deployment that end, as events: each told once, over restarts, and whatever goes wrong meanwhile."""

from __future__ import annotations

import asyncio
import json
import logging
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import pytest

from astro_provider.errors import ConfigurationError
from astro_provider.triggers import _event_streams
from astro_provider.triggers.dag_run_events import DagRunEventTrigger
from tests.slow import mostly_slow

from .watching import Memory, Watcher

AIRFLOW_2 = version("apache-airflow").startswith("2.")
airflow_3 = pytest.mark.skipif(AIRFLOW_2, reason="Airflow 2 has no events that schedule DAGs")
RUNTIMES = {2: "13.6.0", 3: "3.1-5"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(_event_streams, "STORING", 0)
    monkeypatch.setattr(_event_streams, "ERROR_PAUSE", 0)


@pytest.fixture(params=mostly_slow([3, 2]), ids=["airflow-3", "airflow-2"])
def there(request, astro) -> SimpleNamespace:
    """Another Deployment, whose runs stay as they are until a test ends them."""
    made = astro.add_deployment("sales", astroRuntimeVersion=RUNTIMES[request.param])
    for dag_id in ("load", "report"):
        astro.add_dag(made, dag_id)

    def begin(run_id: str, dag_id: str = "load") -> None:
        moments = {"logical_date": f"2026-11-0{len(astro.dag_runs(made)) + 1}T00:00:00+00:00"}
        astro.add_dag_run(made, dag_id, run_id, state="running", **moments)

    def end(run_id: str, dag_id: str = "load", state: str = "success") -> None:
        astro.set_dag_run_state(made, dag_id, run_id, state)

    return SimpleNamespace(id=made, begin=begin, end=end)


def watcher(astro: Any, there: Any, memory: Memory | None = None, **arguments: Any) -> Watcher:
    trigger = DagRunEventTrigger(**{"deployment_id": there.id, "poll_interval": 0.01, **arguments})
    # Before its first poll it reads the Deployment, and detects its Airflow.
    return Watcher(astro, trigger, memory, poll="/dagRuns/list")


@airflow_3
def test_a_run_that_ends_is_an_event(astro, there):
    async def run():
        there.begin("before")
        there.end("before")
        there.begin("r1")
        async with watcher(astro, there) as watched:
            await watched.polls()
            there.end("r1")
            return await watched.event()

    event = asyncio.run(run())
    assert (event["dag_id"], event["dag_run_id"], event["state"]) == ("load", "r1", "success")
    assert (event["deployment_id"], event["deployment_name"]) == (there.id, "sales")
    assert "r1" in event["dag_run_url"]
    assert "conf" not in event


@pytest.mark.slow
@airflow_3
def test_only_the_dags_and_states_that_are_asked_for_are_events_and_remembered(astro, there):
    memory = Memory()

    async def run():
        for run_id, dag_id in (("a", "report"), ("b", "load"), ("c", "load")):
            there.begin(run_id, dag_id)
        async with watcher(astro, there, memory, dag_id_pattern="lo*", states=["failed"]) as watched:
            await watched.polls()
            there.end("a", "report", "failed")
            there.end("b")
            there.end("c", state="failed")
            event = await watched.event()
            await watched.polls()
            return event

    assert asyncio.run(run())["dag_run_id"] == "c"
    (remembered,) = memory.values()
    assert [key.rpartition("/")[0] for key in json.loads(remembered)["seen"]] == ["load/c"]


@pytest.mark.slow
@airflow_3
@pytest.mark.parametrize(
    "fault", [{"status": 503, "body": "upstream connect error"}, {"status": 401}, {"drop": "before"}], ids=str
)
def test_what_ends_during_an_outage_is_told_after_it(astro, there, fault, caplog):
    caplog.set_level(logging.INFO)

    async def run():
        there.begin("r1")
        async with watcher(astro, there) as watched:
            await watched.polls()
            astro.fault("POST", "/airflow/*/api/*/dags/*/dagRuns/list", times=3, **fault)
            there.end("r1")
            return await watched.event()

    assert asyncio.run(run())["dag_run_id"] == "r1"
    assert "DAG runs of Deployment" in caplog.text


@pytest.mark.slow
@airflow_3
def test_over_a_restart_nothing_is_lost_or_told_twice(astro, there):
    memory = Memory()

    async def before():
        there.begin("r1")
        async with watcher(astro, there, memory) as watched:
            await watched.polls()
            there.end("r1")
            first = await watched.event()
            await watched.polls()
            return first

    async def after():
        async with watcher(astro, there, memory) as watched:
            return await watched.event()

    assert asyncio.run(before())["dag_run_id"] == "r1"
    there.begin("r2")
    there.end("r2")
    assert asyncio.run(after())["dag_run_id"] == "r2"


@pytest.mark.slow
@airflow_3
def test_watchers_of_one_deployment_share_their_polls_and_a_late_one_catches_up(astro, there):
    memory = Memory()
    arguments = {"deployment_id": there.id, "poll_interval": 0.01}
    late = DagRunEventTrigger(dag_ids=["load"], **arguments)
    assert late.shared_stream_key() == DagRunEventTrigger(states=["failed"], **arguments).shared_stream_key()
    assert late.shared_stream_key() != DagRunEventTrigger(deployment_name="sales").shared_stream_key()

    async def seen(shared: Any, number: int) -> Any:
        for _ in range(number):
            yield await anext(shared)

    async def run() -> list[str]:
        late.asset_state_store = memory
        first = late.open_shared_stream(late.serialize()[1])
        assert [event async for event in late.filter_shared_stream(seen(first, 1))] == []
        await first.aclose()
        there.begin("r1")
        there.end("r1")
        second = late.open_shared_stream(late.serialize()[1])  # its first poll is a first look of others
        told = [event.payload["dag_run_id"] async for event in late.filter_shared_stream(seen(second, 2))]
        await second.aclose()
        return told

    assert asyncio.run(run()) == ["r1"]


@airflow_3
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"deployment_id": None}, "says which Deployment to watch"),
        ({"states": ["sucess"]}, "Did you mean 'success'"),
        ({"states": ["running"]}, "there is no state 'running'; the states are success, failed"),
        ({"dag_ids": []}, "would never send an event"),
        ({"dag_id_pattern": ""}, "not a valid name pattern"),
    ],
)
def test_what_cannot_be_right_is_refused(wrong, words):
    with pytest.raises(ConfigurationError, match=words):
        DagRunEventTrigger(**{"deployment_id": "cl1", **wrong})


@pytest.mark.skipif(not AIRFLOW_2, reason="Airflow 3 has these events")
def test_airflow_2_says_what_to_use_instead():
    with pytest.raises(ConfigurationError, match=r"needs Airflow 3.*use a DeploymentDagRunSensor"):
        DagRunEventTrigger(deployment_id="cl1")
