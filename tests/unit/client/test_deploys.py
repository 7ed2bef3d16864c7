"""Deploys of a Deployment, over the wire: what is sent, and what is sent again when a response is lost."""

from __future__ import annotations

import pytest

from astro_provider.client import AstroClient
from astro_provider.errors import BadRequestError, NoResponseError, ServerError, UnexpectedResponseError
from astro_provider.models.deploys import LONGEST_DESCRIPTION, Deploy, DeployRequest
from tests.api_document import document, needs_document, schema_problems
from tests.builders.addresses import ORG, URL
from tests.builders.deploys import bundle, deploy, git, listing
from tests.builders.errors import error
from tests.builders.subjects import subject
from tests.builders.tokens import token

from .deploy_calls import (
    BODY,
    DEPLOYMENT_ID,
    DEPLOYS,
    LOST,
    MARKER,
    ONE,
    OWN,
    ROLLBACK,
    UPLOAD_URL,
    VERSION,
    lost,
    now,
    own,
)

# ---------------------------------------------------------------- reading


def test_a_list_is_read_to_its_end_in_the_apis_own_order(client, requests_mock):
    first, second, third = (deploy(id=f"cldeploy{number}") for number in range(3))
    requests_mock.get(DEPLOYS, [{"json": listing(first, second, total=3)}, {"json": listing(second, third, total=3)}])
    assert [found.id for found in client.deploys.list(DEPLOYMENT_ID)] == ["cldeploy0", "cldeploy1", "cldeploy2"]
    assert [request.qs["offset"] for request in requests_mock.request_history] == [["0"], ["1"]]
    assert "sorts" not in requests_mock.last_request.qs


def test_one_of_a_type_that_the_document_does_not_list_is_read(client, requests_mock):
    requests_mock.get(f"{DEPLOYS}/cldeploy1", json=deploy(id="cldeploy1", type="BUNDLE", status="SOMETHING_NEW"))
    found = client.deploys.get(DEPLOYMENT_ID, "cldeploy1")
    assert (found.type, found.status, found.dag_tarball_version) == ("BUNDLE", "SOMETHING_NEW", None)


def test_everything_that_the_document_has_about_a_deploy_is_read(client, requests_mock):
    full = deploy(
        description="words",
        dagsUploadUrl=UPLOAD_URL,
        dagTarballVersion=VERSION,
        bundles=[bundle()],
        git=git(),
        rollbackFromId="cldeploy7",
        createdBySubject=subject(apiTokenName="ci"),
    )
    requests_mock.get(ONE, json=full)
    found = client.deploys.get(DEPLOYMENT_ID, OWN)
    assert found.dags_upload_url.get_secret_value() == UPLOAD_URL
    assert (found.bundles[0].mount_path, found.git.commit_sha) == (bundle()["mountPath"], git()["commitSha"])
    assert (found.rollback_from_id, found.created_by.label) == ("cldeploy7", "ci")
    assert (found.label, found.status, found.status_reason) == (f"Deploy {found.id}", "DEPLOYED", None)


@pytest.mark.parametrize(
    "fields",
    [
        {"bundles": None, "git": None},
        {"git": {"provider": "GITEA"}},
        {"bundles": [{"name": "main", "isDagBundle": True, "desiredVersion": VERSION}]},
        {"createdBySubject": None, "isDagDeployEnabled": None, "imageTag": None},
    ],
    ids=str,
)
def test_what_a_later_api_leaves_out_or_adds_does_not_break_a_reader(client, requests_mock, fields):
    requests_mock.get(ONE, json=deploy(**fields, astroNews="yes"))
    assert client.deploys.get(DEPLOYMENT_ID, OWN).id == deploy()["id"]


def test_an_upload_url_shows_itself_only_when_it_is_asked_for():
    found = Deploy.model_validate(own(dagsUploadUrl=UPLOAD_URL, bundleUploadUrl=UPLOAD_URL))
    shown = f"{found!r} {found} {found.facts} {found.model_dump()} {found.model_dump_json()} {found.label}"
    assert "sig=" not in shown
    assert "store.example.com" not in shown


def test_a_damaged_response_is_not_quoted_since_an_upload_url_may_be_in_it(client, requests_mock):
    requests_mock.get(ONE, text=f'{{"id": "cl1", "dagsUploadUrl": "{UPLOAD_URL}", "sta')
    with pytest.raises(UnexpectedResponseError, match="not JSON: it is cut off") as caught:
        client.deploys.get(DEPLOYMENT_ID, OWN)
    assert "sig=" not in str(caught.value)


# ---------------------------------------------------------------- create


