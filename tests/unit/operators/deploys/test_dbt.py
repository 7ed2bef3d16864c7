"""dbt projects beside the DAGs: deployed when they changed, taken away again."""

from __future__ import annotations

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from astro_provider.client.deploys import Deploys
from astro_provider.errors import RefusedError
from astro_provider.operators.deploys import DeleteDbtProjectOperator, DeployDbtProjectOperator, RollbackDeployOperator

SHOP = "/usr/local/airflow/dbt/shop"


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "dbt"
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: shop\nversion: '1.0'\n")
    (folder / "models" / "orders.sql").write_text("select 1")
    return folder


@pytest.fixture
def deploy(runner, staging, project):
    def deploy(**arguments):
        given = {"project_folder": str(project), "deployment_id": staging, "git": None, "timeout": 20, **arguments}
        return runner.run(DeployDbtProjectOperator, **given)

    return deploy


@pytest.fixture
def delete(runner, staging):
    def delete(**arguments):
        given = {"mount_path": SHOP, "deployment_id": staging, "timeout": 20, **arguments}
        return runner.run(DeleteDbtProjectOperator, **given)

    return delete


def bundles(astro, deployment_id: str) -> dict[str, str]:
    """The mount paths of what the Deployment has, and the deploys that brought it."""
    (stored,) = [d for d in astro.store.all("deployment") if d["id"] == deployment_id]
    return {path: bundle["deployId"] for path, bundle in stored.get("_bundles", {}).items()}


def test_a_project_comes_to_the_path_with_its_name(astro, deploy, staging, runner, deferrable):
    deploy_id = deploy(deferrable=deferrable)
    assert bundles(astro, staging) == {SHOP: deploy_id}
    (create,) = [r.body for r in astro.requests if r.path.endswith("/deploys") and r.method == "POST"]
    assert (create["type"], create["bundleType"], create["bundleMountPath"]) == ("BUNDLE", "dbt", SHOP)
    assert "[dbt sha256:" in create["description"]
    assert len(runner.triggers) == deferrable
    assert (runner.ti.xcoms["changed"], runner.ti.xcoms["deploy_type"]) == (True, "BUNDLE")
    assert not [r for r in astro.requests if r.path.startswith("/airflow/")]


def test_an_unchanged_project_is_not_sent_again_and_a_changed_one_is(astro, deploy, project, posts, runner):
    first = deploy()
    assert deploy() == first
    assert (runner.ti.xcoms["changed"], runner.ti.xcoms["deploy_type"]) == (False, "none")
    assert posts().count("deploys") == 1
    (project / "models" / "orders.sql").write_text("select 2")
    assert deploy() != first
    with pytest.raises(AirflowSkipException):
        deploy(if_unchanged="skip")
    deploy(if_unchanged="deploy")
    assert posts().count("finalize") == 3


def test_a_dry_run_deploys_nothing(astro, deploy, posts):
    assert deploy(dry_run=True) is None
    assert posts() == []


def test_two_paths_have_projects_of_their_own(astro, deploy, staging, posts):
    one, other = deploy(), deploy(mount_path="/opt/other/")
    assert bundles(astro, staging) == {SHOP: one, "/opt/other": other}
    assert (deploy(), deploy(mount_path="/opt/other")) == (one, other)


@pytest.mark.parametrize(
    "mount_path",
    ["/usr/local/airflow/dags", "/usr/local/airflow/dags/shop", "/usr/local/airflow/dags/", "shop", "/a/../b", "/"],
)
def test_a_path_where_nothing_can_be_mounted_is_refused_before_any_call(astro, deploy, delete, mount_path):
    for run in (deploy, delete):
        with pytest.raises(AirflowFailException, match=r"^mount_path="):
            run(mount_path=mount_path)
    assert astro.requests == []


def test_a_folder_that_is_no_dbt_project_is_refused_before_any_call(astro, deploy, project):
    (project / "dbt_project.yml").unlink()
    with pytest.raises(AirflowFailException, match=r"dbt_project\.yml: does not exist"):
        deploy()
    assert astro.requests == []


def test_dag_deploys_have_to_be_enabled(astro, deploy, delete, posts):
    off = astro.add_deployment("off", isDagDeployEnabled=False)
    with pytest.raises(AirflowFailException, match="DAG deploys disabled, so project_folder"):
        deploy(deployment_id=off)
    assert posts() == []


def test_a_project_is_taken_away_again(astro, deploy, delete, staging, deferrable):
    deploy(mount_path="/opt/other")
    deploy()
    deploy_id = delete(deferrable=deferrable)
    assert SHOP not in bundles(astro, staging)
    assert "/opt/other" in bundles(astro, staging)
    assert deploy() != deploy_id  # what was taken away is not there already
    assert SHOP in bundles(astro, staging)


def test_a_project_that_is_not_there_may_be_ignored_or_skipped(astro, deploy, delete, staging, posts):
    with pytest.raises(AirflowFailException, match=f"has no dbt project at {SHOP}"):
        delete()
    assert delete(if_missing="ignore") is None
    with pytest.raises(AirflowSkipException):
        delete(if_missing="skip")
    assert posts() == []
    deploy()
    last = delete()
    assert delete(if_missing="ignore") == last


def test_a_rollback_decides_what_is_there(astro, deploy, project, runner, staging, posts):
    first = deploy()
    (project / "models" / "orders.sql").write_text("select 2")
    deploy()
    runner.run(RollbackDeployOperator, deployment_id=staging, timeout=20)
    (project / "models" / "orders.sql").write_text("select 1")
    assert deploy() == first
    assert posts().count("deploys") == 2


OTHER = "/usr/local/airflow/dbt/other"


def test_a_retry_goes_to_the_path_that_its_task_has_now(astro, deploy, staging, runner, monkeypatch):
    """A person mended mount_path after the first try, which had begun at the wrong path, or even ended there."""
    with monkeypatch.context() as patch:
        patch.setattr(Deploys, "upload", stopped)
        with pytest.raises(AirflowFailException):
            deploy(mount_path=OTHER)
    runner.ti.try_number = 2
    first = deploy()
    assert bundles(astro, staging) == {SHOP: first}
    runner.ti.try_number = 3
    assert bundles(astro, staging) | {OTHER: deploy(mount_path=OTHER)} == bundles(astro, staging)
    assert set(bundles(astro, staging)) == {SHOP, OTHER}


def test_a_retry_takes_away_what_its_task_names_now(astro, deploy, delete, staging, runner, monkeypatch):
    deploy()
    deploy(mount_path=OTHER)
    runner.ti.task_id = "delete"
    with monkeypatch.context() as patch:
        patch.setattr(Deploys, "finalize", stopped)
        with pytest.raises(AirflowFailException):
            delete()
    runner.ti.try_number = 2
    delete(mount_path=OTHER)
    assert set(bundles(astro, staging)) == {SHOP}


def stopped(*given, **fields):
    raise RefusedError("stopped")


def test_an_unchanged_project_does_not_wait_for_dags_that_are_rolled_out(astro, deploy, staging, runner):
    first = deploy()
    (stored,) = astro.store.all("deployment")
    stored |= {"dagTarballVersion": "v1", "desiredDagTarballVersion": "v2"}
    astro.store.put("deployment", stored)
    assert deploy(timeout=1) == first
