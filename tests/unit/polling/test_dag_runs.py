"""Runs of other Deployments, read for many waits with few requests; and what a list does not say for certain."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from astro_provider.errors import NotFoundError
from astro_provider.hooks.astro import AstroHook
from astro_provider.polling.dag_runs import DagRunReader, RunKey
from astro_provider.rules.run_choice import RunChoice, TaskChoice
from astro_provider.waits.goal import NOT_YET
from tests.slow import mostly_slow

READER = DagRunReader()
RUNTIMES = {2: "13.6.0", 3: "3.1-5"}
NOW = datetime.now(timezone.utc).replace(microsecond=0)
TASKS = TaskChoice(("load",), "", ("success",), (), ("failed",))


def at(minutes: int) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat()


@pytest.fixture(params=mostly_slow([3, 2]), ids=["airflow-3", "airflow-2"])
def there(request, astro) -> SimpleNamespace:
    """Another Deployment whose DAG ``etl`` has ten runs, one in each minute."""
    deployment_id = astro.add_deployment("sales", astroRuntimeVersion=RUNTIMES[request.param])
    astro.add_dag(deployment_id, "etl", ["load"])
    for number in range(10):
        add_run(astro, deployment_id, number)

    def key(run_id: str, by: str = "run_id", minutes: int | None = 0, **fields: Any) -> RunKey:
        moment = "" if minutes is None else at(minutes)
        return RunKey(deployment_id, "etl", RunChoice(by, run_id), moment, **fields)

    client = AstroHook().client
    READER.read_one(client, key("r0"))  # the Deployment is known from now on
    astro.clear_requests()
    return SimpleNamespace(id=deployment_id, key=key, client=client, requests=lambda: methods(astro))


def add_run(astro: Any, deployment_id: str, number: int, **fields: Any) -> None:
    moments = {"logical_date": at(number), "run_after": at(number)}
    astro.add_dag_run(deployment_id, "etl", f"r{number}", **{"state": "success", **moments, **fields})


def methods(astro: Any) -> Counter[str]:
    return Counter(f"{request.method} {request.path.rpartition('/')[2]}" for request in astro.requests)


def test_all_runs_that_are_waited_for_are_one_request(there):
    keys = [there.key(f"r{number}", minutes=number) for number in range(2, 9)]
    found = READER.read_batch(there.client, keys)
    assert {key.choice.value: state.status for key, state in found.items()} == {
        f"r{number}": "success" for number in range(2, 9)
    }
    assert there.requests() == {"POST list": 1}


def test_a_run_that_the_list_leaves_out_is_not_gone_before_it_was_asked_for(there):
    keys = [there.key("r1", minutes=1), there.key("gone", minutes=2)]
    assert list(READER.read_batch(there.client, keys)) == keys[:1]
    with pytest.raises(NotFoundError):
        READER.read_one(there.client, keys[1])
    assert READER.read_one(there.client, keys[1]._replace(may_be_missing=True)).status == NOT_YET


def test_of_a_window_the_list_says_for_certain_that_there_is_no_run(there):
    windows = [there.key(at(minutes), "newest_after") for minutes in (3, 9, 11)]
    found = READER.read_batch(there.client, windows)
    assert [(found[key].run_id, found[key].status) for key in windows] == [
        ("r9", "success"),
        ("r9", "success"),
        (None, NOT_YET),
    ]
    assert there.requests() == {"POST list": 1}


def test_waits_for_logical_dates_share_a_list(there):
    keys = [there.key(at(minutes), "logical_date") for minutes in (4, 7, 11)]
    assert len({READER.group(key) for key in keys}) == 1
    found = READER.read_batch(there.client, keys)
    assert [found[key].run_id for key in keys] == ["r4", "r7", None]
    assert there.requests() == {"POST list": 1}
    assert [READER.read_one(there.client, key).run_id for key in keys] == ["r4", "r7", None]


def test_a_run_of_which_nobody_knows_when_it_was_due_is_read_by_itself(there):
    key = there.key("r3", minutes=None)
    assert READER.read_batch(there.client, [key]) == {}
    assert READER.read_one(there.client, key).status == "success"
    assert there.requests() == {"GET r3": 1}


def test_tasks_cost_one_more_request_for_all_waits(astro, there):
    keys = [there.key(f"r{number}", minutes=number, tasks=TASKS) for number in range(5)]
    for number in range(5):
        astro.set_task_state(there.id, "etl", f"r{number}", "load", "success" if number else "failed")
    found = READER.read_batch(there.client, keys)
    assert [found[key].status for key in keys] == ["failed", *["success"] * 4]
    assert found[keys[0]].status_reason == "load: failed"
    assert there.requests() == {"POST list": 2}


def test_a_list_that_is_longer_than_the_single_reads_is_not_read_on(astro, there):
    for number in range(10, 160):
        add_run(astro, there.id, number)
    keys = [there.key("r0", minutes=0)._replace(choice=RunChoice("newest_after", at(0)))]
    assert READER.read_batch(there.client, keys) == {}
    assert there.requests() == {"POST list": 1}
    assert READER.read_one(there.client, keys[0]).run_id == "r159"


@pytest.mark.slow
@pytest.mark.parametrize("by", ["run_id", "logical_date", "newest_after"])
def test_a_thousand_waits_over_twenty_deployments_cost_forty_requests(astro, by):
    client, keys = AstroHook().client, []
    for place in range(20):
        deployment_id = astro.add_deployment(f"d{place}", astroRuntimeVersion=RUNTIMES[2 + place % 2])
        astro.add_dag(deployment_id, "etl", ["load"])
        for number in range(50):
            add_run(astro, deployment_id, number, state="running")
            value = f"r{number}" if by == "run_id" else at(number)
            keys.append(RunKey(deployment_id, "etl", RunChoice(by, value), at(number) if by == "run_id" else ""))
    groups: dict[Any, list[RunKey]] = {}
    for key in keys:
        groups.setdefault(READER.group(key), []).append(key)
    astro.clear_requests()
    found = {k: s for group in groups.values() for k, s in READER.read_batch(client, group).items()}
    assert (len(found), len(astro.requests)) == (1000, 40)  # each Deployment itself is read once, and its runs
    astro.clear_requests()
    for group in groups.values():
        READER.read_batch(client, group)
    assert len(astro.requests) == 20