def test_a_create_returns_the_new_deploy_with_its_upload_url(client, requests_mock):
    create = requests_mock.post(DEPLOYS, json=own(dagsUploadUrl=UPLOAD_URL))
    made = client.deploys.create(DEPLOYMENT_ID, BODY)
    assert (made.id, made.status) == (OWN, "INITIALIZED")
    assert made.dags_upload_url.get_secret_value() == UPLOAD_URL
    assert create.last_request.json() == BODY
    assert requests_mock.call_count == 1


@lost
def test_a_create_that_took_effect_though_its_response_was_lost_is_found(client, requests_mock, lost):
    create = requests_mock.post(DEPLOYS, [lost])
    other = deploy(id="cldeployother", description=MARKER + "x", createdAt=now())
    requests_mock.get(DEPLOYS, json=listing(other, own()))
    requests_mock.get(ONE, json=own(dagsUploadUrl=UPLOAD_URL))
    made = client.deploys.create(DEPLOYMENT_ID, BODY)
    assert (made.id, made.dags_upload_url.get_secret_value()) == (OWN, UPLOAD_URL)
    assert create.call_count == 1


@lost
def test_a_create_that_surely_had_no_effect_is_sent_again(client, requests_mock, lost):
    create = requests_mock.post(DEPLOYS, [lost, {"json": own()}])
    long_ago = own(id="cldeployold", createdAt=now(-3600))
    requests_mock.get(DEPLOYS, json=listing(long_ago, own(id="cldeployforeign", description="somebody else's")))
    assert client.deploys.create(DEPLOYMENT_ID, BODY).id == OWN
    assert create.call_count == 2


@pytest.mark.parametrize("order", [1, -1], ids=["oldest first", "newest first"])
def test_the_callers_own_rule_finds_the_newest_in_every_order_whatever_the_clock_says(client, requests_mock, order):
    requests_mock.post(DEPLOYS, **LOST["timeout"])
    newest = own(description="[try 4f1c] but changed on the way", createdAt=now(-600))
    requests_mock.get(DEPLOYS, json=listing(*[own(id="cldeploy1", createdAt=now(-900)), newest][::order]))
    requests_mock.get(ONE, json=newest)
    made = client.deploys.create(DEPLOYMENT_ID, BODY, is_own=lambda found: "[try 4f1c]" in (found.description or ""))
    assert made.id == OWN


@pytest.mark.parametrize("description", [f"  {MARKER} ", MARKER.replace(" [", "\n[")], ids=["spaces", "line break"])
def test_a_description_whose_spaces_were_changed_is_still_recognised(client, requests_mock, description):
    create = requests_mock.post(DEPLOYS, **LOST["timeout"])
    requests_mock.get(DEPLOYS, json=listing(own(description=description)))
    requests_mock.get(ONE, json=own())
    assert client.deploys.create(DEPLOYMENT_ID, BODY).id == OWN
    assert create.call_count == 1


def test_another_tokens_deploy_with_the_same_words_is_not_taken_for_ours(requests_mock):
    create = requests_mock.post(DEPLOYS, [LOST["timeout"], {"json": own()}])
    requests_mock.get(DEPLOYS, json=listing(own(id="cldeployother", createdBySubject=subject(id="clother"))))
    with AstroClient(
        token(permissions=["apiTokenId:clmytoken"]), url=URL, organization_id=ORG, sleep=lambda _: None
    ) as client:
        assert client.claims.token_id
        assert client.deploys.create(DEPLOYMENT_ID, BODY).id == OWN
    assert create.call_count == 2


def test_without_anything_to_recognise_it_by_a_create_is_not_sent_twice(client, requests_mock):
    create = requests_mock.post(DEPLOYS, **LOST["timeout"])
    with pytest.raises(NoResponseError):
        client.deploys.create(DEPLOYMENT_ID, {"type": "DAG_ONLY"})
    assert create.call_count == requests_mock.call_count == 1


def test_a_create_that_stays_lost_ends_after_three(client, requests_mock, pauses):
    create = requests_mock.post(DEPLOYS, **LOST["500"])
    requests_mock.get(DEPLOYS, json=listing())
    with pytest.raises(ServerError):
        client.deploys.create(DEPLOYMENT_ID, BODY)
    assert (create.call_count, len(pauses)) == (3, 2)


def test_a_refused_create_is_raised_with_the_apis_words(client, requests_mock):
    words = "Deploy is blocked because Deployment is in HIBERNATING state"
    requests_mock.post(DEPLOYS, status_code=400, json=error(400, words))
    with pytest.raises(BadRequestError, match=words):
        client.deploys.create(DEPLOYMENT_ID, BODY)
    assert requests_mock.call_count == 1


def test_a_429_is_waited_out_without_looking_for_anything(client, requests_mock):
    requests_mock.post(DEPLOYS, [{"status_code": 429, "headers": {"Retry-After": "1"}}, {"json": own()}])
    assert client.deploys.create(DEPLOYMENT_ID, BODY).id == OWN
    assert [request.method for request in requests_mock.request_history] == ["POST", "POST"]


