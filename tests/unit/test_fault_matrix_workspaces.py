"""Every fault at every call that creates, updates or deletes a Workspace, and a kill before and after each: one end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

import pytest
import requests_mock

from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator
from astro_provider.errors import AstroError
from astro_provider.operators.workspaces import CreateWorkspaceOperator, DeleteWorkspaceOperator
from tests.unit.faults import FAULTS, LASTING, MAX_RETRIES, Call, Network

pytestmark = pytest.mark.slow

WORKSPACES = "/organizations/*/workspaces"


class KilledError(BaseException):
    """The worker's process has ended."""


@dataclass
class Here(Network):
    """What a test has to do with."""

    runner: Any = None
    pauses: list[float] = field(default_factory=list)
    kill_at: int | None = None
    kill_after_effect: bool = False

    def edge(self, request: Any) -> None:
        """End the worker at the call that was chosen, before or after it took effect; else let the faults strike."""
        if self.kill_at is not None and sum(self.sent.values()) == self.kill_at:
            self.kill_at = None
            if self.kill_after_effect:
                headers = dict(request.headers.items())
                urlopen(Request(request.url, request.body, headers, method=request.method)).close()
            raise KilledError
        super().edge(request)

    @property
    def named(self) -> list[dict[str, Any]]:
        """The Workspaces that a test is about."""
        return [each for each in self.astro.store.all("workspace") if each["name"] == "shop"]


@dataclass(frozen=True)
class Work(Call):
    """One kind of work, and a call of it.

    :param run: Does it.
    :param check: Asserts that it is done, and nothing else.
    :param begin: Makes what is there before.
    """

    run: Callable[[Here], Any]
    check: Callable[[Here, str], None]
    begin: Callable[[Here], Any] = lambda _: None


def create(here: Here) -> Any:
    return here.runner.run(CreateWorkspaceOperator, workspace_name="shop", description="new")


def update(here: Here) -> Any:
    arguments = {"workspace_name": "shop", "description": "new", "if_exists": "update"}
    return here.runner.run(CreateWorkspaceOperator, **arguments)


def delete(here: Here) -> Any:
    return here.runner.run(DeleteWorkspaceOperator, workspace="shop")


def there(here: Here) -> None:
    here.astro.add_workspace("shop", description="old", cicdEnforcedDefault=True)


def is_there(here: Here, result: str) -> None:
    assert [(each["id"], each["description"]) for each in here.named] == [(result, "new")]


def keeps_the_rest(here: Here, result: str) -> None:
    is_there(here, result)
    assert here.named[0]["cicdEnforcedDefault"] is True


def is_gone(here: Here, _: str) -> None:
    assert here.named == []


WORK = {
    "create: look up": Work("GET", WORKSPACES, create, is_there),
    "create": Work("POST", WORKSPACES, create, is_there),
    "update: read": Work("GET", f"{WORKSPACES}/*", update, keeps_the_rest, there),
    "update": Work("POST", f"{WORKSPACES}/*", update, keeps_the_rest, there),
    "delete: look up": Work("GET", WORKSPACES, delete, is_gone, there),
    "delete: what lives there": Work("GET", "/organizations/*/deployments", delete, is_gone, there),
    "delete": Work("DELETE", f"{WORKSPACES}/*", delete, is_gone, there),
}


@pytest.fixture(scope="module")
def emulator():
    with Emulator(progress="immediately") as emulator:
        yield emulator


@pytest.fixture
def here(emulator, runner, monkeypatch):
    emulator.reset()
    connection = {**emulator.connection(), "extra": {"max_retries": MAX_RETRIES}}
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))
    here = Here(emulator, runner=runner)
    monkeypatch.setitem(AstroClient.__init__.__kwdefaults__, "sleep", here.pauses.append)
    with requests_mock.Mocker(real_http=True) as network:
        network.add_matcher(here.edge)
        yield here


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", WORK)
def test_a_fault_changes_nothing_in_the_end(here, name, fault):
    work = WORK[name]
    work.begin(here)
    here.strike(work, fault)
    work.check(here, work.run(here))
    assert here.calm()


@pytest.mark.parametrize("fault", LASTING)
@pytest.mark.parametrize("name", WORK)
def test_a_fault_that_lasts_ends_the_try_and_airflows_retry_mends_it(here, name, fault):
    work = WORK[name]
    work.begin(here)
    here.strike(work, fault, times=100)
    with pytest.raises(AstroError) as caught:
        work.run(here)
    assert caught.value.retryable
    here.astro.clear_faults()
    here.strikes.clear()
    here.runner.ti.try_number = 2
    work.check(here, work.run(here))


@pytest.mark.parametrize("after_effect", [False, True], ids=["before the effect", "after the effect"])
@pytest.mark.parametrize("name", ["create", "update", "delete"])
def test_a_kill_at_any_call_is_mended_by_the_next_try(emulator, here, name, after_effect):
    work = WORK[name]
    work.begin(here)
    work.run(here)
    for number in range(sum(here.sent.values())):
        emulator.reset()
        work.begin(here)
        here.sent.clear()
        here.kill_at, here.kill_after_effect, here.runner.ti.try_number = number, after_effect, 1
        with pytest.raises(KilledError):
            work.run(here)
        here.runner.ti.try_number = 2
        work.check(here, work.run(here))
