"""Every fault at every kind of call: each ends in the right state, with as many Deployments and requests as it should.

A fault strikes the call that does the work, the first time that it is made. Requests are counted where they arrive:
a host name that cannot be resolved is a request that nobody saw. The client's pauses are recorded, not slept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
import requests_mock

from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator
from astro_provider.errors import AstroError, WaitTimeoutError
from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    DeleteDeploymentOperator,
    HibernateDeploymentOperator,
    InspectDeploymentOperator,
    ListDeploymentsOperator,
    UpdateDeploymentFromFileOperator,
)
from tests.slow import mostly_slow
from tests.unit.faults import EFFECTIVE, FAULTS, LASTING, MAX_RETRIES, REFUSED, Call, Network

LIST = "/organizations/*/deployments"
MEMBER, OVERRIDE = f"{LIST}/*", f"{LIST}/*/hibernation-override"
FILE = """\
deployment:
    configuration: {name: staging, description: new words}
"""


@dataclass
class Here(Network):
    """What a test has to do with: the emulator, a runner of tasks, and the network between the two."""

    runner: Any = None
    template: str = ""
    pauses: list[float] = field(default_factory=list)

    def made(self) -> int:
        """How many Deployments were ever made, by the log that the API keeps of what took effect."""
        return sum(e["method"] == "POST" and e["path"].endswith("/deployments") for e in self.astro.audit_records)


@dataclass(frozen=True)
class Work(Call):
    """One kind of work, and the call that does it.

    :param run: Does it, through the surface that a DAG author uses.
    :param undisturbed: Requests of a run in which nothing goes wrong.
    :param left: Names and statuses of the Deployments afterwards.
    :param begin: Name of a Deployment that is there before.
    """

    run: Callable[[Here], Any]
    undisturbed: dict[str, int]
    left: list[tuple[str, str]]
    begin: str | None = None


def create(here: Here, **arguments: Any) -> Any:
    arguments = {"wait": False, "environment_variables": {"PASSWORD": "s3cr3t"}, **arguments}
    return here.runner.run(
        CreateDeploymentFromTemplateOperator, template=here.template, deployment_name="new", **arguments
    )


def update(here: Here) -> Any:
    deployment_id = here.runner.run(UpdateDeploymentFromFileOperator, deployment_file=FILE, wait=False)
    assert here.astro.deployments[0]["description"] == "new words"
    return deployment_id


def delete(here: Here) -> Any:
    return here.runner.run(DeleteDeploymentOperator, deployment_id=here.runner.ti.xcoms["begin"])


def inspect(here: Here) -> Any:
    return here.runner.run(InspectDeploymentOperator, deployment_id=here.runner.ti.xcoms["begin"])


def listing(here: Here) -> Any:
    found = here.runner.run(ListDeploymentsOperator, name_pattern="stag*")
    assert found == [here.runner.ti.xcoms["begin"]]
    return found


def hibernate(here: Here) -> Any:
    deployment_id = here.runner.run(HibernateDeploymentOperator, deployment_id=here.runner.ti.xcoms["begin"])
    assert here.astro.deployments[0]["scalingSpec"]["hibernationSpec"]["override"]["isHibernating"]
    return deployment_id


WORK = {
    "create": Work("POST", LIST, create, {"GET": 2, "POST": 1}, [("new", "CREATING")]),
    "update": Work("POST", MEMBER, update, {"GET": 1, "POST": 1}, [("staging", "DEPLOYING")], "staging"),
    "hibernate": Work("POST", OVERRIDE, hibernate, {"GET": 1, "POST": 1}, [("staging", "HEALTHY")], "staging"),
    "delete": Work("DELETE", MEMBER, delete, {"GET": 1, "DELETE": 1}, [], "staging"),
    "wait in the worker": Work(
        "GET", MEMBER, partial(create, wait=True, deferrable=False), {"GET": 5, "POST": 1}, [("new", "HEALTHY")]
    ),
    "wait in the triggerer": Work(
        "GET", LIST, partial(create, wait=True, deferrable=True), {"GET": 5, "POST": 1}, [("new", "HEALTHY")]
    ),
    "list": Work("GET", LIST, listing, {"GET": 1}, [("staging", "HEALTHY")], "staging"),
    "inspect": Work("GET", MEMBER, inspect, {"GET": 1}, [("staging", "HEALTHY")], "staging"),
}


def cost(name: str, fault: str) -> Counter[str]:
    """The requests that one fault adds."""
    if name == "create" and fault in EFFECTIVE:
        return Counter({"GET": 1})  # looked up, and found
    if name == "create" and fault not in REFUSED:
        return Counter({"GET": 1, "POST": 1})  # looked up, not found, and created
    if name.startswith("wait") and fault in EFFECTIVE:
        return Counter()  # the look counted, by which the emulator moves the status on
    if name == "delete" and fault == "truncated JSON":
        return Counter()  # its answer has no body that could be cut
    return Counter({WORK[name].method: 1})


@pytest.fixture(scope="module")
def emulator():
    with Emulator(progress="reads:1") as emulator:
        yield emulator


@pytest.fixture
def astro(emulator, monkeypatch):
    """One emulator for all, since starting it takes longer than a test."""
    emulator.reset()
    connection = {**emulator.connection(), "extra": {"max_retries": MAX_RETRIES}}
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))
    return emulator


@pytest.fixture
def here(astro, runner, template, monkeypatch):
    here = Here(astro, runner=runner, template=template)
    monkeypatch.setitem(AstroClient.__init__.__kwdefaults__, "sleep", here.pauses.append)
    with requests_mock.Mocker(real_http=True) as network:
        network.add_matcher(here.edge)
        yield here


@pytest.fixture(params=WORK)
def name(request, here) -> str:
    """The kind of call; what has to be there before it is there."""
    if begin := WORK[request.param].begin:
        here.runner.ti.xcom_push("begin", here.astro.add_deployment(begin, isDevelopmentMode=True))
    return request.param


def state(here: Here) -> list[tuple[str, str]]:
    return [(deployment["name"], deployment["status"]) for deployment in here.astro.deployments]


def test_when_nothing_goes_wrong(here, name):
    assert WORK[name].run(here)
    assert state(here) == WORK[name].left
    assert here.sent == WORK[name].undisturbed


@pytest.mark.parametrize("fault", mostly_slow(FAULTS))
def test_a_fault_costs_a_repetition_and_changes_nothing_else(here, name, fault):
    work = WORK[name]
    here.strike(work, fault)
    assert work.run(here)
    assert here.calm()
    assert state(here) == work.left
    assert here.made() == (0 if work.begin else 1)
    assert here.sent == Counter(work.undisturbed) + cost(name, fault)
    if fault == "429 with Retry-After" and not name.startswith("wait"):  # their own loop is the retry loop
        assert here.pauses == [1.0]


@pytest.mark.parametrize("fault", mostly_slow(LASTING))
@pytest.mark.parametrize("name", [name for name in WORK if not name.startswith("wait")], indirect=True)
def test_a_fault_that_lasts_ends_the_try_and_airflow_s_retry_mends_it(here, name, fault):
    work = WORK[name]
    here.strike(work, fault, times=100)
    with pytest.raises(AstroError) as caught:
        work.run(here)
    assert caught.value.retryable
    assert here.sent[work.method] - work.undisturbed[work.method] == MAX_RETRIES
    assert here.made() == 0
    here.astro.clear_faults()
    here.strikes.clear()
    here.runner.ti.try_number = 2
    assert work.run(here)
    assert state(here) == work.left
    assert here.made() == (0 if work.begin else 1)


@pytest.mark.parametrize("fault", mostly_slow(LASTING))
@pytest.mark.parametrize("deferrable", [False, True], ids=["worker", "triggerer"])
def test_a_fault_that_lasts_ends_a_wait_at_its_deadline_only(here, deferrable, fault):
    work = WORK["wait in the triggerer" if deferrable else "wait in the worker"]
    here.strike(work, fault, times=1000)
    with pytest.raises(WaitTimeoutError, match=r"last status was CREATING.*The last read failed: GET ") as caught:
        create(here, wait=True, deferrable=deferrable, timeout=0.1)
    assert caught.value.retryable
    here.astro.clear_faults()
    here.strikes.clear()
    here.runner.ti.try_number = 2
    assert work.run(here)
    assert (state(here), here.made()) == (work.left, 1)
