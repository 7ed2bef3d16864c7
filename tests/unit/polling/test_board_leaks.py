"""Cancelled waits end at once, whatever they were doing; ten thousand leave no thread, socket or memory behind."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from astro_provider.hooks.astro import AstroHook
from astro_provider.polling import shared_client
from astro_provider.polling.board import board
from astro_provider.triggers.deployment import DeploymentStatusTrigger

ROUNDS, WAITS = 8, 500
FILES = Path("/dev/fd")
#: Seconds that are more than enough on a busy machine.
LONG = 20


async def first_event(trigger: DeploymentStatusTrigger) -> object:
    async for event in trigger.run():
        return event
    return None


def wait_for(deployment_id: str) -> asyncio.Task[object]:
    now = time.time()
    trigger = DeploymentStatusTrigger(
        astro_conn_id="astro_default",
        deployment_id=deployment_id,
        poll_interval=0.05,
        started_at=now,
        deadline=now + 3600,
    )
    return asyncio.create_task(first_event(trigger))


async def until(happened: Callable[[], bool]) -> bool:
    """Let the loop go on until something has happened; says whether it has."""
    late = time.monotonic() + LONG
    while not happened() and time.monotonic() < late:
        await asyncio.sleep(0.005)
    return happened()


@pytest.fixture
def unhealthy(astro, monkeypatch) -> str:
    """A Deployment that is waited for in vain, over a board that soon closes what nobody uses."""
    monkeypatch.setattr(shared_client, "IDLE", 0.02)
    monkeypatch.setenv("AIRFLOW__ASTRO__RATE_LIMIT_SHARE", "1")
    return astro.add_deployment("unhealthy", status="UNHEALTHY")


@pytest.mark.parametrize("turns", range(5))
def test_a_wait_that_is_cancelled_as_its_response_arrives_ends(unhealthy, turns):
    async def run() -> bool:
        shared = board("astro_default", AstroHook("astro_default").open_client)
        witness = asyncio.create_task(shared.read(DeploymentStatusTrigger.reader, unhealthy))
        await asyncio.sleep(0)
        wait = wait_for(unhealthy)
        assert (await witness).status == "UNHEALTHY"  # the wait has the same response, and is about to wake
        for _ in range(turns):
            await asyncio.sleep(0)
        wait.cancel()
        await asyncio.wait({wait}, timeout=LONG)
        return wait.cancelled()

    assert asyncio.run(run())


async def cancel_before_anything_is_sent(astro, deployment_id: str) -> None:
    await cancelled([wait_for(deployment_id) for _ in range(WAITS)])


async def cancel_between_two_polls(astro, deployment_id: str) -> None:
    waits = [wait_for(deployment_id) for _ in range(WAITS)]
    assert await until(lambda: len(astro.requests) > 2)
    await cancelled(waits)


async def cancel_while_the_api_fails(astro, deployment_id: str) -> None:
    astro.fault("GET", status=503, times=10_000)
    waits = [wait_for(deployment_id) for _ in range(WAITS)]
    assert await until(lambda: len(astro.requests) > 1)
    astro.clear_faults()
    await cancelled(waits)


WAYS = (cancel_before_anything_is_sent, cancel_between_two_polls, cancel_while_the_api_fails)


async def cancelled(waits: list[asyncio.Task[object]]) -> None:
    await asyncio.sleep(0)  # each begins
    for wait in waits:
        wait.cancel()
    await asyncio.wait(waits, timeout=LONG)
    assert {wait.cancelled() for wait in waits} == {True}


@pytest.mark.skipif(not FILES.exists(), reason="this system does not list a process's open files")
@pytest.mark.slow
def test_ten_thousand_waits_leave_nothing_behind(astro, unhealthy, caplog, capsys):
    def open_files() -> int:
        return len(list(FILES.iterdir()))

    async def rounds(number: int) -> tuple[int, int]:
        """Start and cancel waits in every way; returns the threads and the objects there are afterwards."""
        before = open_files()
        for way in WAYS * number:
            astro.clear_requests()
            await way(astro, unhealthy)
        assert await until(lambda: len(asyncio.all_tasks()) == 1 and open_files() <= before)
        gc.collect()
        return threading.active_count(), len(gc.get_objects())

    def living_triggers() -> int:
        return sum(type(thing) is DeploymentStatusTrigger for thing in gc.get_objects())

    async def run() -> tuple[int, int, int]:
        gc.collect()
        others = living_triggers()  # kept by tests that ran before in this process; they may go meanwhile
        threads, objects = await rounds(1)  # whatever is made once is made here
        more_threads, more_objects = await rounds(ROUNDS)
        return more_threads - threads, more_objects - objects, living_triggers() - others

    caplog.set_level("ERROR")  # pytest keeps what is logged, which would count
    try:
        threads, objects, triggers = asyncio.run(run())
    finally:
        capsys.readouterr()  # Airflow 3 prints it; a line for each of ten thousand waits helps nobody
    assert triggers <= 0
    assert threads <= shared_client.THREADS
    assert objects < ROUNDS * WAITS * len(WAYS) / 10  # one object kept for each wait would be ten times this
