"""Retries of a deploy: they go on, they deploy nothing twice, and they never overwrite newer code."""

from __future__ import annotations

import json
import logging

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.emulator import Emulator
from astro_provider.errors import UploadExpiredError, WaitTimeoutError
from astro_provider.operators.deploys import DeployCodeOperator
from tests.slow import mostly_slow

from .conftest import dag


def deploys(astro) -> list[tuple[str, str]]:
    return [(deploy["id"], deploy["status"]) for deploy in astro.store.all("deploy")]


def run_half(astro, deploy) -> str:
    """Let a first try end after it created its deploy; returns the deploy's id."""
    astro.fault("PUT", "/uploads/*", status=400, times=1)
    with pytest.raises(AirflowFailException):
        deploy()
    ((deploy_id, status),) = deploys(astro)
    assert status == "INITIALIZED"
    return deploy_id


def test_a_retry_finishes_what_its_earlier_try_created_and_says_so(astro, deploy, staging, runner, caplog):
    caplog.set_level(logging.INFO)
    begun = run_half(astro, deploy)
    runner.ti.try_number = 2
    assert deploy() == begun
    assert deploys(astro) == [(begun, "DEPLOYED")]
    assert (
        f"An earlier try of this task created Deploy {begun} but did not finish it; continuing with it." in caplog.text
    )


def test_a_retry_deploys_the_folder_as_it_is_now_and_says_that_it_changed(astro, deploy, staging, runner, dags, caplog):
    caplog.set_level(logging.INFO)
    begun = run_half(astro, deploy)
    (dags / "one.py").write_text(dag("uno"))
    runner.ti.try_number = 2
    made = deploy()
    assert deploys(astro) == [(begun, "INITIALIZED"), (made, "DEPLOYED")]
    assert astro.dags(staging) == {"dags/one.py": dag("uno").encode()}
    assert "That deploy does not contain what is to be deployed now, so it stays unfinished." in caplog.text


def test_a_retry_waits_for_what_its_earlier_try_finalized(astro, deploy, runner, deferrable, caplog):
    caplog.set_level(logging.INFO)
    made = deploy(wait=False)
    runner.ti.try_number = 2
    runner.ti.xcoms.clear()
    assert deploy(deferrable=deferrable) == made
    assert deploys(astro) == [(made, "DEPLOYED")]
    assert f"An earlier try of this task created Deploy {made}; waiting for it." in caplog.text
    assert (runner.ti.xcoms["changed"], runner.ti.xcoms["deploy_type"]) == (True, "DAG_ONLY")


@pytest.mark.slow
def test_a_retry_after_a_timeout_waits_on(astro, deploy, runner):
    with pytest.raises(WaitTimeoutError):
        deploy(expect_dags=["two"], timeout=0.3)
    ((made, _),) = deploys(astro)
    runner.ti.try_number = 2
    assert deploy() == made
    assert len(deploys(astro)) == 1


@pytest.mark.parametrize("began", ["created", "deployed"])
def test_a_retry_never_overwrites_a_newer_deploy(astro, deploy, staging, runner, posts, began):
    own = run_half(astro, deploy) if began == "created" else deploy()
    newer = astro.add_deploy(staging, {"dags/theirs.py": b""})
    runner.ti.try_number = 2
    before = len(posts())
    with pytest.raises(AirflowFailException) as caught:
        deploy()
    assert own in str(caught.value)
    assert f"deploy {newer} of " in str(caught.value)
    assert "a retry of this task does not overwrite newer code" in str(caught.value)
    assert len(posts()) == before
    assert set(astro.dags(staging)) == {"dags/theirs.py"}


def test_a_person_who_clears_the_task_may_overwrite_a_newer_deploy(astro, deploy, staging, runner):
    deploy()
    astro.add_deploy(staging, {"dags/theirs.py": b""})
    runner.ti.try_number, runner.ti.max_tries = 2, 1  # what Airflow makes of them when somebody clears the task
    deploy()
    assert set(astro.dags(staging)) == {"dags/one.py"}


def test_another_run_of_the_dag_overwrites_as_it_should(astro, deploy, staging, runner):
    deploy()
    astro.add_deploy(staging, {"dags/theirs.py": b""})
    runner.ti.run_id, runner.ti.try_number = "another", 2
    deploy()
    assert set(astro.dags(staging)) == {"dags/one.py"}


