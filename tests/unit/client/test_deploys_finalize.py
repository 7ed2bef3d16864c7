"""Finalizing a deploy, over the wire: a lost response is looked into before anything is sent again."""

from __future__ import annotations

import pytest

from astro_provider.errors import BadRequestError, ForbiddenError, NotFoundError, UnexpectedResponseError
from tests.builders.deploys import bundle
from tests.builders.errors import error

from .deploy_calls import DEPLOYMENT_ID, FINALIZE, LOST, ONE, OWN, VERSION, lost, own


@pytest.mark.parametrize(
    ("versions", "body"),
    [
        ({"dag_tarball_version": VERSION}, {"dagTarballVersion": VERSION}),
        ({"dag_tarball_version": ""}, {"dagTarballVersion": ""}),
        ({"bundle_tarball_version": VERSION}, {"bundleTarballVersion": VERSION}),
        ({"bundle_tarball_version": ""}, {"bundleTarballVersion": ""}),
        ({}, {}),
    ],
    ids=["DAGs", "DAGs kept", "bundle", "bundle deleted", "image alone"],
)
def test_a_finalize_sends_the_versions_that_it_was_given(client, requests_mock, versions, body):
    finalize = requests_mock.post(FINALIZE, json=own(status="DEPLOYED"))
    assert client.deploys.finalize(DEPLOYMENT_ID, OWN, **versions).status == "DEPLOYED"
    assert finalize.last_request.json() == body
    assert requests_mock.call_count == 1


@lost
@pytest.mark.parametrize(
    "found",
    [
        {"status": "DEPLOYED", "dagTarballVersion": VERSION},
        {"status": "DEPLOYED"},
        {"status": "FAILED", "dagTarballVersion": VERSION},
        {"status": "ROLLING_OUT"},
    ],
    ids=str,
)
def test_a_finalize_that_took_effect_though_its_response_was_lost_is_not_sent_again(client, requests_mock, lost, found):
    finalize = requests_mock.post(FINALIZE, [lost])
    requests_mock.get(ONE, json=own(**found))
    assert client.deploys.finalize(DEPLOYMENT_ID, OWN, dag_tarball_version=VERSION).status == found["status"]
    assert finalize.call_count == 1


@lost
@pytest.mark.parametrize("recorded", [{}, {"dagTarballVersion": VERSION}], ids=["no version yet", "version recorded"])
def test_a_deploy_that_is_still_initialized_is_finalized_again(client, requests_mock, lost, recorded):
    finalize = requests_mock.post(FINALIZE, [lost, {"json": own(status="DEPLOYED", dagTarballVersion=VERSION)}])
    requests_mock.get(ONE, json=own(**recorded))
    assert client.deploys.finalize(DEPLOYMENT_ID, OWN, dag_tarball_version=VERSION).status == "DEPLOYED"
    assert finalize.call_count == 2


@pytest.mark.parametrize("responses", [[LOST["timeout"]], []], ids=["first lost", "first sent by another worker"])
@pytest.mark.parametrize(
    ("refused", "found"),
    [
        ((400, "no"), {"status": "DEPLOYED"}),
        ((400, "no"), {"status": "DEPLOYED", "dagTarballVersion": VERSION}),
        ((400, "no"), {"status": "INITIALIZED", "dagTarballVersion": VERSION}),
        ((400, "Deploy has already been processed"), {"status": "INITIALIZED"}),
        ((400, "deploy is finalized"), {"status": "INITIALIZED"}),
        ((409, "no"), {"status": "INITIALIZED"}),
        ((409, "no"), {"status": "FAILED"}),
    ],
    ids=str,
)
def test_a_finalize_may_be_refused_if_an_earlier_one_took_effect(client, requests_mock, responses, refused, found):
    status, words = refused
    requests_mock.post(FINALIZE, [*responses, {"status_code": status, "json": error(status, words)}])
    requests_mock.get(ONE, [{"json": own()} for _ in responses] + [{"json": own(**found)}])
    assert client.deploys.finalize(DEPLOYMENT_ID, OWN, dag_tarball_version=VERSION).status == found["status"]


@pytest.mark.parametrize("responses", [[LOST["timeout"]], []], ids=["first lost", "refused at once"])
@pytest.mark.parametrize("status", ["INITIALIZED", "FAILED"])
@pytest.mark.parametrize(
    "words", ["no such version", "the deploy cannot be finalized", "another deploy is already in progress"]
)
def test_a_finalize_that_is_refused_for_another_reason_is_an_error(client, requests_mock, responses, status, words):
    requests_mock.post(FINALIZE, [*responses, {"status_code": 400, "json": error(400, words)}])
    requests_mock.get(ONE, [{"json": own()} for _ in responses] + [{"json": own(status=status)}])
    with pytest.raises(BadRequestError, match=words):
        client.deploys.finalize(DEPLOYMENT_ID, OWN, dag_tarball_version=VERSION)


@pytest.mark.parametrize(("status", "kind"), [(403, ForbiddenError), (404, NotFoundError)], ids=str)
def test_a_finalize_that_the_token_may_not_do_is_not_looked_into(client, requests_mock, status, kind):
    requests_mock.post(FINALIZE, status_code=status, json=error(status, "because"))
    with pytest.raises(kind, match="because"):
        client.deploys.finalize(DEPLOYMENT_ID, OWN, dag_tarball_version=VERSION)
    assert requests_mock.call_count == 1


def test_an_id_that_is_not_known_may_be_answered_with_500(client, requests_mock):
    requests_mock.post(FINALIZE, **LOST["500"])
    requests_mock.get(ONE, status_code=404, json=error(404, "no such deploy"))
    with pytest.raises(NotFoundError, match="no such deploy"):
        client.deploys.finalize(DEPLOYMENT_ID, OWN, dag_tarball_version=VERSION)


def test_a_deploy_that_another_version_finalized_is_not_taken_for_ours(client, requests_mock):
    finalize = requests_mock.post(FINALIZE, **LOST["timeout"])
    requests_mock.get(ONE, json=own(status="DEPLOYED", dagTarballVersion="another"))
    with pytest.raises(UnexpectedResponseError, match="finalized with another version in the meantime"):
        client.deploys.finalize(DEPLOYMENT_ID, OWN, dag_tarball_version=VERSION)
    assert finalize.call_count == 1


@pytest.mark.parametrize(("desired", "done"), [(VERSION, True), ("another", False)], ids=str)
def test_a_bundles_version_is_compared_at_its_own_mount_path(client, requests_mock, desired, done):
    requests_mock.post(FINALIZE, **LOST["timeout"])
    mounted = [bundle(mountPath="/other", desiredVersion="another"), bundle(mountPath="/dbt", desiredVersion=desired)]
    requests_mock.get(ONE, json=own(type="BUNDLE", status="DEPLOYED", bundleMountPath="/dbt", bundles=mounted))
    if done:
        assert client.deploys.finalize(DEPLOYMENT_ID, OWN, bundle_tarball_version=VERSION).id == OWN
    else:
        with pytest.raises(UnexpectedResponseError, match="another version"):
            client.deploys.finalize(DEPLOYMENT_ID, OWN, bundle_tarball_version=VERSION)


def test_keeping_the_dags_that_are_there_is_done_whatever_version_they_have(client, requests_mock):
    requests_mock.post(FINALIZE, **LOST["timeout"])
    requests_mock.get(ONE, json=own(type="IMAGE_ONLY", status="DEPLOYED", dagTarballVersion="there before"))
    assert client.deploys.finalize(DEPLOYMENT_ID, OWN, dag_tarball_version="").status == "DEPLOYED"
