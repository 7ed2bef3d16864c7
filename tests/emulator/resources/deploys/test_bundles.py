"""dbt projects and other bundles beside the DAGs."""

from __future__ import annotations

PATH = "/usr/local/airflow/dbt/shop"


def bundles(target, deploy):
    return {bundle["mountPath"]: bundle for bundle in target.deploy(deploy["id"]).get("bundles", [])}


def test_a_bundle_is_rolled_out_at_its_path(served):
    target = served(progress="reads:1")
    made = target.deploy_bundle()
    shown = made["bundles"][0]
    assert (shown["mountPath"], shown["bundleType"], shown["deployId"]) == (PATH, "dbt", made["id"])
    assert "currentVersion" not in shown
    target.get()
    target.get()
    after = bundles(target, made)[PATH]
    assert after["currentVersion"] == after["desiredVersion"] == shown["desiredVersion"]


def test_dags_stay_as_they_are(target):
    version = target.deploy_dags()["dagTarballVersion"]
    target.deploy_bundle()
    assert target.get()["dagTarballVersion"] == version


def test_bundles_at_different_paths_live_side_by_side_and_each_is_replaced(target):
    first = target.deploy_bundle(path="/dbt/a")
    target.deploy_bundle(path="/dbt/b")
    second = target.deploy_bundle(path="/dbt/a")
    target.get()
    found = bundles(target, second)
    assert set(found) == {"/dbt/a", "/dbt/b"}
    assert found["/dbt/a"]["deployId"] == second["id"]
    assert first["bundles"][0]["desiredVersion"] != found["/dbt/a"]["desiredVersion"]


def test_an_empty_version_removes_a_bundle(target):
    target.deploy_bundle()
    gone = target.deploy_bundle("")
    assert gone["status"] == "DEPLOYED"
    target.get()
    assert bundles(target, gone) == {}


def test_a_bundle_needs_its_own_version(target):
    dags = target.deploy_dags()["dagTarballVersion"]
    made = target.create("BUNDLE", bundleMountPath=PATH, bundleType="dbt").json()
    for body in ({}, {"dagTarballVersion": dags}, {"bundleTarballVersion": dags}):
        assert target.finalize(made["id"], **body).status_code == 400
    assert target.deploy(made["id"])["status"] == "INITIALIZED"
