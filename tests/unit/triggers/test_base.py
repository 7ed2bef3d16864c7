"""A new kind of wait states what to ask and what it is called; everything else it has from its base."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import pytest

from astro_provider.errors import NotFoundError
from astro_provider.polling.deployments import DeploymentReader
from astro_provider.triggers.base import WaitTrigger
from astro_provider.triggers.deployment import DeploymentStatusTrigger
from astro_provider.waits.wait import Words

NOW = time.time()
EVERYTHING = {
    "astro_conn_id": "astro_other",
    "deployment_id": "cl1",
    "target_statuses": ["HEALTHY", "HIBERNATING"],
    "failure_statuses": ["UNKNOWN"],
    "gone": True,
    "settle_until": 5.5,
    "poll_interval": 7.0,
    "started_at": NOW,
    "deadline": NOW + 60,
    "limit": "execution_timeout",
    "url": "https://ui/x",
    "known_as": "Deployment 'a' (cl1)",
    "last_status": "CREATING",
    "cancel_if_killed": True,
    "put_back": {"deployment_id": "cl1", "own": {"asleep": False, "until": None}, "earlier": None},
}


class RunKey(NamedTuple):
    deployment_id: str
    run_id: str


@dataclass(frozen=True)
class Run:
    """A thing with a status that is no Deployment."""

    key: RunKey
    status: str
    status_reason: str | None = None

    @property
    def label(self) -> str:
        return f"Run {self.key.run_id}"

    @property
    def facts(self) -> dict[str, str | None]:
        return {"run_id": self.key.run_id}


class RunReader:
    """Reads runs from a dict instead of an API, and keeps what it was asked."""

    batch_size = 2

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.confirmed: list[str] = []
        self.runs: dict[str, str] = {}

    def group(self, key: RunKey) -> str:
        return key.deployment_id

    def read_batch(self, client: Any, keys: Sequence[RunKey]) -> dict[RunKey, Run]:
        self.batches.append(sorted(key.run_id for key in keys))
        return {key: Run(key, self.runs[key.run_id]) for key in keys if self.runs.get(key.run_id)}

    def read_one(self, client: Any, key: RunKey) -> Run:
        self.confirmed.append(key.run_id)
        if key.run_id not in self.runs:
            raise NotFoundError("GET", "/run", 404, "no such run")
        return Run(key, "late")


class RunTrigger(WaitTrigger):
    """Waits for a run: this is all that a new kind of wait needs."""

    reader: ClassVar[RunReader] = RunReader()
    words: ClassVar[Words] = Words("Run", cancelled="failed")

    deployment_id: str
    run_id: str
    target_statuses: Collection[str] = ("success",)

    @property
    def key(self) -> RunKey:
        return RunKey(self.deployment_id, self.run_id)


def recreated(trigger: WaitTrigger) -> WaitTrigger:
    """Recreate a trigger as a triggerer does."""
    path, fields = trigger.serialize()
    module, name = path.rsplit(".", 1)
    return getattr(import_module(module), name)(**json.loads(json.dumps(fields)))


@pytest.fixture
def reader(monkeypatch) -> RunReader:
    monkeypatch.setattr(RunTrigger, "reader", RunReader())
    return RunTrigger.reader


def wait_for(*runs: tuple[str, str], seconds: float = 30, **fields: Any) -> list[dict[str, Any]]:
    """Wait for runs in one triggerer; returns the events."""
    limits = {"started_at": time.time(), "deadline": time.time() + seconds, "poll_interval": 0.01}

    async def first(trigger: WaitTrigger) -> dict[str, Any]:
        async for event in trigger.run():
            return event.payload
        raise AssertionError("no event")

    async def every() -> list[dict[str, Any]]:
        given = {"astro_conn_id": "astro_default", **limits, **fields}
        triggers = [RunTrigger(deployment_id=deployment, run_id=run, **given) for deployment, run in runs]
        return await asyncio.gather(*(first(recreated(trigger)) for trigger in triggers))

    return asyncio.run(every())


def test_every_field_of_a_trigger_survives_serialization():
    trigger = DeploymentStatusTrigger(**EVERYTHING)
    path, fields = trigger.serialize()
    assert path == "astro_provider.triggers.deployment.DeploymentStatusTrigger"
    assert fields == EVERYTHING
    assert recreated(trigger).serialize() == (path, fields)


def test_defaults_survive_serialization_and_nothing_is_lost_between_processes():
    trigger = DeploymentStatusTrigger(astro_conn_id="a", deployment_id="cl1", started_at=NOW, deadline=NOW)
    assert recreated(recreated(trigger)).serialize() == trigger.serialize()
    assert trigger.target_statuses == ["HEALTHY"]


def test_a_field_that_is_not_there_is_refused():
    with pytest.raises(TypeError, match="statuses"):
        DeploymentStatusTrigger(**EVERYTHING, statuses=["HEALTHY"])


@pytest.mark.slow
def test_another_kind_of_thing_is_read_in_groups_and_confirmed_one_by_one(astro, reader):
    reader.runs = {"r1": "success", "r2": "success", "r3": "success", "r4": "success", "r5": ""}
    wanted = [("cl1", "r1"), ("cl1", "r2"), ("cl1", "r3"), ("cl2", "r4"), ("cl2", "gone"), ("cl1", "r1")]
    events = wait_for(*wanted)
    assert [event["outcome"] for event in events] == ["done"] * 4 + ["gone", "done"]
    assert events[0]["facts"] == {"run_id": "r1"}
    assert events[0]["message"].startswith("Run r1: success after ")
    assert events[4]["message"] == "Run gone was deleted while this task waited for success."
    assert reader.batches == [["r1", "r2"], ["r3"], ["gone", "r4"]]
    assert reader.confirmed == ["gone"]


@pytest.mark.slow
def test_what_a_list_leaves_out_but_a_read_finds_is_waited_for(astro, reader):
    reader.runs = {"r5": ""}
    (event,) = wait_for(("cl1", "r5"), seconds=0.3)
    assert event["outcome"] == "timed out"
    assert "Run r5 had not reached the status success" in event["message"]
    assert "the last status was late" in event["message"]


def test_a_failure_status_of_another_kind_fails_its_wait(astro, reader):
    reader.runs = {"r1": "failed"}
    (event,) = wait_for(("cl1", "r1"), failure_statuses=["failed"])
    assert event["outcome"] == "failed"


def test_an_error_that_is_nobodys_response_is_not_hidden(astro, reader):
    reader.runs = None
    with pytest.raises(AttributeError):
        wait_for(("cl1", "r1"))


COMPLETE = {
    "__module__": __name__,
    "__annotations__": {"thing_id": "str"},
    "reader": DeploymentReader(),
    "words": Words("Thing"),
    "key": property(lambda self: self.thing_id),
}


def test_a_class_that_states_everything_is_complete():
    trigger = type("Complete", (WaitTrigger,), dict(COMPLETE))
    made = trigger(astro_conn_id="a", thing_id="t1", started_at=0, deadline=1)
    assert made.serialize()[1]["thing_id"] == "t1"
    assert made.key == "t1"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reader": None}, "`reader` has to be a Reader"),
        ({"reader": object()}, "`reader` has to be a Reader"),
        ({"words": None}, "`words` has to be Words"),
        ({"words": "Thing"}, "`words` has to be Words"),
        ({"key": None}, "`key` has to return"),
        ({"__init__": lambda self, **_: None}, "`__init__` comes from the fields"),
        ({"serialize": lambda self: ("", {})}, "`serialize` comes from the fields"),
        ({"__annotations__": {"thing_id": "str", "since": "object"}, "since": NOW.__class__}, "default of `since`"),
    ],
)
def test_an_incomplete_class_is_refused_when_it_is_made(change, words):
    parts = {name: value for name, value in {**COMPLETE, **change}.items() if value is not None}
    with pytest.raises(TypeError, match=f"Incomplete cannot wait for anything yet: .*{words}"):
        type("Incomplete", (WaitTrigger,), parts)


def test_a_trigger_that_should_cancel_what_it_cannot_cancel_is_refused():
    with pytest.raises(TypeError, match="RunTrigger has nothing to cancel"):
        RunTrigger(astro_conn_id="a", deployment_id="d", run_id="r", started_at=0, deadline=1, cancel_if_killed=True)
