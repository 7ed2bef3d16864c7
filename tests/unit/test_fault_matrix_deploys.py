"""Every fault at every call of a deploy, and a kill before and after each of them: always one effective deploy.

As in ``test_fault_matrix``, a fault strikes the first call of its kind. A kill ends the worker's process: nothing of it
goes on, and Airflow starts the task again, as the same task instance with the next number of its tries.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import requests_mock

from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator
from astro_provider.errors import AstroError, WaitTimeoutError
from astro_provider.operators.deploys import (
    DeleteDbtProjectOperator,
    DeployCodeOperator,
    DeployDbtProjectOperator,
    RollbackDeployOperator,
)
from tests.slow import mostly_slow
from tests.unit.faults import FAULTS, LASTING, MAX_RETRIES, Call, Network

DEPLOYMENT = "/organizations/*/deployments/*"
DEPLOYS, DEPLOY = f"{DEPLOYMENT}/deploys", f"{DEPLOYMENT}/deploys/*"
AIRFLOW = "/airflow/*/api/*"
OLD, NEW = (
    "from airflow import DAG\nDAG('old', schedule=None)\n",
    "from airflow import DAG\nDAG('new', schedule=None)\n",
)
SHOP = "/usr/local/airflow/dbt/shop"


class KilledError(BaseException):
    """The worker's process has ended."""


@dataclass
class Here(Network):
    """What a test has to do with: the emulator, a runner of tasks, and the network between the two."""

    runner: Any = None
    folder: Path = Path()
    staging: str = ""
    before: int = 0
    pauses: list[float] = field(default_factory=list)
    kill_at: int | None = None
    kill_after_effect: bool = False

    def edge(self, request: Any) -> None:
        """End the worker at the call that was chosen, before or after it took effect; else let the faults strike."""
        if self.kill_at is not None and sum(self.sent.values()) == self.kill_at:
            self.kill_at = None
            if self.kill_after_effect:
                headers = dict(request.headers.items())
                body = request.body.read() if hasattr(request.body, "read") else request.body
                urlopen(Request(request.url, body, headers, method=request.method)).close()
            raise KilledError
        super().edge(request)

    def deploys(self) -> list[dict[str, Any]]:
        """The deploys that this test's task made."""
        return self.astro.store.all("deploy")[self.before :]

    def assert_deployed_once(self) -> None:
        """One deploy took effect, and no other one was begun."""
        assert [deploy["status"] for deploy in self.deploys()] == ["DEPLOYED"]


def deploy_dags(here: Here, **arguments: Any) -> Any:
    given = {"dags_folder": str(here.folder / "dags"), "deployment_id": here.staging, "git": None, "wait": False}
    return here.runner.run(DeployCodeOperator, **{**given, **arguments})


def deploy_dbt(here: Here) -> Any:
    given = {"project_folder": str(here.folder / "dbt"), "deployment_id": here.staging, "git": None, "wait": False}
    return here.runner.run(DeployDbtProjectOperator, **given)


def delete_dbt(here: Here) -> Any:
    return here.runner.run(DeleteDbtProjectOperator, mount_path=SHOP, deployment_id=here.staging, wait=False)


def roll_back(here: Here) -> Any:
    return here.runner.run(RollbackDeployOperator, deployment_id=here.staging, wait=False)


@dataclass(frozen=True)
class Work(Call):
    """One kind of work, and a call of it."""

    run: Callable[[Here], Any]


wait_here = partial(deploy_dags, wait=True, deferrable=False, timeout=30)
wait_there = partial(deploy_dags, wait=True, deferrable=True, timeout=30)
WORK = {
    "deployment": Work("GET", DEPLOYMENT, deploy_dags),
    "list": Work("GET", DEPLOYS, deploy_dags),
    "create": Work("POST", DEPLOYS, deploy_dags),
    "upload": Work("PUT", "/uploads/*", deploy_dags),
    "finalize": Work("POST", f"{DEPLOY}/finalize", deploy_dags),
    "create of a dbt project": Work("POST", DEPLOYS, deploy_dbt),
    "finalize of a dbt project": Work("POST", f"{DEPLOY}/finalize", deploy_dbt),
    "finalize of a deletion": Work("POST", f"{DEPLOY}/finalize", delete_dbt),
    "rollback": Work("POST", f"{DEPLOY}/rollback", roll_back),
}
WAITS = {
    "worker: deploy": Work("GET", DEPLOY, wait_here),
    "worker: DAGs": Work("GET", f"{AIRFLOW}/dags", wait_here),
    "worker: import errors": Work("GET", f"{AIRFLOW}/importErrors", wait_here),
    "triggerer: Deployments": Work("GET", "/organizations/*/deployments", wait_there),
    "triggerer: deploy": Work("GET", DEPLOY, wait_there),
    "triggerer: DAGs": Work("GET", f"{AIRFLOW}/dags", wait_there),
    "triggerer: import errors": Work("GET", f"{AIRFLOW}/importErrors", wait_there),
}


@pytest.fixture(scope="module")
def emulator():
    with Emulator(progress="reads:1") as emulator:
        yield emulator


