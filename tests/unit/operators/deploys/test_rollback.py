"""Rolling back: to which deploy, and what is refused."""

from __future__ import annotations

import json

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.emulator import Emulator
from astro_provider.operators.deploys import DeployCodeOperator, RollbackDeployOperator

from .conftest import dag


@pytest.fixture
def history(astro, staging) -> list[str]:
    """Three deploys, of which the last one runs."""
    return [astro.add_deploy(staging, {f"dags/{name}.py": dag(name).encode()}) for name in ("one", "two", "three")]


def roll_back(runner, deployment_id, **arguments):
    return runner.run(RollbackDeployOperator, deployment_id=deployment_id, timeout=20, **arguments)


def test_one_step_back(astro, runner, staging, history, deferrable):
    deploy_id = roll_back(runner, staging, deferrable=deferrable, description="Bad release")
    assert set(astro.dags(staging)) == {"dags/two.py"}
    assert deploy_id not in history
    (made,) = [each for each in astro.store.all("deploy") if each["id"] == deploy_id]
    assert made["rollbackFromId"] == history[1]
    assert made["description"].startswith("Bad release [task ")
    assert len(runner.triggers) == deferrable
    xcoms = runner.ti.xcoms
    assert (xcoms["changed"], xcoms["deploy_type"], xcoms["deploy_id"]) == (True, "DAG_ONLY", deploy_id)
    assert xcoms["dag_tarball_version"] == made["dagTarballVersion"]


def test_a_second_rollback_goes_further_back(astro, runner, staging, history):
    roll_back(runner, staging)
    roll_back(runner, staging)
    assert set(astro.dags(staging)) == {"dags/one.py"}


def test_to_a_deploy_by_its_id(astro, runner, staging, history, posts):
    first = roll_back(runner, staging, deploy_id=history[0])
    assert set(astro.dags(staging)) == {"dags/one.py"}
    assert roll_back(runner, staging, deploy_id=history[0]) == first  # it is there already
    assert posts().count("rollback") == 1
    assert runner.ti.xcoms["changed"] is False


def test_a_retry_waits_for_its_own_rollback_and_makes_no_second(astro, runner, staging, history, posts):
    first = roll_back(runner, staging, wait=False)
    runner.ti.try_number = 2
    assert roll_back(runner, staging) == first
    assert set(astro.dags(staging)) == {"dags/two.py"}
    assert posts().count("rollback") == 1


def test_a_retry_does_not_roll_back_what_came_after_it(astro, runner, staging, history):
    first = roll_back(runner, staging)
    newer = astro.add_deploy(staging, {"dags/four.py": b""})
    runner.ti.try_number = 2
    with pytest.raises(AirflowFailException) as caught:
        roll_back(runner, staging)
    assert first in str(caught.value)
    assert newer in str(caught.value)


def test_a_dry_run_names_the_deploy_and_does_nothing(astro, runner, staging, history, posts, caplog):
    caplog.set_level("INFO")
    roll_back(runner, staging, dry_run=True)
    assert f"Rollback to deploy {history[1]}" in caplog.text
    assert posts() == []


def test_what_cannot_be_gone_back_to_is_refused(astro, runner, staging, history, posts):
    broken = astro.add_deploy(staging, status="FAILED")
    for arguments, words in (
        ({"deploy_id": broken}, "is FAILED"),
        ({"deploy_id": "cldeployother"}, "has no deploy cldeployother"),
        ({"steps_back": 3}, "there are 2 DEPLOYED deploys"),
    ):
        with pytest.raises(AirflowFailException, match=words):
            roll_back(runner, staging, **arguments)
    assert posts() == []


def test_an_older_runtime_needs_to_be_allowed(astro, runner, staging, posts):
    astro.add_deploy(staging, {"dags/one.py": b""}, astroRuntimeVersion="3.0-1", airflowVersion="3.0.0")
    astro.add_deploy(staging, {"dags/two.py": b""}, astroRuntimeVersion="3.1-5", airflowVersion="3.1.3")
    with pytest.raises(AirflowFailException, match=r"runs Astro Runtime 3\.1-5, and deploy .* has 3\.0-1"):
        roll_back(runner, staging)
    assert posts() == []
    roll_back(runner, staging, allow_downgrade=True)
    assert astro.deployments[0]["astroRuntimeVersion"] == "3.0-1"


@pytest.mark.parametrize("steps_back", [0, -1, True, "2", 1.5])
def test_a_wrong_number_of_steps_shows_when_the_dag_is_parsed(steps_back):
    with pytest.raises(ValueError, match=r"^steps_back="):
        RollbackDeployOperator(task_id="roll_back", steps_back=steps_back)


@pytest.mark.parametrize(
    "variants", [["rollback-needs-finalize"], ["deployed-when-live"], ["finalize-twice", "deployed-when-live"]], ids=str
)
def test_whatever_astro_does_with_a_rollback_it_ends_live(monkeypatch, runner, variants, deferrable):
    with Emulator(progress="reads:1", variants=variants) as astro:
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(astro.connection()))
        staging = astro.add_deployment("staging")
        for name in ("one", "two"):
            astro.add_deploy(staging, {f"dags/{name}.py": dag(name).encode()})
        roll_back(runner, staging, deferrable=deferrable)
        assert set(astro.dags(staging)) == {"dags/one.py"}


def test_after_a_rollback_the_folder_that_was_rolled_back_is_deployed_again(astro, runner, staging, dags):
    def deploy():
        arguments = {"dags_folder": str(dags), "deployment_id": staging, "git": None, "timeout": 20}
        return runner.run(DeployCodeOperator, **arguments)

    first = deploy()
    (dags / "one.py").write_text(dag("uno"))
    deploy()
    back = roll_back(runner, staging, deploy_id=first)
    (dags / "one.py").write_text(dag("one"))
    assert deploy() == back  # the code of the first deploy runs already
    (dags / "one.py").write_text(dag("uno"))
    deploy()
    assert astro.dags(staging)["dags/one.py"] == dag("uno").encode()


def test_a_retry_goes_back_to_the_deploy_that_its_task_names_now(astro, runner, staging, history):
    roll_back(runner, staging, deploy_id=history[0], wait=False)
    runner.ti.try_number = 2
    roll_back(runner, staging, deploy_id=history[1])
    assert set(astro.dags(staging)) == {"dags/two.py"}
