"""Deploying a folder of DAGs: what goes over the wire, what the Deployment runs then, and what a DAG author sees."""

from __future__ import annotations

import json
import logging

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from astro_provider.client.deploys import Deploys
from astro_provider.emulator import Emulator
from astro_provider.errors import DeployFailedError, HibernatingError
from astro_provider.operators.deploys import DeployCodeOperator

from .conftest import dag


def text_of(astro, deployment_id: str) -> dict[str, str]:
    return {path: content.decode() for path, content in astro.dags(deployment_id).items()}


def digest_of(deploy: dict) -> str:
    return deploy["description"].partition("[dags ")[2].partition("]")[0]


def deploys(astro) -> list[dict]:
    return astro.store.all("deploy")


def test_the_folder_becomes_the_dags_of_the_deployment(astro, deploy, staging, runner, deferrable):
    deploy_id = deploy(deferrable=deferrable)
    assert text_of(astro, staging) == {"dags/one.py": dag("one")}
    (made,) = deploys(astro)
    assert (made["id"], made["type"], made["status"]) == (deploy_id, "DAG_ONLY", "DEPLOYED")
    assert made["description"].startswith("Airflow DAG dag, task task [dags sha256:")
    assert len(runner.triggers) == deferrable


def test_a_deploy_without_any_dag_is_warned_of(deploy, dags, deferrable, caplog):
    deploy(deferrable=deferrable)
    assert "has no DAGs" not in caplog.text
    (dags / "one.py").write_text("DEFAULTS = {}")
    deploy(deferrable=deferrable)
    assert "has no DAGs: none was found in what was deployed." in caplog.text


def test_what_later_tasks_need_is_in_xcom(astro, deploy, staging, runner, deferrable):
    deploy_id = deploy(deferrable=deferrable)
    (made,) = deploys(astro)
    xcoms = runner.ti.xcoms
    assert xcoms["deploy_type"] == "DAG_ONLY"
    assert xcoms["dag_tarball_version"] == made["dagTarballVersion"]
    assert xcoms["dags_digest"] == digest_of(made)
    assert xcoms["image_digest"] is None
    assert xcoms["changed"] is True
    assert (xcoms["deploy_id"], xcoms["deployment_id"]) == (deploy_id, staging)
    page = f"http://{astro.address}/{astro.workspace_id}/deployments/{staging}"
    assert (xcoms["astro_url"], xcoms["deploy_history_url"]) == (page, f"{page}/deploy-history")


def test_a_first_deploy_takes_five_calls_and_the_polls(astro, deploy):
    deploy(wait=False)
    calls = [(r.method, r.path.rpartition("/")[2]) for r in astro.requests]
    assert [method for method, _ in calls] == ["GET", "GET", "POST", "PUT", "POST"]
    assert calls[-1] == ("POST", "finalize")


def test_what_runs_already_is_not_sent_again(astro, deploy, runner, posts):
    first = deploy()
    before = len(astro.requests)
    assert deploy() == first
    assert len(astro.requests) - before == 3
    assert posts().count("deploys") == 1
    assert (runner.ti.xcoms["changed"], runner.ti.xcoms["deploy_type"]) == (False, "none")
    assert runner.ti.xcoms["dag_tarball_version"] == deploys(astro)[0]["dagTarballVersion"]


def test_a_changed_file_is_deployed_and_what_is_gone_is_gone(astro, deploy, staging, dags):
    deploy()
    (dags / "one.py").unlink()
    (dags / "two.py").write_text(dag("two"))
    deploy()
    assert text_of(astro, staging) == {"dags/two.py": dag("two")}


def test_unchanged_may_skip_the_task_or_be_deployed_all_the_same(astro, deploy, posts):
    deploy(if_unchanged="skip")
    with pytest.raises(AirflowSkipException, match="already runs this"):
        deploy(if_unchanged="skip")
    assert posts().count("finalize") == 1
    deploy(if_unchanged="deploy")
    assert posts().count("finalize") == 2


def test_a_deploy_of_somebody_else_is_replaced(astro, deploy, staging, posts):
    deploy()
    astro.add_deploy(staging, {"dags/theirs.py": b""})
    deploy()
    assert posts().count("finalize") == 2
    assert text_of(astro, staging) == {"dags/one.py": dag("one")}


