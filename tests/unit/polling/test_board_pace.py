"""How fast a board asks, how long failures hold it back, and how it wakes those who wait."""

from __future__ import annotations

import asyncio
import itertools
import re
import time

import pytest

from astro_provider.client import AstroClient
from astro_provider.errors import RateLimitedError, ServerError
from astro_provider.http.retry import Repeat
from astro_provider.polling.board import Board, board
from tests.builders.errors import error

from .boards import DEPLOYMENTS, LIST, bulk, opener, read_all


def times_of_calls(requests_mock) -> list[float]:
    """The loop times at which list calls began."""
    began: list[float] = []
    requests_mock.get(LIST, json=lambda request, context: began.append(time.monotonic()) or bulk(request, context))
    return began


def test_bulk_reads_keep_their_distance(requests_mock):
    began = times_of_calls(requests_mock)
    asyncio.run(read_all(Board(opener(), share=0.8), [f"cl{i:04}" for i in range(500)]))
    assert len(began) == 5
    # 80 % of 25 a second: the fifth may begin 4 x 50 ms after the first, less what a busy machine delays the first by.
    assert began[4] - began[0] > 0.15


@pytest.mark.slow
def test_reads_that_come_while_others_wait_for_their_turn_join_them(requests_mock):
    requests_mock.get(LIST, json=bulk)

    async def run() -> list[object]:
        one, reads = Board(opener(), share=0.1), []  # a turn each 0.4 s
        for number in range(8):
            reads.append(asyncio.ensure_future(one.read(DEPLOYMENTS, f"cl{number}", interval=1)))
            await asyncio.sleep(0.04)
        return await asyncio.gather(*reads)

    assert len(asyncio.run(run())) == 8
    assert requests_mock.call_count == 2


@pytest.mark.slow
def test_while_the_api_fails_reads_are_held_back_longer_and_longer(requests_mock):
    requests_mock.get(LIST, status_code=503)

    async def run() -> list[float]:
        one, loop, held = Board(opener()), asyncio.get_running_loop(), []
        for _ in range(4):
            began = loop.time()
            await asyncio.gather(one.read(DEPLOYMENTS, "cl1", interval=0.1), return_exceptions=True)
            held.append(loop.time() - began)
        return held

    held = asyncio.run(run())
    # At least half of a pause that doubles with each failure; how much longer, a busy machine decides.
    assert [took >= least for took, least in zip(held[1:], (0.05, 0.1, 0.2), strict=True)] == [True] * 3
    assert requests_mock.call_count == 4


@pytest.mark.slow
def test_retry_after_is_kept_by_all_waits_of_the_connection(requests_mock):
    responses = [{"status_code": 429, "headers": {"Retry-After": "1"}, "json": {}}, {"json": bulk}]
    requests_mock.get(LIST, responses)

    async def run() -> tuple[object, float, list[object]]:
        one, loop = Board(opener()), asyncio.get_running_loop()
        (error,) = await read_all(one, ["cl1"])
        began = loop.time()
        found = await asyncio.gather(*(one.read(DEPLOYMENTS, i, interval=0.01) for i in ("cl1", "cl2", "cl3")))
        return error, loop.time() - began, found

    error, took, found = asyncio.run(run())
    assert isinstance(error, RateLimitedError)
    assert took > 0.9
    assert [d.id for d in found] == ["cl1", "cl2", "cl3"]
    assert requests_mock.call_count == 2


@pytest.mark.slow
def test_a_success_ends_the_holding_back(requests_mock):
    requests_mock.get(LIST, [{"status_code": 503}, {"json": bulk}])

    async def run() -> float:
        one, loop = Board(opener()), asyncio.get_running_loop()
        await asyncio.gather(one.read(DEPLOYMENTS, "cl1", interval=0.1), return_exceptions=True)
        await one.read(DEPLOYMENTS, "cl1", interval=60)
        began = loop.time()
        await one.read(DEPLOYMENTS, "cl1", interval=60)
        return loop.time() - began

    assert asyncio.run(run()) < 5


@pytest.mark.slow
def test_other_reads_are_held_back_with_those_of_the_waits(requests_mock):
    requests_mock.get(LIST, [{"status_code": 503}, {"status_code": 503}, {"json": bulk}])

    async def run() -> tuple[float, list[object]]:
        one, loop = Board(opener()), asyncio.get_running_loop()

        def count(client: AstroClient) -> int:
            return len(client.deployments.list(deployment_ids=["cl1"], repeat=Repeat.NEVER))

        errors = [
            *await asyncio.gather(one.call(count, interval=0.2), return_exceptions=True),
            *await asyncio.gather(one.read(DEPLOYMENTS, "cl1", interval=0.2), return_exceptions=True),
        ]
        began = loop.time()
        assert await one.call(count, interval=0.2) == 1
        return loop.time() - began, errors

    took, errors = asyncio.run(run())
    assert [type(e) for e in errors] == [ServerError, ServerError]
    assert took >= 0.15  # twice in a row: half of 0.4 s at the least, less what the responses took


@pytest.mark.slow
def test_a_rate_limit_holds_back_the_confirmations_that_are_left(requests_mock):
    requests_mock.get(LIST, json=bulk)
    asked: list[float] = []

    def one(request, context):
        asked.append(time.monotonic())
        context.status_code, context.headers["Retry-After"] = (429, "0.3") if len(asked) == 1 else (404, "0")
        return error(context.status_code, "no")

    requests_mock.get(re.compile(f"{LIST}/gone"), json=one)
    found = asyncio.run(read_all(Board(opener(), share=0.4), ["gone1", "gone2", "gone3"]))
    assert [type(d) for d in found].count(RateLimitedError) == 1
    assert found.count(None) == 2
    assert asked[1] - asked[0] >= 0.3


def test_waits_that_get_their_results_together_are_woken_one_in_each_turn(requests_mock):
    requests_mock.get(LIST, json=bulk)
    ids = [f"cl{i:04}" for i in range(300)]

    async def run() -> list[int]:
        one, woken = Board(opener()), 0

        async def wait(deployment_id: str) -> None:
            nonlocal woken
            await one.read(DEPLOYMENTS, deployment_id, interval=1)
            woken += 1

        waits, turns = [asyncio.ensure_future(wait(i)) for i in ids], [0]
        while not all(each.done() for each in waits):
            await asyncio.sleep(0)  # everything else in the loop has its turn
            turns.append(woken)
        return [after - before for before, after in itertools.pairwise(turns)]

    woken_per_turn = asyncio.run(run())
    assert sum(woken_per_turn) == 300
    assert max(woken_per_turn) == 1


def test_boards_of_several_connections_do_not_wake_their_waits_in_one_turn(requests_mock):
    requests_mock.get(LIST, json=bulk)

    async def run() -> list[int]:
        boards, woken = [board(name, opener()) for name in "abcde"], 0

        async def wait(one: Board, deployment_id: str) -> None:
            nonlocal woken
            await one.read(DEPLOYMENTS, deployment_id, interval=1)
            woken += 1

        waits, turns = [asyncio.ensure_future(wait(one, f"cl{i}")) for one in boards for i in range(50)], [0]
        while not all(each.done() for each in waits):
            await asyncio.sleep(0)
            turns.append(woken)
        return [after - before for before, after in itertools.pairwise(turns)]

    assert max(asyncio.run(run())) == 1
