"""Every fault at every call that gives a token a value or sets an environment object: one token, one object, one value.

The value that the store has in the end works, whatever happened to the responses that held others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from astro_provider.emulator import Emulator
from astro_provider.operators.api_tokens import RenewApiTokenOperator, RotateApiTokenOperator
from astro_provider.operators.environment_objects import SetEnvironmentObjectOperator
from tests.unit.faults import FAULTS, LASTING, Call, Network
from tests.unit.operators.api_tokens.organization import Store, Tokens, id_of

pytestmark = pytest.mark.slow

TOKENS = "/organizations/*/tokens"
OBJECTS = "/organizations/*/environment-objects"


@dataclass
class Here(Network):
    """What a test has to do with."""

    store: Store = field(default_factory=Store)

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.astro)


@dataclass(frozen=True)
class Work(Call):
    """One kind of work, and the call that does it.

    :param run: Does it, through the surface that a DAG author uses.
    :param check: Asserts that it is done, and nothing else.
    :param begin: Makes what is there before.
    """

    run: Callable[[Here], Any]
    check: Callable[[Here, str], None]
    begin: Callable[[Here], Any] = lambda _: None


def renew(here: Here) -> Any:
    arguments = {"token_name": "ci", "role": "WORKSPACE_AUTHOR", "workspace": "Development", "store": here.store}
    return here.runner.run(RenewApiTokenOperator, **arguments)


def expiring(here: Here) -> None:
    first = renew(here)
    deployment = here.astro.add_deployment("one")
    role = {"entityType": "DEPLOYMENT", "entityId": deployment, "role": "DEPLOYMENT_ADMIN"}
    here.tokens.change(first, roles=[*here.tokens.shown(first)["roles"], role])
    here.tokens.age(80)


def retired(here: Here) -> None:
    expiring(here)
    renew(here)
    here.tokens.age(9)


def renewed(here: Here, result: str) -> None:
    names = here.tokens.all
    assert names.pop(result) == "ci"
    assert all(name.startswith("ci (retired") for name in names.values())
    assert len(names) <= 1
    assert id_of(here.store.values[-1]) == result
    assert here.tokens.works(here.store.values[-1])
    assert here.tokens.shown(result)["description"].endswith(": in use]")


def cleaned(here: Here, result: str) -> None:
    renewed(here, result)
    assert list(here.tokens.all) == [result]


def leaked(here: Here) -> None:
    here.store.values.append(here.astro.issue_token("WORKSPACE_AUTHOR", name="ci"))


def rotate(here: Here) -> Any:
    return here.runner.run(RotateApiTokenOperator, token_name="ci", store=here.store)


def rotated(here: Here, result: str) -> None:
    assert list(here.tokens.all) == [result]
    assert [here.tokens.works(value) for value in here.store.values] == [False, True]


def put(here: Here) -> Any:
    arguments = {"key": "token", "object_type": "AIRFLOW_VARIABLE", "workspace": "Development", "value": "s3cr3t"}
    return here.runner.run(SetEnvironmentObjectOperator, **arguments)


def there(here: Here) -> None:
    secret = {"value": "old", "isSecret": True}
    place = ("WORKSPACE", here.astro.workspace_id)
    here.astro.add_environment_object("token", "AIRFLOW_VARIABLE", *place, airflowVariable=secret)


def stored(here: Here, result: str) -> None:
    (only,) = here.astro.store.all("environment_object")
    assert (only["id"], only["airflowVariable"]["value"]) == (result, "s3cr3t")


WORK = {
    "create token": Work("POST", TOKENS, renew, renewed),
    "renew: create": Work("POST", TOKENS, renew, renewed, expiring),
    "renew: roles": Work("POST", f"{TOKENS}/*/roles", renew, renewed, expiring),
    "renew: mark": Work("POST", f"{TOKENS}/*", renew, renewed, expiring),
    "renew: prove": Work("GET", f"{TOKENS}/*", renew, renewed, expiring),
    "renew: delete": Work("DELETE", f"{TOKENS}/*", renew, cleaned, retired),
    "rotate": Work("POST", f"{TOKENS}/*/rotate", rotate, rotated, leaked),
    "create object": Work("POST", OBJECTS, put, stored),
    "update object": Work("POST", f"{OBJECTS}/*", put, stored, there),
}


@pytest.fixture(scope="module")
def emulator():
    with Emulator(progress="reads:1") as emulator:
        yield emulator


@pytest.fixture
def here(emulator, runner, monkeypatch):
    emulator.reset()
    here = Here(emulator, runner)
    with here.in_between(monkeypatch):
        yield here


@pytest.fixture(params=WORK)
def work(request, here) -> Work:
    WORK[request.param].begin(here)
    return WORK[request.param]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_survived_and_leaves_nothing_behind(here, work, fault, caplog):
    here.strike(work, fault)
    work.check(here, work.run(here))
    assert here.calm()
    assert not any(value in caplog.text for value in here.store.values)


@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_lasts_ends_the_try_and_airflow_s_retry_mends_it(here, work, fault):
    here.fail_for_now(work, fault, lambda: work.run(here))
    if work.check is renewed:
        assert all(here.tokens.works(value) for value in here.store.values)
    work.check(here, work.run(here))