@pytest.fixture
def here(emulator, runner, tmp_path, monkeypatch, caplog):
    emulator.reset()
    connection = {**emulator.connection(), "extra": {"max_retries": MAX_RETRIES}}
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))
    here = Here(emulator, runner=runner, folder=tmp_path, staging=emulator.add_deployment("staging"))
    monkeypatch.setitem(AstroClient.__init__.__kwdefaults__, "sleep", here.pauses.append)
    for name, content in {"dags/new.py": NEW, "dbt/dbt_project.yml": "name: shop\n"}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content)
    for content in (b"", OLD.encode()):
        emulator.add_deploy(here.staging, {"dags/old.py": content})
    caplog.set_level(logging.DEBUG)
    with requests_mock.Mocker(real_http=True) as network:
        network.add_matcher(here.edge)
        yield here
    told = [caplog.text, json.dumps(runner.ti.xcoms), json.dumps(runner.triggers)]
    secrets = [emulator.token, "sig=", "/uploads/"]
    assert [secret for secret in secrets if any(secret in text for text in told)] == []


def begin(here: Here, work: Work) -> None:
    """Have what the work needs be there before."""
    if work.run is delete_dbt:
        here.runner.ti.run_id = "an earlier run"
        deploy_dbt(here)
        here.runner.ti.run_id = "run"
    here.runner.ti.xcoms.clear()
    here.sent.clear()
    here.before = len(here.astro.store.all("deploy"))


def assert_done(here: Here, work: Work) -> None:
    """Check that the Deployment runs what the task was to bring about."""
    for _ in range(9):
        urlopen(  # each read lets the emulator go on with the roll-out
            Request(
                f"{here.astro.url}/organizations/{here.astro.organization_id}/deployments/{here.staging}",
                headers={"Authorization": f"Bearer {here.astro.token}"},
            )
        ).close()
    (deployment,) = here.astro.store.all("deployment")
    bundles = deployment.get("_bundles", {})
    if work.run is deploy_dbt:
        assert set(bundles) == {SHOP}
    elif work.run is delete_dbt:
        assert not bundles
    else:
        expected = {"dags/old.py": b""} if work.run is roll_back else {"dags/new.py": NEW.encode()}
        assert here.astro.dags(here.staging) == expected


@pytest.mark.parametrize("fault", mostly_slow(FAULTS))
@pytest.mark.parametrize("name", [*WORK, *WAITS])
def test_a_fault_costs_a_repetition_and_there_is_one_deploy(here, name, fault):
    work = {**WORK, **WAITS}[name]
    begin(here, work)
    here.strike(work, fault)
    assert work.run(here) == here.deploys()[0]["id"]
    assert here.calm()
    here.assert_deployed_once()
    assert_done(here, work)


@pytest.mark.parametrize("fault", mostly_slow(LASTING))
@pytest.mark.parametrize("name", WORK)
def test_a_fault_that_lasts_ends_the_try_and_airflow_s_retry_goes_on_with_what_it_began(here, name, fault):
    work = WORK[name]
    begin(here, work)
    here.strike(work, fault, times=100)
    with pytest.raises(AstroError) as caught:
        work.run(here)
    assert caught.value.retryable
    here.astro.clear_faults()
    here.strikes.clear()
    here.runner.ti.try_number = 2
    assert work.run(here) == here.deploys()[0]["id"]
    here.assert_deployed_once()
    assert_done(here, work)


@pytest.mark.slow
@pytest.mark.parametrize("fault", mostly_slow(LASTING))
@pytest.mark.parametrize("name", ["worker: DAGs", "triggerer: Deployments", "triggerer: DAGs"])
def test_a_fault_that_lasts_ends_a_wait_at_its_deadline_only(here, name, fault):
    work = WAITS[name]
    begin(here, work)
    here.strike(work, fault, times=1000)
    with pytest.raises(WaitTimeoutError, match=r"had not reached the status LIVE") as caught:
        deploy_dags(here, wait=True, deferrable=name.startswith("triggerer"), timeout=0.5)
    assert caught.value.retryable
    here.astro.clear_faults()
    here.strikes.clear()
    here.runner.ti.try_number = 2
    work.run(here)
    here.assert_deployed_once()
    assert_done(here, work)


KILLED = [
    (name, call)
    for name, calls in (("finalize", 5), ("finalize of a deletion", 4), ("rollback", 3))
    for call in range(calls)
]


@pytest.mark.slow
@pytest.mark.parametrize("after_effect", [False, True], ids=["before", "after the effect"])
@pytest.mark.parametrize(("name", "call"), [*KILLED, *(("finalize of a dbt project", call) for call in range(5))])
def test_a_worker_that_is_killed_at_any_call_leaves_one_deploy_to_its_retry(here, name, call, after_effect):
    work = WORK[name]
    begin(here, work)
    here.kill_at, here.kill_after_effect = call, after_effect
    with pytest.raises(KilledError):
        work.run(here)
    assert here.kill_at is None
    here.runner.ti.try_number = 2
    assert work.run(here) == here.deploys()[-1]["id"]
    here.assert_deployed_once()
    assert_done(here, work)


def test_a_worker_may_be_killed_at_every_try(here):
    """Each try gets one call further than the one before."""
    work = WORK["finalize"]
    begin(here, work)
    for call in range(2, 5):
        here.sent.clear()
        here.kill_at, here.kill_after_effect = call, True
        with pytest.raises(KilledError):
            work.run(here)
        here.runner.ti.try_number += 1
    work.run(here)
    here.assert_deployed_once()
    assert_done(here, work)