def test_an_upload_url_that_has_expired_costs_a_new_deploy_once(astro, deploy, staging, caplog):
    astro.fault("PUT", "/uploads/*", status=403, times=1)
    made = deploy()
    (first, status), (second, _) = deploys(astro)
    assert (status, second) == ("INITIALIZED", made)
    assert f"Creating a new deploy for the upload; Deploy {first} stays unfinished. PUT " in caplog.text
    assert "sig=" not in caplog.text


def test_an_upload_that_is_refused_again_fails_the_task(astro, deploy, caplog):
    astro.fault("PUT", "/uploads/*", status=403, times=9)
    with pytest.raises(UploadExpiredError) as caught:
        deploy()
    assert caught.value.retryable
    assert [status for _, status in deploys(astro)] == ["INITIALIZED", "INITIALIZED"]
    assert "sig=" not in str(caught.value) + caplog.text


@pytest.mark.parametrize("runtime", ["13.1.0", "3.1-5"])
def test_it_works_with_deployments_of_either_airflow(astro, deploy, dags, deferrable, runtime):
    other = astro.add_deployment("other", astroRuntimeVersion=runtime)
    (dags / "broken.py").write_text("from airflow import DAG\nDAG('x'\n")
    with pytest.raises(AirflowFailException, match=r": BROKEN \(1 file cannot be imported"):
        deploy(deployment_id=other, deferrable=deferrable)
    (dags / "broken.py").write_text(dag("x"))
    deploy(deployment_id=other, deferrable=deferrable, expect_dags=["one", "x"])
    api = "v1" if runtime.startswith("13") else "v2"
    assert {r.path.split("/")[4] for r in astro.requests if r.path.startswith("/airflow/")} == {api}


def test_enforced_ci_cd_refuses_a_person_s_token_before_anything_is_made(astro, deploy, monkeypatch, posts):
    other = astro.add_deployment("other", isCicdEnforced=True)
    deploy(deployment_id=other)  # an API token may
    token = astro.issue_token("WORKSPACE_OWNER", is_user=True)
    connection = {**astro.connection(), "password": token, "extra": {"organization_id": astro.organization_id}}
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(connection))
    before = len(posts())
    with pytest.raises(AirflowFailException, match="only an API token may deploy"):
        deploy(deployment_id=other, if_unchanged="deploy")
    assert len(posts()) == before


@pytest.mark.parametrize(
    "variants", mostly_slow([["deployed-when-live"], ["finalize-twice"], ["list-oldest-first"]]), ids=str
)
def test_it_is_right_whatever_astro_does_where_nothing_is_documented(monkeypatch, runner, dags, variants, deferrable):
    with Emulator(progress="reads:1", variants=variants) as astro:
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(astro.connection()))
        staging = astro.add_deployment("staging")
        given = {"dags_folder": str(dags), "deployment_id": staging, "git": None, "timeout": 20}
        first = runner.run(DeployCodeOperator, **given, wait=False)
        runner.ti.try_number = 2
        assert runner.run(DeployCodeOperator, **given, deferrable=deferrable) == first
        assert deploys(astro) == [(first, "DEPLOYED")]
        runner.ti.try_number, runner.ti.run_id = 1, "the next one"
        assert runner.run(DeployCodeOperator, **given, deferrable=deferrable) == first
        (dags / "one.py").write_text(dag("uno"))
        runner.run(DeployCodeOperator, **given, deferrable=deferrable)
        assert astro.dags(staging) == {"dags/one.py": dag("uno").encode()}


def test_the_commit_is_shown_without_credentials(astro, deploy):
    deploy(git={"provider": "GENERIC", "commitSha": "abc123", "remoteUrl": "https://bot:s3cret@git.acme.com/astro.git"})
    (made,) = astro.store.all("deploy")
    assert made["git"] == {"provider": "GENERIC", "commitSha": "abc123", "remoteUrl": "https://git.acme.com/astro.git"}


def test_a_wrong_commit_is_refused_before_any_call(astro, deploy):
    with pytest.raises(AirflowFailException, match=r"^git: "):
        deploy(git={"provider": "GITHUB"})
    assert astro.requests == []
