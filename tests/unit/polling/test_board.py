"""One list call for many waits, and nothing that blocks or leaks between them."""

from __future__ import annotations

import asyncio
import gc
import itertools
import re
import time
import weakref
from collections.abc import Awaitable, Callable

import pytest

from astro_provider.client import AstroClient
from astro_provider.errors import (
    BadRequestError,
    ConfigurationError,
    ForbiddenError,
    RateLimitedError,
    ServerError,
    UnauthorizedError,
)
from astro_provider.http.retry import Repeat
from astro_provider.polling.board import Board, board
from astro_provider.polling.deployments import DeploymentReader
from tests.builders.deployments import deployment
from tests.builders.errors import error
from tests.builders.listings import listing

DEPLOYMENTS = DeploymentReader()
URL = "https://api.example.com/v1"
LIST = f"{URL}/organizations/clorg/deployments"


def named(deployment_id: str) -> dict[str, object]:
    return deployment(id=deployment_id, name=f"name of {deployment_id}")


def bulk(request, context):
    """The list endpoint, for ids that do not begin with "gone"."""
    ids = [i for i in request.qs.get("deploymentids", []) if not i.startswith("gone")]
    offset, limit = int(request.qs["offset"][0]), int(request.qs["limit"][0])
    page = [named(i) for i in sorted(ids)][offset : offset + limit]
    return listing("deployments", *page, total=len(ids), limit=limit, offset=offset)


def opener(*tokens: str) -> Callable[[], Awaitable[AstroClient]]:
    left = list(tokens) or ["token"]

    async def open_client() -> AstroClient:
        token = left.pop(0) if len(left) > 1 else left[0]
        return AstroClient(token, url=URL, organization_id="clorg")

    return open_client


async def read_all(one: Board, ids: list[str]) -> list[object]:
    return await asyncio.gather(*(one.read(DEPLOYMENTS, i, interval=0.01) for i in ids), return_exceptions=True)


def test_a_thousand_waits_cost_ten_requests(requests_mock):
    requests_mock.get(LIST, json=bulk)
    ids = [f"cl{i:04}" for i in range(1000)]
    found = asyncio.run(read_all(Board(opener()), ids))
    assert [d.id for d in found] == ids
    assert requests_mock.call_count == 10


def test_two_waits_for_one_deployment_share_its_read(requests_mock):
    requests_mock.get(LIST, json=bulk)
    found = asyncio.run(read_all(Board(opener()), ["cl1", "cl1"]))
    assert [d.id for d in found] == ["cl1", "cl1"]
    assert requests_mock.last_request.qs["deploymentids"] == ["cl1"]


def test_what_a_list_leaves_out_is_confirmed_before_it_counts_as_gone(requests_mock):
    requests_mock.get(LIST, json=bulk)
    requests_mock.get(f"{LIST}/gone1", status_code=404, json=error(404, "not found"))
    requests_mock.get(f"{LIST}/gone2", json=named("gone2"))
    found = asyncio.run(read_all(Board(opener()), ["cl1", "gone1", "gone2"]))
    assert [d and d.id for d in found] == ["cl1", None, "gone2"]


def test_an_error_reaches_only_the_waits_it_concerns(requests_mock):
    requests_mock.get(LIST, json=bulk)
    requests_mock.get(f"{LIST}/gone1", status_code=403, json=error(403, "no"))
    found = asyncio.run(read_all(Board(opener()), ["cl1", "gone1"]))
    assert found[0].id == "cl1"
    assert isinstance(found[1], ForbiddenError)


def test_a_failed_read_is_reported_at_once_and_not_repeated_in_the_pool(requests_mock):
    requests_mock.get(LIST, status_code=503)
    found = asyncio.run(read_all(Board(opener()), ["cl1", "cl2"]))
    assert [type(e) for e in found] == [ServerError, ServerError]
    assert requests_mock.call_count == 1


def test_a_rotated_token_is_picked_up(requests_mock):
    requests_mock.get(LIST, status_code=401, request_headers={"Authorization": "Bearer old"})
    requests_mock.get(LIST, json=bulk, request_headers={"Authorization": "Bearer new"})
    found = asyncio.run(read_all(Board(opener("old", "new")), ["cl1"]))
    assert found[0].id == "cl1"


def test_a_revoked_token_fails_the_waits(requests_mock):
    requests_mock.get(LIST, status_code=401)
    found = asyncio.run(read_all(Board(opener()), ["cl1"]))
    assert isinstance(found[0], UnauthorizedError)
    assert requests_mock.call_count == 2


