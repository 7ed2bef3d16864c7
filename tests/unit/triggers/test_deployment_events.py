"""Events that schedule DAGs: told once, for ever, and whatever goes wrong meanwhile."""

from __future__ import annotations

import asyncio
import logging
from importlib.metadata import version

import pytest

from astro_provider.errors import ConfigurationError
from astro_provider.triggers import _event_streams
from astro_provider.triggers.deployment_events import DeploymentStatusEventTrigger

from .watching import Memory, Watcher

AIRFLOW_2 = version("apache-airflow").startswith("2.")
airflow_3 = pytest.mark.skipif(AIRFLOW_2, reason="Airflow 2 has no events that schedule DAGs")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(_event_streams, "STORING", 0)
    monkeypatch.setattr(_event_streams, "ERROR_PAUSE", 0)


def watcher(astro, memory=None, **arguments):
    return Watcher(astro, DeploymentStatusEventTrigger(**{"poll_interval": 0.01, **arguments}), memory)


@pytest.mark.slow
@airflow_3
def test_a_deployment_that_comes_to_the_status_is_an_event(astro):
    one, other = astro.add_deployment("prod-a"), astro.add_deployment("prod-b")
    astro.set_status(other, "UNHEALTHY")

    async def run():
        async with watcher(astro) as watched:
            await watched.polls()
            astro.set_status(one, "UNHEALTHY", reason="no quota")
            first = await watched.event()
            astro.set_status(one, "HEALTHY")
            await watched.polls()
            astro.set_status(one, "UNHEALTHY")
            return first, await watched.event()

    first, second = asyncio.run(run())
    assert first["deployment_id"] == second["deployment_id"] == one
    assert (first["status"], first["previous_status"], first["status_reason"]) == ("UNHEALTHY", "HEALTHY", "no quota")
    assert first["astro_url"] == f"http://{astro.address}/{astro.workspace_id}/deployments/{one}"


@airflow_3
def test_all_that_happened_since_the_last_poll_is_told(astro):
    made = {astro.add_deployment(name) for name in ("a", "b", "c")}

    async def run():
        async with watcher(astro) as watched:
            await watched.polls()
            for deployment_id in made:
                astro.set_status(deployment_id, "UNHEALTHY")
            return {(await watched.event())["deployment_id"] for _ in made}

    assert asyncio.run(run()) == made


@airflow_3
def test_only_what_the_pattern_and_the_workspace_name_is_watched(astro):
    other = astro.add_workspace("Other")
    dev, prod = astro.add_deployment("dev-a"), astro.add_deployment("prod-a")
    elsewhere = astro.add_deployment("prod-a", workspace_id=other)

    async def run():
        async with watcher(astro, workspace="Development", name_pattern="prod-*", target_statuses="hibernating") as w:
            await w.polls(3)
            for deployment_id in (elsewhere, dev, prod):
                astro.set_status(deployment_id, "HIBERNATING")
            return await w.event()

    assert asyncio.run(run())["deployment_id"] == prod
    paths = [r.path for r in astro.requests if "/workspaces" in r.path]
    assert len(paths) == 1  # the name is looked up once


@airflow_3
def test_watchers_of_one_workspace_share_their_polls_and_each_tells_its_own(astro):
    one, other = astro.add_deployment("a"), astro.add_deployment("b")
    arguments = {"workspace": astro.workspace_id, "poll_interval": 0.01}
    triggers = [DeploymentStatusEventTrigger(name_pattern=name, **arguments) for name in "ab"]
    assert triggers[0].shared_stream_key() == triggers[1].shared_stream_key()
    assert triggers[0].shared_stream_key() != DeploymentStatusEventTrigger().shared_stream_key()

    async def run():
        shared = triggers[0].open_shared_stream(triggers[0].serialize()[1])
        snapshots = [await anext(shared)]
        for deployment_id in (one, other):
            astro.set_status(deployment_id, "UNHEALTHY")
        snapshots.append(await anext(shared))
        await shared.aclose()

        async def seen():
            for snapshot in snapshots:
                yield snapshot

        told = []
        for trigger in triggers:
            told.append([event.payload["deployment_id"] async for event in trigger.filter_shared_stream(seen())])
        return told

    assert asyncio.run(run()) == [[one], [other]]
    assert len(astro.requests) == 2


