"""Images copied between real registries, with each way to log in and each way to keep blobs."""

from __future__ import annotations

import logging
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator
from astro_provider.errors import ForbiddenError, NotFoundError, UnauthorizedError
from astro_provider.http.login import Login
from astro_provider.images import copy_image, read_image, source_login
from tests.builders.images import attestation, image, index, layer

from .conftest import TOKEN
from .servers import Storage, TokenService

BASE, OWN = layer("base", b"b" * 100_000), layer("own")
CLI = ("cli", TOKEN)


def copy(reference, target, *, repository="org/dep", tag="deploy-1", login=None):
    found = read_image(reference, login=login)
    copy_image(found, repository=f"{target.address}/{repository}", tag=tag, token=TOKEN)
    return found


def assert_has(registry, built, *, repository="org/dep", tag="deploy-1", auth=CLI):
    base = f"http://{registry.address}/v2/{repository}"
    stored = requests.get(f"{base}/manifests/{tag}", headers={"Accept": built.media_type}, auth=auth)
    assert (stored.content, stored.headers["Content-Type"]) == (built.manifest, built.media_type)
    for digest, blob in built.blobs.items():
        assert requests.get(f"{base}/blobs/{digest}", auth=auth).content == blob


def sent_blobs(registry):
    return [path for method, path, status in registry.requests() if method == "PATCH" and status == 202]


@pytest.mark.parametrize("form", ["oci", "docker"])
def test_an_image_arrives_byte_for_byte(form, source, target, push):
    built = image(BASE, OWN, form=form, runtime="3.1-5")
    push(source, "acme/astro", built, "1.2")
    found = copy(f"{source.address}/acme/astro:1.2", target)
    assert (found.digest, found.runtime_version) == (built.digest, "3.1-5")
    assert_has(target, built)
    assert len(sent_blobs(target)) == 3


def test_layers_that_are_there_are_not_sent_again(source, target, push):
    push(source, "acme/astro", image(BASE, OWN), "1")
    copy(f"{source.address}/acme/astro:1", target)
    newer = image(BASE, layer("newer"), runtime="3.1-6")
    push(source, "acme/astro", newer, "2")
    before = len(sent_blobs(target))
    copy(f"{source.address}/acme/astro:2", target, tag="deploy-2")
    assert_has(target, newer, tag="deploy-2")
    assert len(sent_blobs(target)) == before + 2  # the new layer and the config


@pytest.mark.parametrize("form", ["oci", "docker"])
def test_of_several_platforms_linux_amd64_is_copied(form, source, target, push):
    arm = image(layer("arm"), form=form, platform=("linux", "arm64"))
    amd = image(BASE, OWN, form=form)
    about = attestation()
    for built in (arm, amd, about):
        push(source, "acme/astro", built)
    listed = index(
        (about, {"os": "unknown", "architecture": "unknown"}),
        (arm, {"os": "linux", "architecture": "arm64", "variant": "v8"}),
        (amd, {"os": "linux", "architecture": "amd64"}),
        form=form,
    )
    push(source, "acme/astro", listed, "latest")
    found = copy(f"{source.address}/acme/astro", target)
    assert found.digest == amd.digest
    assert_has(target, amd)


def test_a_digest_is_what_is_copied(source, target, push):
    old, new = image(OWN), image(BASE)
    push(source, "acme/astro", old, "1")
    push(source, "acme/astro", new, "1")
    assert copy(f"{source.address}/acme/astro:1@{old.digest}", target).digest == old.digest
    assert_has(target, old)


def test_within_one_registry_layers_are_mounted(target, push):
    built = image(BASE, OWN)
    push(target, "org/staging", built, "deploy-7", auth=CLI)
    before = len(target.requests())
    reference = f"{target.address}/org/staging:deploy-7"
    login = source_login(reference, repository=f"{target.address}/org/dep", token=TOKEN)
    copy(reference, target, login=login)
    assert_has(target, built)
    made = target.requests()[before:]
    assert [status for method, path, status in made if "mount=" in path and status != 401] == [201, 201, 201]
    assert not [path for method, path, _ in made if method == "PATCH"]


def test_blobs_come_from_a_storage_that_gets_no_login(make_registry, target, push, caplog):
    caplog.set_level(logging.DEBUG)
    storage = Storage()
    source = make_registry(users={"bot": "s3cret"}, storage_url=storage.url)
    storage.folder = source.storage
    built = image(BASE, OWN)
    push(source, "acme/astro", built, "1", auth=("bot", "s3cret"))
    login = Login("bot", "s3cret")
    caplog.clear()
    copy(f"{source.address}/acme/astro:1", target, login=login)
    # Neither signed addresses nor upload sessions.
    assert not [r for r in caplog.records if r.name.startswith("urllib3")]
    storage.close()
    assert_has(target, built)
    assert {authorization for _, _, authorization in storage.seen} == {None}
    assert len(storage.seen) == 4  # the config twice, and two layers


