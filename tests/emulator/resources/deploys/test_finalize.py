"""What finalizing needs, and what it does to the Deployment."""

from __future__ import annotations

import pytest

from astro_provider.emulator.resources.deploys.tarballs import pack

from .conftest import DAG


def test_a_deploy_of_dags_becomes_what_the_deployment_runs(target):
    finalized = target.deploy_dags()
    assert finalized["status"] == "DEPLOYED"
    shown = target.get()
    versions = {shown["dagTarballVersion"], shown["desiredDagTarballVersion"], finalized["dagTarballVersion"]}
    assert len(versions) == 1
    assert shown["status"] == "HEALTHY"
    assert target.astro.dags(target.id) == DAG


def test_the_next_deploy_replaces_all_dags(target):
    target.deploy_dags({"dags/a.py": b"a", "dags/b.py": b"b"})
    target.deploy_dags({"dags/b.py": b"c"})
    target.get()
    assert target.astro.dags(target.id) == {"dags/b.py": b"c"}


def test_the_version_that_is_finalized_counts_and_not_the_last_upload(target):
    made = target.create().json()
    first = target.upload(made["dagsUploadUrl"], pack({"dags/first.py": b""})).headers["x-ms-version-id"]
    target.upload(made["dagsUploadUrl"], pack({"dags/second.py": b""}))
    target.finalize(made["id"], dagTarballVersion=first)
    target.get()
    assert list(target.astro.dags(target.id)) == ["dags/first.py"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("DAG_ONLY", {}),
        ("DAG_ONLY", {"dagTarballVersion": ""}),
        ("IMAGE_AND_DAG", {}),
        ("IMAGE_ONLY", {}),
        ("IMAGE_ONLY", {"dagTarballVersion": ""}),
    ],
)
def test_a_version_is_needed_where_dags_are_deployed_or_none_ever_were(target, kind, body):
    made = target.create(kind).json()
    refused = target.finalize(made["id"], **body)
    assert refused.status_code == 400
    assert refused.json()["message"] == "Invalid request: No DAG tarball version ID provided for DAG deploy"
    assert target.deploy(made["id"])["status"] == "INITIALIZED"


@pytest.mark.parametrize("kind", ["IMAGE_ONLY", "IMAGE_AND_DAG"])
def test_an_image_without_a_version_keeps_the_dags(target, kind):
    version = target.deploy_dags()["dagTarballVersion"]
    made = target.create(kind).json()
    finalized = target.finalize(made["id"], dagTarballVersion="").json()
    assert (finalized["status"], finalized["dagTarballVersion"]) == ("DEPLOYED", version)
    shown = target.get()
    assert (shown["imageTag"], shown["dagTarballVersion"]) == (made["imageTag"], version)
    assert target.astro.dags(target.id) == DAG


def test_a_version_that_was_never_uploaded_is_refused(astro, target):
    target.deploy_dags()
    made = target.create().json()
    elsewhere = astro.add_deploy(astro.add_deployment("other"))
    others = astro.store.get("deploy", elsewhere)["dagTarballVersion"]
    for version in ("2020-01-01T00:00:00.0000000Z", "../x", others):
        refused = target.finalize(made["id"], dagTarballVersion=version)
        assert refused.status_code == 400
        assert "was never uploaded" in refused.json()["message"]


def test_with_dag_deploys_switched_off_the_dags_are_in_the_image(astro, target):
    target.id = astro.add_deployment("off", isDagDeployEnabled=False)
    made = target.create("IMAGE_AND_DAG").json()
    assert target.finalize(made["id"], dagTarballVersion="x").status_code == 400
    assert target.finalize(made["id"]).json()["status"] == "DEPLOYED"
    shown = target.get()
    assert shown["imageTag"] == made["imageTag"]
    assert "dagTarballVersion" not in shown
    assert target.astro.dags(target.id) == {}


def test_switching_dag_deploys_off_forgets_the_dags(target, bodies):
    target.deploy_dags()
    assert "dagTarballVersion" in target.get()
    body = {k: v for k, v in bodies["STANDARD"].items() if k not in {"astroRuntimeVersion", "cloudProvider", "region"}}
    for is_enabled in (False, True):
        changes = {"name": "one", "isDagDeployEnabled": is_enabled}
        assert target.call("POST", target.rest, {**body, **changes}).status_code == 200
        assert not {"dagTarballVersion", "desiredDagTarballVersion"} & target.get().keys()
    made = target.create("IMAGE_ONLY").json()
    assert target.finalize(made["id"]).status_code == 400


@pytest.mark.parametrize(("variants", "status"), [((), 400), (("finalize-twice",), 200)])
def test_a_second_finalize_changes_nothing(served, variants, status):
    target = served(progress="immediately", variants=variants)
    first = target.deploy_dags()
    second = target.deploy_dags({"dags/other.py": b""})
    again = target.finalize(first["id"], dagTarballVersion=first["dagTarballVersion"])
    assert again.status_code == status
    if status == 200:
        assert again.json()["id"] == first["id"]
    else:
        assert "finalized already" in again.json()["message"]
    assert target.get()["dagTarballVersion"] == second["dagTarballVersion"]


def test_a_deployment_that_fell_asleep_meanwhile_finalizes_nothing(target):
    made = target.create().json()
    version = target.upload(made["dagsUploadUrl"]).headers["x-ms-version-id"]
    target.astro.set_status(target.id, "HIBERNATING")
    refused = target.finalize(made["id"], dagTarballVersion=version)
    assert (refused.status_code, "HIBERNATING" in refused.json()["message"]) == (400, True)
