"""An image deploy against the emulator with a real registry: copied, pushed under the deploy's tag, finalized."""

from __future__ import annotations

import pytest

from astro_provider.client import AstroClient
from astro_provider.emulator import Emulator
from astro_provider.errors import ApiError
from astro_provider.images import copy_image, read_image
from tests.builders.images import image, index, layer

from .conftest import TOKEN


@pytest.fixture
def astro(target):
    with Emulator(progress="immediately", registry=target.address, token=TOKEN) as astro:
        yield astro


@pytest.fixture
def client(astro):
    with AstroClient(TOKEN, url=astro.url, organization_id=astro.organization_id) as client:
        yield client


@pytest.mark.parametrize("form", ["oci", "docker"])
@pytest.mark.parametrize("is_listed", [False, True])
def test_the_deployment_runs_the_image_that_was_copied_and_its_runtime(astro, client, source, push, form, is_listed):
    built = image(layer("a"), form=form, runtime="3.3-2")
    push(source, "acme/astro", built)
    if is_listed:
        push(source, "acme/astro", index((built, {"os": "linux", "architecture": "amd64"}), form=form), "1.2")
    else:
        push(source, "acme/astro", built, "1.2")
    deployment = astro.add_deployment("one", isDagDeployEnabled=False, astroRuntimeVersion="3.1-5")
    deploy = client.deploys.create(deployment, {"type": "IMAGE_AND_DAG"})
    found = read_image(f"{source.address}/acme/astro:1.2")
    copy_image(found, repository=deploy.image_repository, tag=deploy.image_tag, token=TOKEN)
    assert client.deploys.finalize(deployment, deploy.id).status == "DEPLOYED"
    shown = client.deployments.get(deployment)
    assert (shown.image_tag, shown.astro_runtime_version) == (deploy.image_tag, "3.3-2")


def test_a_deploy_whose_image_was_not_pushed_is_refused(astro, client):
    deployment = astro.add_deployment("one", isDagDeployEnabled=False)
    deploy = client.deploys.create(deployment, {"type": "IMAGE_AND_DAG"})
    with pytest.raises(ApiError, match="was never pushed"):
        client.deploys.finalize(deployment, deploy.id)
