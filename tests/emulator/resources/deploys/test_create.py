"""What begins a deploy, and what Astro refuses."""

from __future__ import annotations

import re

import pytest

GIT = {"commitSha": "abc123"}
HUB = {"provider": "GITHUB", "account": "acme", "repo": "astro", **GIT}


def test_a_deploy_that_is_never_finalized_stays_initialized_and_changes_nothing(target):
    before = target.get()
    made = target.create("IMAGE_AND_DAG", description="first").json()
    assert (made["status"], made["description"]) == ("INITIALIZED", "first")
    assert re.fullmatch(r"deploy-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d", made["imageTag"])
    assert "dagTarballVersion" not in made
    after = target.get()
    assert {name for name in after if after[name] != before.get(name)} == set()
    assert target.deploy(made["id"])["status"] == "INITIALIZED"


@pytest.mark.parametrize(("kind", "named"), [("DAG_ONLY", "dagsUploadUrl"), ("BUNDLE", "bundleUploadUrl")])
def test_the_upload_address_is_there_for_what_is_uploaded(target, kind, named):
    bundle = {"bundleMountPath": "/x", "bundleType": "dbt"} if kind == "BUNDLE" else {}
    made = target.create(kind, **bundle).json()
    assert {name for name in made if name.endswith("UploadUrl")} == {named}
    assert made[named].startswith(f"http://127.0.0.1:{target.astro.upload_port}/uploads/{target.id}")


def test_a_deploy_of_dags_keeps_the_image(target):
    assert target.create("DAG_ONLY").json()["imageTag"] == target.get()["imageTag"]


@pytest.mark.parametrize("kind", ["DAG_ONLY", "IMAGE_ONLY", "BUNDLE", "IMAGE_AND_DAG"])
def test_with_dag_deploys_switched_off_only_image_and_dag_is_taken_and_has_no_upload_address(astro, target, kind):
    target.id = astro.add_deployment("off", isDagDeployEnabled=False)
    bundle = {"bundleMountPath": "/x", "bundleType": "dbt"} if kind == "BUNDLE" else {}
    answer = target.create(kind, **bundle)
    if kind == "IMAGE_AND_DAG":
        assert answer.json()["isDagDeployEnabled"] is False
        assert "dagsUploadUrl" not in answer.json()
    else:
        assert answer.status_code == 400
        assert "dag deploy is not enabled for deployment" in answer.json()["message"]


@pytest.mark.parametrize("kind", ["DAG_ONLY", "IMAGE_ONLY", "IMAGE_AND_DAG"])
def test_a_hibernating_deployment_takes_no_deploy(target, kind):
    target.call("POST", f"{target.rest}/hibernation-override", {"isHibernating": True})
    assert target.get()["status"] == "HIBERNATING"
    refused = target.create(kind)
    assert refused.status_code == 400
    assert refused.json()["message"] == "Deploy is blocked because Deployment is in HIBERNATING state"
    target.call("DELETE", f"{target.rest}/hibernation-override")
    assert target.create(kind).status_code == 200


def test_a_deployment_that_wakes_takes_deploys_only_once_it_is_awake(served):
    target = served(progress="reads:1")
    target.astro.set_status(target.id, "HIBERNATING")
    target.call("POST", f"{target.rest}/hibernation-override", {"isHibernating": False})
    statuses = []
    while True:
        status = target.create().status_code
        statuses.append((target.get()["status"], status))
        if status == 200:
            break
    assert statuses[0] == ("HIBERNATING", 400)
    assert statuses[-1][1] == 200


def test_ci_cd_enforcement_lets_api_tokens_pass_and_refuses_users(astro, target):
    target.id = astro.add_deployment("strict", isCicdEnforced=True)
    user = astro.issue_token("WORKSPACE_OPERATOR", name="ada", is_user=True)
    refused = target.create(token=user)
    assert refused.status_code == 403
    assert "CI/CD" in refused.json()["message"]
    assert target.create(token=astro.issue_token("WORKSPACE_AUTHOR")).status_code == 200