def test_a_deploy_that_failed_fails_the_task_in_a_way_that_airflow_retries_and_is_caught_up(
    astro, deploy, staging, runner, deferrable
):
    astro.fail_deploys(staging, 1)
    with pytest.raises(DeployFailedError, match=r"is FAILED \(Astro gave no reason\).*See http") as caught:
        deploy(deferrable=deferrable)
    assert caught.value.retryable
    runner.ti.try_number = 2
    deploy(deferrable=deferrable)
    assert text_of(astro, staging) == {"dags/one.py": dag("one")}


def test_a_dry_run_says_what_it_would_do_and_does_nothing(astro, deploy, staging, runner, posts, caplog):
    caplog.set_level(logging.INFO)
    assert deploy(dry_run=True) is None
    assert posts() == []
    (plan,) = [record.message for record in caplog.records if "Plan for" in record.message]
    assert "DAGs: unknown -> sha256:" in plan
    assert "Type: DAG_ONLY, since only the DAGs change." in plan
    assert "1 file, " in plan
    assert (runner.ti.xcoms["changed"], runner.ti.xcoms["dags_digest"][:7]) == (False, "sha256:")


def test_the_dry_run_may_be_a_template(astro, deploy, runner, posts):
    runner.more_context["params"] = {"only_plan": True}
    deploy(dry_run="{{ params.only_plan }}")
    assert posts() == []
    with pytest.raises(ValueError, match="dry_run='yes' is not valid"):
        deploy(dry_run="yes")


def test_a_relative_folder_lies_beside_the_dag_file(astro, deploy, staging):
    deploy(dags_folder="project/dags")
    assert text_of(astro, staging) == {"dags/one.py": dag("one")}


def test_the_prefix_may_be_another_or_none(astro, deploy, staging):
    deploy(archive_prefix="")
    assert text_of(astro, staging) == {"one.py": dag("one")}


def test_a_blank_prefix_or_description_may_come_from_a_template(astro, deploy, staging, runner):
    runner.more_context["params"] = {"nothing": ""}
    deploy(archive_prefix="{{ params.nothing }}", description="{{ params.nothing }}")
    assert text_of(astro, staging) == {"one.py": dag("one")}
    assert deploys(astro)[0]["description"].startswith("Airflow DAG dag, task task [dags")


def test_exclude_replaces_the_default(astro, deploy, staging, dags):
    (dags / "notes.txt").write_text("x")
    (dags / "__pycache__").mkdir()
    (dags / "__pycache__" / "one.pyc").write_bytes(b"x")
    deploy(exclude=["*.txt"])
    assert set(astro.dags(staging)) == {"dags/one.py", "dags/__pycache__/one.pyc"}


def test_a_folder_without_python_files_is_refused_before_any_call(astro, deploy, dags):
    (dags / "one.py").rename(dags / "one.txt")
    with pytest.raises(AirflowFailException, match=r"no Python file, .* would delete every DAG .*if_empty='deploy'"):
        deploy()
    assert astro.requests == []
    deploy(if_empty="deploy")


def test_a_folder_that_cannot_be_shipped_is_refused_before_any_call(astro, deploy, dags):
    (dags / "link.py").symlink_to("/etc/hostname")
    with pytest.raises(AirflowFailException, match=r"link\.py"):
        deploy()
    assert astro.requests == []


def test_what_astro_would_refuse_is_refused_before_anything_is_made(astro, deploy, posts):
    other = astro.add_deployment("other", isDagDeployEnabled=False)
    with pytest.raises(AirflowFailException, match="has DAG deploys disabled"):
        deploy(deployment_id=other)
    assert posts() == []


def test_a_hibernating_deployment_fails_or_skips_the_task_but_not_if_nothing_changed(astro, deploy, dags, posts):
    dev = astro.add_deployment("dev", isDevelopmentMode=True)
    first = deploy(deployment_id=dev)
    astro.set_status(dev, "HIBERNATING")
    assert deploy(deployment_id=dev) == first
    (dags / "one.py").write_text(dag("two"))
    with pytest.raises(HibernatingError, match="if_hibernating to 'wake'"):
        deploy(deployment_id=dev)
    with pytest.raises(AirflowSkipException, match="is hibernating"):
        deploy(deployment_id=dev, if_hibernating="skip")
    assert posts().count("deploys") == 1