# ---------------------------------------------------------------- update


@pytest.mark.parametrize("lost", [LOST[name] for name in LOST if name != "truncated"])
def test_a_description_is_replaced_again_after_a_lost_response(client, requests_mock, lost):
    update = requests_mock.post(ONE, [lost, {"json": own(description="new")}])
    assert client.deploys.update(DEPLOYMENT_ID, OWN, description="new").description == "new"
    assert [request.json() for request in update.request_history] == [{"description": "new"}] * 2


# ---------------------------------------------------------------- rollback


def rolled_back(**fields):
    return deploy(**{"id": "cldeploynew", "rollbackFromId": OWN, "createdAt": now(), **fields})


@pytest.mark.parametrize(("description", "body"), [(None, {}), ("back", {"description": "back"})], ids=str)
def test_a_rollback_returns_the_new_deploy(client, requests_mock, description, body):
    rollback = requests_mock.post(ROLLBACK, json=rolled_back())
    made = client.deploys.rollback(DEPLOYMENT_ID, OWN, description=description)
    assert (made.id, made.rollback_from_id) == ("cldeploynew", OWN)
    assert rollback.last_request.json() == body


@lost
@pytest.mark.parametrize("description", [None, "back [try 4f1c]"], ids=str)
def test_a_rollback_that_took_effect_though_its_response_was_lost_is_found(client, requests_mock, lost, description):
    rollback = requests_mock.post(ROLLBACK, [lost])
    new = rolled_back(description=description)
    others = [rolled_back(id="cl1", createdAt=now(-3600)), rolled_back(id="cl2", rollbackFromId="cldeploy9"), deploy()]
    requests_mock.get(DEPLOYS, json=listing(*others, new))
    requests_mock.get(f"{DEPLOYS}/cldeploynew", json=new)
    assert client.deploys.rollback(DEPLOYMENT_ID, OWN, description=description).id == "cldeploynew"
    assert rollback.call_count == 1


@lost
def test_a_rollback_that_had_no_effect_is_sent_again(client, requests_mock, lost):
    rollback = requests_mock.post(ROLLBACK, [lost, {"json": rolled_back()}])
    requests_mock.get(DEPLOYS, json=listing(rolled_back(id="cl1", description="somebody else's")))
    assert client.deploys.rollback(DEPLOYMENT_ID, OWN, description="back [try 4f1c]").id == "cldeploynew"
    assert rollback.call_count == 2


# ---------------------------------------------------------------- bodies


@needs_document
@pytest.mark.parametrize(
    "fields",
    [
        {"type": "DAG_ONLY", "description": "x" * LONGEST_DESCRIPTION},
        {"type": "IMAGE_ONLY"},
        {"type": "BUNDLE", "bundle_type": "dbt", "bundle_mount_path": "/usr/local/airflow/dbt/shop"},
        {
            "type": "IMAGE_AND_DAG",
            "git": {
                "provider": "GITHUB",
                "commitSha": "abc",
                "account": "acme",
                "repo": "dags",
                "branch": "main",
                "path": "dags/",
                "commitUrl": "https://github.com/acme/dags/commit/abc",
                "authorName": "A",
                "authorUrl": "https://github.com/a",
                "authorUsername": "a",
                "beforeCommitSha": "abb",
            },
        },
        {"type": "DAG_ONLY", "git": {"provider": "GENERIC", "commitSha": "abc", "remoteUrl": "git@example.com:x"}},
    ],
    ids=lambda fields: fields["type"],
)
def test_a_body_is_what_the_document_asks_for(fields):
    assert schema_problems("CreateDeployRequest", DeployRequest(**fields).body()) == []


@needs_document
@pytest.mark.parametrize(
    ("schema", "call", "path_end", "arguments"),
    [
        ("FinalizeDeployRequest", "finalize", "/finalize", {"dag_tarball_version": VERSION}),
        ("FinalizeDeployRequest", "finalize", "/finalize", {"bundle_tarball_version": ""}),
        ("UpdateDeployRequest", "update", "", {"description": "words"}),
        ("DeployRollbackRequest", "rollback", "/rollback", {"description": "words"}),
    ],
)
def test_every_other_body_is_what_the_document_asks_for(client, requests_mock, schema, call, path_end, arguments):
    sent = requests_mock.post(ONE + path_end, json=own())
    getattr(client.deploys, call)(DEPLOYMENT_ID, OWN, **arguments)
    assert schema_problems(schema, sent.last_request.json()) == []


@needs_document
def test_the_longest_description_is_the_documents():
    properties = document()["components"]["schemas"]["CreateDeployRequest"]["properties"]
    assert properties["description"]["maxLength"] == LONGEST_DESCRIPTION
