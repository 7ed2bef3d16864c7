"""Going back to an earlier deploy."""

from __future__ import annotations

import pytest

from .conftest import DAG

NEW = {"dags/new.py": b"new"}


def test_a_rollback_is_a_new_deploy_that_brings_back_dags_and_image(target):
    first = target.deploy_dags(kind="IMAGE_AND_DAG")
    target.deploy_dags(NEW)
    made = target.create("IMAGE_ONLY").json()
    target.finalize(made["id"])
    back = target.rollback(first["id"], description="as before").json()
    assert (back["rollbackFromId"], back["status"], back["description"]) == (first["id"], "DEPLOYED", "as before")
    assert back["id"] != first["id"]
    shown = target.get()
    assert (shown["dagTarballVersion"], shown["imageTag"]) == (first["dagTarballVersion"], first["imageTag"])
    assert (back["dagTarballVersion"], back["imageTag"]) == (first["dagTarballVersion"], first["imageTag"])
    assert target.astro.dags(target.id) == DAG
    newest = target.call("GET", f"{target.rest}/deploys?limit=1").json()["deploys"][0]
    assert newest["id"] == back["id"]


def test_a_rollback_brings_back_runtime_and_setting(astro, target):
    old = astro.add_deploy(
        target.id, type="IMAGE_AND_DAG", imageTag="old", astroRuntimeVersion="12.7.1", airflowVersion="2.10.5"
    )
    assert target.get()["astroRuntimeVersion"] == "12.7.1"
    astro.add_deploy(target.id, type="IMAGE_ONLY", imageTag="new", astroRuntimeVersion="3.1-5", airflowVersion="3.1.3")
    assert target.get()["apiUrl"].endswith("/api/v2")
    back = target.rollback(old).json()
    assert (back["astroRuntimeVersion"], back["airflowVersion"]) == ("12.7.1", "2.10.5")
    shown = target.get()
    assert (shown["imageTag"], shown["astroRuntimeVersion"], shown["airflowVersion"]) == ("old", "12.7.1", "2.10.5")
    assert shown["apiUrl"].endswith("/api/v1")


def test_a_rollback_brings_bundles_back_and_removes_newer_ones(target):
    kept = target.deploy_bundle(path="/dbt/kept")
    target.deploy_bundle(path="/dbt/newer")
    target.deploy_bundle("", path="/dbt/kept")
    target.rollback(kept["id"])
    target.get()
    latest = target.call("GET", f"{target.rest}/deploys?limit=1").json()["deploys"][0]
    assert [bundle["mountPath"] for bundle in latest["bundles"]] == ["/dbt/kept"]


def test_a_rollback_of_a_rollback(target):
    first, second = target.deploy_dags(), target.deploy_dags(NEW)
    target.rollback(second["id"])
    back = target.rollback(first["id"]).json()
    again = target.rollback(back["id"]).json()
    target.get()
    assert again["rollbackFromId"] == back["id"]
    assert target.astro.dags(target.id) == DAG


def test_only_what_was_rolled_out_can_be_gone_back_to(target):
    begun = target.create().json()
    target.astro.fail_deploys(target.id)
    failed = target.deploy_dags()
    for deploy, status in ((begun, "INITIALIZED"), (failed, "FAILED")):
        refused = target.rollback(deploy["id"])
        assert refused.status_code == 400
        assert f"its status is {status}" in refused.json()["message"]


def test_no_rollback_while_hibernating(target):
    made = target.deploy_dags()
    target.get()
    target.astro.set_status(target.id, "HIBERNATING")
    refused = target.rollback(made["id"])
    assert (refused.status_code, "HIBERNATING" in refused.json()["message"]) == (400, True)


def test_no_rollback_for_users_where_ci_cd_is_enforced_or_for_hybrid(astro, target, hybrid):
    strict = astro.add_deployment("strict", isCicdEnforced=True)
    made = astro.add_deploy(strict)
    user = astro.issue_token("WORKSPACE_OPERATOR", is_user=True)
    rest = f"/deployments/{strict}/deploys/{made}/rollback"
    assert target.call("POST", rest, {}, token=user).status_code == 403
    target.id = astro.add_deployment("old", type="HYBRID", clusterId=hybrid["id"])
    refused = target.rollback(astro.add_deploy(target.id))
    assert (refused.status_code, "Hybrid" in refused.json()["message"]) == (400, True)


@pytest.mark.parametrize("variants", [(), ("rollback-needs-finalize",)])
def test_whether_a_rollback_has_to_be_finalized(served, variants):
    target = served(progress="immediately", variants=variants)
    first = target.deploy_dags()
    second = target.deploy_dags(NEW)
    back = target.rollback(first["id"]).json()
    if variants:
        assert back["status"] == "INITIALIZED"
        assert target.get()["dagTarballVersion"] == second["dagTarballVersion"]
        assert target.finalize(back["id"], dagTarballVersion="").json()["status"] == "DEPLOYED"
    assert target.get()["dagTarballVersion"] == first["dagTarballVersion"]