@pytest.mark.slow
@airflow_3
@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 401}, {"status": 403}, {"drop": "before"}], ids=str)
def test_nothing_that_goes_wrong_ends_it(astro, fault, caplog):
    caplog.set_level(logging.INFO)
    one = astro.add_deployment("a")

    async def run():
        async with watcher(astro) as watched:
            await watched.polls()
            astro.fault("GET", times=4, **fault)
            while astro.faults.waiting():
                await asyncio.sleep(0)
            astro.set_status(one, "UNHEALTHY")
            return await watched.event()

    assert asyncio.run(run())["deployment_id"] == one
    assert "Polling the Deployments" in caplog.text
    loud = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert bool(loud) == (fault.get("status") in {401, 403})


@airflow_3
def test_a_missing_connection_or_workspace_is_said_and_looked_for_again(astro, caplog, monkeypatch):
    async def run():
        async with watcher(astro, workspace="Later", include_present=True, target_statuses=["HEALTHY"]) as watched:
            await watched.polls(4)
            astro.add_deployment("a", workspace_id=astro.add_workspace("Later"))
            return await watched.event()

    assert asyncio.run(run())["deployment_name"] == "a"
    assert "There is no Workspace 'Later'" in caplog.text


@airflow_3
def test_what_was_seen_survives_a_restart_where_airflow_keeps_it(astro):
    one, memory = astro.add_deployment("a"), Memory()

    async def before():
        async with watcher(astro, memory) as watched:
            await watched.polls(3)

    async def after():
        async with watcher(astro, memory) as watched:
            return await watched.event()

    asyncio.run(before())
    astro.set_status(one, "UNHEALTHY")
    assert asyncio.run(after())["previous_status"] == "HEALTHY"
    assert len(memory) == 1


@airflow_3
def test_a_memory_that_fails_does_not_end_it(astro, caplog):
    class Broken:
        aget = aset = None

    one = astro.add_deployment("a")

    async def run():
        async with watcher(astro, Broken()) as watched:
            await watched.polls()
            astro.set_status(one, "UNHEALTHY")
            return await watched.event()

    assert asyncio.run(run())["deployment_id"] == one
    assert "first poll only records the current one" in caplog.text


@airflow_3
def test_its_cancellation_is_prompt(astro):
    async def run():
        async with watcher(astro, poll_interval=3600) as watched:
            while not astro.requests:
                await asyncio.sleep(0)
            watched.coming.cancel()
            return await asyncio.wait({watched.coming}, timeout=20)

    done, pending = asyncio.run(run())
    assert (len(done), len(pending)) == (1, 0)


@airflow_3
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"target_statuses": ["UNHEALTY"]}, r"'UNHEALTY'.*'UNHEALTHY'"),
        ({"target_statuses": []}, "target_statuses is empty"),
        ({"name_pattern": ""}, "name_pattern='' is not a valid name pattern"),
    ],
)
def test_bad_arguments_are_refused_while_the_dag_is_parsed(arguments, words):
    with pytest.raises(ConfigurationError, match=words):
        DeploymentStatusEventTrigger(**arguments)


@airflow_3
def test_airflow_takes_it_for_one_trigger_each_time_the_dag_is_parsed():
    from airflow.sdk import Asset, AssetWatcher
    from airflow.triggers.base import BaseEventTrigger

    first = DeploymentStatusEventTrigger(target_statuses=("HEALTHY", "UNKNOWN"))
    second = DeploymentStatusEventTrigger(target_statuses=["unknown", "healthy"])
    assert BaseEventTrigger.hash(*first.serialize()) == BaseEventTrigger.hash(*second.serialize())
    assert Asset("a", watchers=[AssetWatcher(name="w", trigger=first)]).watchers[0].trigger is first


@pytest.mark.skipif(not AIRFLOW_2, reason="Airflow 3 has these events")
def test_airflow_2_says_that_it_cannot():
    with pytest.raises(ConfigurationError, match="needs Airflow 3"):
        DeploymentStatusEventTrigger()