@pytest.mark.parametrize("wait", [True, False])
def test_a_hibernating_deployment_may_be_woken_for_the_time_of_the_task(astro, deploy, deferrable, wait):
    asleep = {"hibernationSpec": {"override": {"isHibernating": True, "isActive": True}}}
    dev = astro.add_deployment("dev", isDevelopmentMode=True, status="HIBERNATING", scalingSpec=asleep)
    deploy_id = deploy(deployment_id=dev, if_hibernating="wake", deferrable=deferrable, wait=wait)
    (made,) = deploys(astro)
    assert (made["id"], made["status"]) == (deploy_id, "DEPLOYED")
    if wait:
        assert set(astro.dags(dev)) == {"dags/one.py"}
    (shown,) = [each for each in astro.deployments if each["id"] == dev]
    assert shown["scalingSpec"]["hibernationSpec"]["override"]["isHibernating"] is True


def test_a_description_is_shown_and_the_marker_kept(astro, deploy):
    deploy(description="Release 7 [dags sha256:0000]")
    (made,) = deploys(astro)
    assert made["description"].startswith("Release 7 [dags sha256:")
    assert "0000]" not in made["description"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"dags_folder": None}, "set dags_folder, image, or both"),
        ({"if_unchanged": "ignored"}, "Did you mean 'ignore'"),
        ({"if_empty": "skip"}, "allowed: 'fail', 'deploy'"),
        ({"if_hibernating": "awake"}, "Did you mean 'wake'"),
        ({"expect_dags": "one"}, "allowed: a list of DAG ids"),
        ({"fail_on_import_errors": "no"}, "allowed: True, False"),
    ],
)
def test_a_wrong_argument_shows_when_the_dag_is_parsed(arguments, words):
    with pytest.raises(ValueError, match=words):
        DeployCodeOperator(task_id="deploy", **{"dags_folder": "dags", **arguments})


class KilledError(BaseException):
    """The worker's process has ended."""


@pytest.mark.parametrize(
    "variants", [["deployed-when-live"], ["finalize-twice"], ["deployed-when-live", "finalize-twice"]]
)
def test_a_worker_that_is_killed_after_finalize_has_its_own_upload_rolled_out(runner, dags, monkeypatch, variants):
    """Its retry may upload the same files once more, under a version that nobody will ever run."""
    finalize = Deploys.finalize

    def killed(*given, **versions):
        finalize(*given, **versions)
        raise KilledError

    with Emulator(variants=variants, progress="reads:3") as astro:
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(astro.connection()))
        staging = astro.add_deployment("staging")
        arguments = {"dags_folder": str(dags), "deployment_id": staging, "git": None, "timeout": 20}
        with monkeypatch.context() as patch:
            patch.setattr(Deploys, "finalize", killed)
            with pytest.raises(KilledError):
                runner.run(DeployCodeOperator, **arguments)
        runner.ti.try_number = 2
        deploy_id = runner.run(DeployCodeOperator, **arguments)
        (made,) = deploys(astro)
        assert text_of(astro, staging) == {"dags/one.py": dag("one")}
    assert (made["id"], made["status"]) == (deploy_id, "DEPLOYED")
    assert runner.ti.xcoms["dag_tarball_version"] == made["dagTarballVersion"]


@pytest.mark.parametrize("prefix", ["dags\udcff", "a\0b", "a\nb"])
def test_a_prefix_that_no_archive_can_have_is_refused_before_any_call(astro, deploy, prefix):
    with pytest.raises(AirflowFailException, match="archive_prefix"):
        deploy(archive_prefix=prefix)
    assert astro.requests == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"dags_folder": " "}, "There is nothing to deploy: dags_folder is ' ' and image is None"),
        ({"dags_folder": "", "image": ""}, "There is nothing to deploy"),
        ({"expect_dags": ["one", ""]}, "has a blank id"),
    ],
)
def test_what_is_blank_is_refused_before_any_call(astro, deploy, arguments, words):
    with pytest.raises(AirflowFailException, match=words):
        deploy(**arguments)
    assert astro.requests == []