@pytest.mark.parametrize("refuses_head", [False, True])
def test_a_registry_that_redirects_is_believed_about_what_it_has(refuses_head, make_registry, source, push):
    storage = Storage(refuses_head=refuses_head)
    target = make_registry(users={"cli": TOKEN}, storage_url=storage.url)
    storage.folder = target.storage
    push(source, "acme/astro", image(BASE, OWN), "1")
    copy(f"{source.address}/acme/astro:1", target)
    assert len(sent_blobs(target)) == 3
    copy(f"{source.address}/acme/astro:1", target, tag="deploy-2")
    storage.close()
    assert len(sent_blobs(target)) == 3
    assert {authorization for _, _, authorization in storage.seen} == {None}


def scopes(path):
    """What was asked for; the registry names actions in any order."""
    for scope in parse_qs(urlsplit(path).query)["scope"]:
        name, _, actions = scope.rpartition(":")
        yield f"{name}:{','.join(sorted(actions.split(',')))}"


@pytest.fixture
def guarded(make_registry, tmp_path):
    """A registry with a token service at another address."""
    service = TokenService(tmp_path, {"bot": "s3cret", "cli": TOKEN})
    yield make_registry(auth=service.auth), service
    service.close()


def test_a_token_service_is_asked_for_what_is_needed(guarded, target, push):
    registry, service = guarded
    built = image(BASE, OWN)
    push(target, "acme/astro", built, "1", auth=CLI)
    copy(f"{target.address}/acme/astro:1", registry, repository="org/first", login=Login(*CLI))
    assert len(sent_blobs(registry)) == 3
    copy(f"{registry.address}/org/first:deploy-1", registry, login=Login("bot", "s3cret"))
    assert len(sent_blobs(registry)) == 3  # mounted, with a token for both repositories
    asked = [set(scopes(path)) for _, path, _ in service.seen]
    assert {"repository:org/first:pull"} in asked
    assert {"repository:org/dep:pull,push", "repository:org/first:pull"} in asked
    assert read_image(f"{registry.address}/org/dep:deploy-1", login=Login("bot", "s3cret")).content == built.manifest


def test_a_refused_login_names_the_registry_and_no_secret(guarded, caplog):
    registry, _ = guarded
    caplog.set_level(logging.DEBUG)
    with pytest.raises(UnauthorizedError, match="refused the login of user 'bot'") as caught:
        read_image(f"{registry.address}/org/dep:1", login=Login("bot", "wr0ng"))
    assert registry.address in str(caught.value)
    assert "wr0ng" not in caplog.text + str(caught.value)
    assert Login("bot", "wr0ng").basic.split()[1] not in caplog.text + str(caught.value)


def test_a_token_that_must_not_push_is_told_so(source, make_registry, push):
    target = make_registry(users={"cli": "another token"})
    push(source, "acme/astro", image(OWN), "1")
    with pytest.raises(UnauthorizedError, match=r"does not let this API token push an image") as caught:
        copy(f"{source.address}/acme/astro:1", target)
    assert TOKEN not in str(caught.value)


def test_an_image_that_is_not_there(source, push):
    with pytest.raises(NotFoundError, match=r"does not have the image .*/acme/astro:9.*MANIFEST_UNKNOWN"):
        read_image(f"{source.address}/acme/astro:9")


def test_a_registry_that_wants_a_login_says_so(target):
    with pytest.raises((UnauthorizedError, ForbiddenError), match="only after a login"):
        read_image(f"{target.address}/org/dep:1")


def test_a_deploy_gets_its_image_where_astro_wants_it(source, make_registry, push):
    push(source, "acme/astro", image(BASE, OWN, runtime="3.1-5"), "1")
    target = make_registry(users={"cli": TOKEN})
    with Emulator(progress="immediately", token=TOKEN, registry=target.address) as astro:
        deployment_id = astro.add_deployment("staging", isDagDeployEnabled=False, astroRuntimeVersion="3.0-1")
        with AstroClient(astro.token, url=astro.url, organization_id=astro.organization_id) as client:
            deploy = client.deploys.create(deployment_id, {"type": "IMAGE_AND_DAG"})
            found = read_image(f"{source.address}/acme/astro:1")
            copy_image(found, repository=deploy.image_repository, tag=deploy.image_tag, token=astro.token)
            client.deploys.finalize(deployment_id, deploy.id)
            done = client.deploys.get(deployment_id, deploy.id)
            deployment = client.deployments.get(deployment_id)
    assert done.status == "DEPLOYED"
    # The emulator has read the image's label in the registry.
    assert deployment.astro_runtime_version == "3.1-5"