def test_what_a_user_made_names_the_user(astro, target):
    made = target.create(token=astro.issue_token("WORKSPACE_AUTHOR", name="ada", is_user=True)).json()
    assert made["createdBySubject"]["subjectType"] == "USER"
    assert made["createdBySubject"]["username"] == "ada@example.com"
    assert astro.audit_records[-1]["subjectType"] == "USER"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "DAGS"}, "type"),
        ({"description": "d" * 501}, "description"),
        ({"type": "BUNDLE", "bundleType": "dbt"}, "bundleMountPath"),
        ({"type": "BUNDLE", "bundleMountPath": "/x"}, "bundleType"),
        ({"type": "BUNDLE", "bundleType": "dbt", "bundleMountPath": "/usr/local/airflow/dags/"}, "bundleMountPath"),
        ({"git": {"provider": "GITHUB"}}, "git.commitSha"),
        ({"git": {"provider": "GITLAB", **GIT}}, "git.provider"),
        ({"git": {"provider": "GITHUB", "repo": "astro", **GIT}}, "git.account"),
        ({"git": {"provider": "GITHUB", "account": "acme", **GIT}}, "git.repo"),
        ({"git": {**HUB, "remoteUrl": "https://github.com/acme/astro"}}, "git.remoteUrl"),
        ({"git": {"provider": "GENERIC", **GIT}}, "git.remoteUrl"),
        ({"git": {**HUB, "provider": "GENERIC", "remoteUrl": "https://example.com/r.git"}}, "git.account"),
        ({"git": {**HUB, "sha": "x"}}, "git.sha"),
    ],
)
def test_what_is_wrong_with_a_body_is_named(target, change, field):
    refused = target.create(**{"kind": change.pop("type", "DAG_ONLY"), **change})
    assert refused.status_code == 400
    assert field in [error["field"] for error in refused.json()["fieldErrors"]]


@pytest.mark.parametrize("git", [HUB, {"provider": "GENERIC", "remoteUrl": "git@example.com:r.git", **GIT}])
def test_a_commit_is_kept_and_shown(target, git):
    made = target.create(git={**git, "branch": "main"}).json()
    assert target.deploy(made["id"])["git"] == {**git, "branch": "main"}


@pytest.mark.parametrize(("role", "may"), [("WORKSPACE_AUTHOR", True), ("WORKSPACE_MEMBER", False)])
def test_who_may_deploy(astro, target, role, may):
    token = astro.issue_token(role)
    made = astro.add_deploy(target.id)
    status = 200 if may else 403
    assert target.create(token=token).status_code == status
    for rest in ("", "/rollback"):
        answer = target.call("POST", f"{target.rest}/deploys/{made}{rest}", {}, token=token)
        assert answer.status_code == status
    assert target.call("GET", f"{target.rest}/deploys", token=token).status_code == 200


def test_a_deploy_of_another_deployment_is_not_found(astro, target):
    elsewhere = astro.add_deploy(astro.add_deployment("other"))
    rest = f"{target.rest}/deploys/{elsewhere}"
    assert target.call("GET", rest).status_code == 404
    assert target.call("POST", rest, {}).status_code == 404
    assert target.rollback(elsewhere).status_code == 404
    refused = target.finalize(elsewhere)
    assert (refused.status_code, "not found" in refused.json()["message"]) == (400, True)


def test_a_description_can_be_changed_and_nothing_else(target):
    made = target.create(description="before").json()
    rest = f"{target.rest}/deploys/{made['id']}"
    assert target.call("POST", rest, {"description": "after"}).json()["description"] == "after"
    assert target.call("POST", rest, {"type": "IMAGE_ONLY"}).status_code == 400
    assert target.deploy(made["id"])["description"] == "after"


@pytest.mark.parametrize(("variants", "expected"), [((), [2, 1, 0]), (("list-oldest-first",), [0, 1, 2])])
def test_the_list_has_pages(served, variants, expected):
    target = served(variants=variants)
    made = [target.create().json()["id"] for _ in range(3)]
    pages = [target.call("GET", f"{target.rest}/deploys?limit=1&offset={n}").json() for n in range(3)]
    assert [made.index(page["deploys"][0]["id"]) for page in pages] == expected
    assert {page["totalCount"] for page in pages} == {3}
