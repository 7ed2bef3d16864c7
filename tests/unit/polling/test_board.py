"""One list call for many waits: what each of them gets, and nothing that leaks between them."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from astro_provider.client import AstroClient
from astro_provider.errors import BadRequestError, ConfigurationError, ForbiddenError, ServerError, UnauthorizedError
from astro_provider.polling.board import Board, board
from tests.builders.errors import error

from .boards import DEPLOYMENTS, LIST, bulk, named, opener, read_all


@pytest.mark.slow
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
    closed.clear()  # what other tests left
    last = asyncio.run(use("b"))
    gc.collect()
    assert first() is None
    assert last() is not None
    assert len(closed) == 1
