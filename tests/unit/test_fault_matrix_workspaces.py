"""Every fault at every call that creates, updates or deletes a Workspace, and a kill before and after each: one end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from astro_provider.emulator import Emulator
from astro_provider.operators.workspaces import CreateWorkspaceOperator, DeleteWorkspaceOperator
from tests.unit.faults import FAULTS, LASTING, Call, Network

pytestmark = pytest.mark.slow

WORKSPACES = "/organizations/*/workspaces"


@dataclass
class Here(Network):
    """What a test has to do with."""

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
    here = Here(emulator, runner)
    with here.in_between(monkeypatch):
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
    here.fail_for_now(work, fault, lambda: work.run(here))
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
        here.kill(number, lambda: work.run(here), after_effect=after_effect)
        work.check(here, work.run(here))
