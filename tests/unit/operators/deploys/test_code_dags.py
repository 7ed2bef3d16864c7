"""Deploying a folder of DAGs: the task waits until the Deployment has them, and says what does not parse."""

from __future__ import annotations

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.errors import WaitTimeoutError
from astro_provider.operators.deploys import DeployCodeOperator


def test_a_file_that_does_not_parse_fails_the_task_with_its_stack_trace(astro, deploy, dags, deferrable):
    (dags / "broken.py").write_text("from airflow import DAG\nDAG('x'\n")
    with pytest.raises(AirflowFailException) as caught:
        deploy(deferrable=deferrable)
    first, *rest = str(caught.value).splitlines()
    assert ": BROKEN (1 file cannot be imported: " in first
    assert "broken.py" in first
    assert "See http" in first
    assert "SyntaxError" in "\n".join(rest)


def test_a_file_that_does_not_parse_may_only_be_logged(astro, deploy, dags, deferrable, caplog):
    (dags / "broken.py").write_text("from airflow import DAG\nDAG('x'\n")
    deploy(deferrable=deferrable, fail_on_import_errors=False)
    assert caplog.text.count("1 file cannot be imported") == 1


def test_unchanged_does_not_hide_that_the_code_never_worked(astro, deploy, dags):
    (dags / "broken.py").write_text("from airflow import DAG\nDAG('x'\n")
    with pytest.raises(AirflowFailException):
        deploy()
    with pytest.raises(AirflowFailException, match=r"already runs this, but 1 file cannot be imported"):
        deploy()
    deploy(fail_on_import_errors=False)


@pytest.mark.slow
def test_an_expected_dag_that_never_comes_is_named(astro, deploy, deferrable):
    with pytest.raises(WaitTimeoutError, match=r"PARSING \(1 of 2 expected DAGs is not there yet: two\)"):
        deploy(deferrable=deferrable, expect_dags=["one", "two"], timeout=1)


def test_a_newer_deploy_fails_the_task_for_good_with_its_id(astro, deploy, staging, deferrable, monkeypatch):
    newer: list[str] = []
    wait = DeployCodeOperator.wait_with

    def sneak(*given):
        if not newer:  # somebody else deploys just when this task begins to wait
            newer.append(astro.add_deploy(staging, {"dags/theirs.py": b""}))
        return wait(*given)

    monkeypatch.setattr(DeployCodeOperator, "wait_with", sneak)
    with pytest.raises(AirflowFailException) as caught:
        deploy(deferrable=deferrable)
    assert ": OVERTAKEN (deploy " in str(caught.value)
    assert newer[0] in str(caught.value)


@pytest.mark.parametrize("status", [401, 403])
def test_without_rights_in_airflow_astro_s_own_word_counts(astro, deploy, deferrable, caplog, status):
    astro.fault("GET", "/airflow/*/api/*/dags", status=status, times=99)
    deploy(deferrable=deferrable)
    assert caplog.text.count("are not checked: its Airflow cannot be read") == 1


@pytest.mark.parametrize("status", [503, 404])
def test_an_airflow_that_does_not_respond_yet_is_asked_again(astro, deploy, staging, deferrable, status):
    astro.fault("GET", "/airflow/*/api/*/dags", status=status, times=2, body="upstream connect error")
    deploy(deferrable=deferrable)
    assert not astro.faults.waiting()


@pytest.mark.slow
def test_unchanged_waits_for_an_expected_dag_all_the_same(astro, deploy, deferrable, posts):
    deploy()
    with pytest.raises(WaitTimeoutError, match=r"1 of 1 expected DAGs is not there yet: oen\. Did you mean 'one'\?"):
        deploy(deferrable=deferrable, expect_dags=["oen"], timeout=1)
    assert deploy(expect_dags=["one"])
    assert posts().count("deploys") == 1


def test_unchanged_waits_while_the_deployment_is_busy_with_it(astro, deploy, staging, deferrable):
    deploy(wait=False)
    deploy(deferrable=deferrable)
    (shown,) = astro.deployments
    assert (shown["status"], shown["dagTarballVersion"]) == ("HEALTHY", shown["desiredDagTarballVersion"])


def test_a_dag_whose_file_is_broken_now_keeps_nobody_waiting(astro, deploy, dags, deferrable, caplog):
    deploy()
    (dags / "one.py").write_text("from airflow import DAG\nDAG('one'\n")
    deploy(deferrable=deferrable, fail_on_import_errors=False)
    assert caplog.text.count("1 file cannot be imported") == 1