def test_a_cancelled_wait_leaves_the_others_alone(requests_mock):
    requests_mock.get(LIST, json=bulk)

    async def run() -> object:
        one = Board(opener())
        cancelled, kept = (
            asyncio.create_task(one.read(DEPLOYMENTS, "cl1")),
            asyncio.create_task(one.read(DEPLOYMENTS, "cl1")),
        )
        await asyncio.sleep(0)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        return await kept

    assert asyncio.run(run()).id == "cl1"


def test_reads_that_nobody_waits_for_any_more_are_not_sent(requests_mock):
    requests_mock.get(LIST, json=bulk)

    async def run() -> object:
        one = Board(opener())
        cancelled, kept = (
            asyncio.create_task(one.read(DEPLOYMENTS, "cl1")),
            asyncio.create_task(one.read(DEPLOYMENTS, "cl2")),
        )
        await asyncio.sleep(0)
        cancelled.cancel()
        return await kept

    assert asyncio.run(run()).id == "cl2"
    assert requests_mock.last_request.qs["deploymentids"] == ["cl2"]


def test_an_id_that_the_api_cannot_read_does_no_harm_to_the_others(requests_mock):
    requests_mock.get(LIST, status_code=400, json=error(400, "bad id"))
    requests_mock.get(f"{LIST}/cl1", json=named("cl1"))
    requests_mock.get(f"{LIST}/odd", status_code=400, json=error(400, "bad id"))
    found = asyncio.run(read_all(Board(opener()), ["cl1", "odd"]))
    assert found[0].id == "cl1"
    assert isinstance(found[1], BadRequestError)


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


def test_the_connections_are_closed_when_nothing_was_read_for_a_while(requests_mock, monkeypatch):
    monkeypatch.setattr("astro_provider.polling.shared_client.IDLE", 0.01)
    requests_mock.get(LIST, json=bulk)
    opened = []

    async def open_client() -> AstroClient:
        opened.append(await opener()())
        return opened[-1]

    async def run() -> object:
        one = Board(open_client)
        await one.read(DEPLOYMENTS, "cl1")
        while one.client.is_open:
            await asyncio.sleep(0)
        return await one.read(DEPLOYMENTS, "cl1")

    assert asyncio.run(run()).id == "cl1"
    assert len(opened) == 2


def test_each_event_loop_and_connection_has_a_oneof_its_own():
    async def boards() -> tuple[Board, Board, Board]:
        return board("a", opener()), board("a", opener()), board("b", opener())

    first, same, other = asyncio.run(boards())
    assert first is same
    assert first is not other
    assert asyncio.run(boards())[0] is not first


def test_a_connection_that_cannot_be_read_just_now_does_not_end_a_wait(requests_mock):
    requests_mock.get(LIST, json=bulk)
    tries = iter([RuntimeError("the supervisor is busy"), None])

    async def open_client() -> AstroClient:
        if error := next(tries):
            raise error
        return await opener()()

    async def run() -> list[object]:
        one = Board(open_client)
        return [*await read_all(one, ["cl1"]), *await read_all(one, ["cl1"])]

    first, second = asyncio.run(run())
    assert first.retryable
    assert "the supervisor is busy" in str(first)
    assert second.id == "cl1"


def test_a_connection_that_airflow_does_not_find_any_more_does_not_end_a_wait(requests_mock, monkeypatch):
    monkeypatch.setattr("astro_provider.polling.shared_client.CLIENT_LIFE", 0)
    requests_mock.get(LIST, json=bulk)
    tries = iter([None, ConfigurationError("There is no Airflow connection 'a'.")])

    async def open_client() -> AstroClient:
        if error := next(tries):
            raise error
        return await opener()()

    async def run() -> list[object]:
        one = Board(open_client)
        return [*await read_all(one, ["cl1"]), *await read_all(one, ["cl1"])]

    assert [d.id for d in asyncio.run(run())] == ["cl1", "cl1"]


def test_the_oneof_a_loop_that_ended_is_dropped_with_its_connections(requests_mock, monkeypatch):
    requests_mock.get(LIST, json=bulk)
    closed = []
    monkeypatch.setattr(AstroClient, "close", lambda client: closed.append(client))

    async def use(key: str) -> weakref.ref[Board]:
        one = board(key, opener())
        await one.read(DEPLOYMENTS, "cl1")
        return weakref.ref(one)

    first = asyncio.run(use("a"))
    last = asyncio.run(use("b"))
    gc.collect()
    assert first() is None
    assert last() is not None
    assert len(closed) == 1


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
