"""The wait for a run of another Deployment: what it is about survives a restart, and stopping it can end the run."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from astro_provider.airflow_api.paused_dags import MARK
from astro_provider.triggers.dag_runs import DagRunStatusTrigger
from tests.slow import mostly_slow

RUNTIMES = {2: "13.6.0", 3: "3.1-5"}


def trigger(**fields: Any) -> DagRunStatusTrigger:
    limits = {"started_at": time.time(), "deadline": time.time() + 30, "poll_interval": 0.01}
    about = {"deployment_id": "cl1", "dag_id": "etl", "by": "run_id", "value": "r1"}
    return DagRunStatusTrigger(astro_conn_id="astro_default", **limits | about | fields)


def recreated(made: DagRunStatusTrigger) -> DagRunStatusTrigger:
    return DagRunStatusTrigger(**json.loads(json.dumps(made.serialize()[1])))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"moment": "2026-11-26T00:00:00+00:00", "may_be_missing": True},
        {"by": "newest_after", "value": "2026-11-26T00:00:00+00:00"},
        {"task_ids": ["b", "a"], "skipped_statuses": ["skipped"], "target_statuses": ["success", "skipped"]},
        {"task_group": "checks", "failure_statuses": ["failed", "upstream_failed"]},
    ],
    ids=str,
)
def test_what_it_waits_for_survives_a_restart(fields):
    made = trigger(**fields)
    assert recreated(made).serialize() == made.serialize()
    assert recreated(made).key == made.key
    assert hash(made.key)


def test_states_of_tasks_are_sorted_out_for_the_reader():
    key = trigger(task_ids=["a"], skipped_statuses=["skipped"], target_statuses=["success", "skipped"]).key
    assert (key.tasks.allowed, key.tasks.skipped) == (("success",), ("skipped",))


@pytest.fixture(params=mostly_slow([3, 2]), ids=["airflow-3", "airflow-2"])
def running(request, astro) -> str:
    """A Deployment with a run that goes on, and whose DAG was unpaused for it."""
    made = astro.add_deployment("sales", astroRuntimeVersion=RUNTIMES[request.param])
    astro.add_dag(made, "etl")
    astro.add_dag_run(made, "etl", "r1", state="running", note=MARK)
    return made


def test_stopping_it_ends_the_run_if_that_was_asked_for(astro, running):
    asyncio.run(recreated(trigger(deployment_id=running, cancel_if_killed=True)).on_kill())
    (run,) = astro.dag_runs(running)
    assert (run["state"], run["note"]) == ("failed", "")


def test_stopping_it_leaves_the_run_alone_by_default(astro, running):
    made = trigger(deployment_id=running, url="https://x")
    asyncio.run(made.on_kill())
    assert [run["state"] for run in astro.dag_runs(running)] == ["running"]
    assert made.left_behind("DAG run 'r1'") == "DAG run 'r1' goes on. See https://x"


def test_an_execution_timeout_ends_the_run_too(astro, running):
    async def event() -> Any:
        limits = {"deadline": time.time() + 0.1, "limit": "execution_timeout"}
        return [found.payload async for found in trigger(deployment_id=running, cancel_if_killed=True, **limits).run()]

    (payload,) = asyncio.run(event())
    assert payload["outcome"] == "execution timed out"
    assert "on_kill: ended DAG run 'r1'" in payload["message"]
    assert [run["state"] for run in astro.dag_runs(running)] == ["failed"]
