"""A poll of more than one read: the same steps alone in a worker and shared in a triggerer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from astro_provider.errors import ForbiddenError, NotFoundError
from astro_provider.polling.reads import Read, Reads, read_alone, read_shared
from tests.builders.errors import error as error_body

FORBIDDEN = ForbiddenError("GET", "/dags", 403, error_body(403, "no role")["message"])


class Shelf:
    """Reads from a dict: an error is raised, and what is not there does not exist."""

    batch_size = 1

    def __init__(self, **things: Any) -> None:
        self.things = things

    def group(self, key: str) -> None:
        return None

    def read_batch(self, client: Any, keys: Any) -> dict[str, Any]:
        raise AssertionError("nobody asks for it here")

    def read_one(self, client: Any, key: str) -> Any:
        thing = self.things.get(key)
        if thing is None:
            raise NotFoundError("GET", f"/{key}", 404, "gone")
        if isinstance(thing, Exception):
            raise thing
        return thing


class SharedShelf:
    """The same behind the door that a triggerer has."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | None, str]] = []

    def of(self, deployment_id: str | None) -> Any:
        async def read(reader: Shelf, key: str, *, interval: float, patience: float) -> Any:
            self.asked.append((deployment_id, key))
            try:
                return reader.read_one(None, key)
            except NotFoundError:
                return None

        board = type("Board", (), {})()
        board.read = read
        return board


def poll(shelf: Shelf) -> Reads:
    deployment = yield Read(shelf, "deployment")
    if deployment is None:
        return None
    try:
        dags = yield Read(shelf, "dags", airflow_of="cl1")
    except ForbiddenError:
        dags = "unknown"
    return (deployment, dags)


@pytest.fixture(params=["alone", "shared"])
def run(request):
    def run(shelf: Shelf) -> Any:
        if request.param == "alone":
            return read_alone(poll(shelf), None)
        return asyncio.run(read_shared(poll(shelf), SharedShelf().of, interval=1, patience=1))

    return run


def test_each_read_decides_by_the_one_before(run):
    assert run(Shelf(deployment="healthy", dags=["a"])) == ("healthy", ["a"])
    assert run(Shelf(deployment="healthy")) == ("healthy", None)
    assert run(Shelf()) is None


def test_a_poll_may_go_on_without_a_read_that_failed(run):
    assert run(Shelf(deployment="healthy", dags=FORBIDDEN)) == ("healthy", "unknown")


def test_an_error_that_the_poll_cannot_do_without_ends_it(run):
    with pytest.raises(ForbiddenError):
        run(Shelf(deployment=FORBIDDEN))


def test_each_api_is_read_through_its_own_board():
    shared = SharedShelf()
    asyncio.run(read_shared(poll(Shelf(deployment="healthy", dags=["a"])), shared.of, interval=1, patience=1))
    assert shared.asked == [(None, "deployment"), ("cl1", "dags")]
