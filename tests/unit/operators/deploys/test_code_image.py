"""Deploying an image that CI has built: copied from registry to registry, alone or with DAGs, only if it changed."""

from __future__ import annotations

import json
import logging
import time

import pytest
import requests_mock
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.errors import ServerError
from astro_provider.http.login import Login
from astro_provider.operators.deploys import DeployCodeOperator
from tests.builders.images import image, layer
from tests.unit.images.registries import Answer, FakeRegistry

REFERENCE = "ghcr.io/acme/astro:1.2"
RUNTIME = "3.1-5"


@pytest.fixture
def network():
    with requests_mock.Mocker(real_http=True) as network:
        yield network


@pytest.fixture
def ghcr(network) -> FakeRegistry:
    registry = FakeRegistry(network, "ghcr.io")
    registry.add(image(layer("base"), runtime=RUNTIME), "1.2")
    registry.add(image(layer("base"), layer("own"), runtime=RUNTIME), "1.3")
    return registry


@pytest.fixture
def images(astro, network, monkeypatch) -> FakeRegistry:
    """Astro's registry; the emulator itself has none."""
    monkeypatch.setattr(astro, "image_repository", "images.astronomer.cloud/{}".format)
    login = Login("cli", astro.token)
    return FakeRegistry(network, "images.astronomer.cloud", challenge='Basic realm="astro"', accepts=login.basic)


@pytest.fixture
def deploy_image(runner, astro, ghcr, images, staging):
    def deploy_image(**arguments):
        astro.add_deploy(staging, {"dags/old.py": b""}) if not astro.dags(staging) else None
        given = {"image": REFERENCE, "deployment_id": staging, "git": None, "wait": False, **arguments}
        return runner.run(DeployCodeOperator, **given)

    return deploy_image


def newest(astro) -> dict:
    return astro.store.all("deploy")[-1]


def test_an_image_alone_is_copied_and_keeps_the_dags(astro, deploy_image, images, staging, runner):
    deploy_id = deploy_image()
    made = newest(astro)
    assert (made["id"], made["type"], made["status"]) == (deploy_id, "IMAGE_ONLY", "DEPLOYED")
    built = image(layer("base"), runtime=RUNTIME)
    assert images.manifests[made["imageTag"]][0] == built.manifest
    assert set(astro.dags(staging)) == {"dags/old.py"}
    assert f"[image {built.digest}]" in made["description"]
    xcoms = runner.ti.xcoms
    assert (xcoms["deploy_type"], xcoms["image_digest"], xcoms["dags_digest"]) == ("IMAGE_ONLY", built.digest, None)


def test_an_image_that_runs_already_is_not_sent_again(astro, deploy_image, ghcr, posts):
    deploy_image(wait=True, timeout=20)
    deploy_image()
    assert posts().count("deploys") == 1
    deploy_image(image="ghcr.io/acme/astro:1.3")
    assert posts().count("deploys") == 2


def test_image_and_dags_go_together_and_then_only_what_changed(astro, deploy_image, dags, staging, monkeypatch):
    now = astro.clock  # a tag is the second of its deploy: two of one second could not be told apart
    both = {"dags_folder": str(dags), "wait": True, "timeout": 20}
    deploy_image(**both)
    assert newest(astro)["type"] == "IMAGE_AND_DAG"
    assert set(astro.dags(staging)) == {"dags/one.py"}
    monkeypatch.setattr(astro, "clock", lambda: now() + 60)
    deploy_image(**both, image="ghcr.io/acme/astro:1.3")
    assert newest(astro)["type"] == "IMAGE_ONLY"
    (dags / "one.py").write_text("# other")
    deploy_image(**both, image="ghcr.io/acme/astro:1.3")
    assert newest(astro)["type"] == "DAG_ONLY"


def test_the_task_waits_until_the_deployment_has_the_image(astro, deploy_image, staging, deferrable):
    deploy_image(wait=True, deferrable=deferrable, timeout=20)
    (deployment,) = astro.deployments
    assert deployment["imageTag"] == newest(astro)["imageTag"]


def test_with_dag_deploys_disabled_an_image_brings_its_dags(astro, runner, deploy_image):
    other = astro.add_deployment("other", isDagDeployEnabled=False)
    runner.run(DeployCodeOperator, image=REFERENCE, deployment_id=other, wait=False)
    assert newest(astro)["type"] == "IMAGE_AND_DAG"
    (finalize,) = [r.body for r in astro.requests if r.path.endswith("/finalize")]
    assert finalize == {}


def test_an_image_alone_is_refused_where_there_are_no_dags_yet(astro, runner, ghcr, staging, posts):
    with pytest.raises(AirflowFailException, match="no DAGs yet"):
        runner.run(DeployCodeOperator, image=REFERENCE, deployment_id=staging)
    assert posts() == []


@pytest.mark.parametrize(
    ("runtime", "words"), [(None, "it has no label"), ("3.0-1", r"has Astro Runtime 3\.0-1, but .* runs Astro Runtime")]
)
def test_an_image_that_astro_must_not_run_is_refused_before_anything_is_made(
    astro, deploy_image, ghcr, posts, runtime, words
):
    ghcr.add(image(layer("base"), runtime=runtime), "1.2")
    with pytest.raises(AirflowFailException, match=words):
        deploy_image()
    assert posts() == []


def test_an_image_that_is_not_there_is_refused_before_anything_is_made(deploy_image, posts):
    with pytest.raises(AirflowFailException, match="ghcr"):
        deploy_image(image="ghcr.io/acme/astro:9")
    assert posts() == []


def test_a_private_registry_is_read_with_its_connection(astro, deploy_image, network, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    login = Login("bot", "s3cret-of-the-registry")
    private = FakeRegistry(network, "registry.acme.com:5001", challenge='Basic realm="acme"', accepts=login.basic)
    private.add(image(layer("base"), runtime=RUNTIME), "1.2")
    monkeypatch.setenv(
        "AIRFLOW_CONN_ACME",
        json.dumps(
            {
                "conn_type": "docker",
                "host": "registry.acme.com",
                "port": 5001,
                "login": "bot",
                "password": login.password,
            }
        ),
    )
    deploy_image(image="registry.acme.com:5001/acme/astro:1.2", registry_conn_id="acme")
    assert newest(astro)["type"] == "IMAGE_ONLY"
    assert login.password not in caplog.text
    assert astro.token not in caplog.text


def test_a_registry_connection_that_does_not_exist_or_is_for_another_registry_is_an_error(
    deploy_image, posts, monkeypatch
):
    with pytest.raises(AirflowFailException, match=r"no Airflow connection 'acme'.*type Docker"):
        deploy_image(registry_conn_id="acme")
    monkeypatch.setenv("AIRFLOW_CONN_ACME", json.dumps({"conn_type": "docker", "host": "docker.io", "login": "x"}))
    with pytest.raises(AirflowFailException, match=r"^The connection 'acme' \(registry_conn_id\) is .* not sent there"):
        deploy_image(registry_conn_id="acme")
    monkeypatch.setenv("AIRFLOW_CONN_ACME", json.dumps({"conn_type": "postgres", "host": "ghcr.io", "password": "x"}))
    with pytest.raises(
        AirflowFailException, match="connection 'acme' is of type 'postgres', not 'docker' or 'generic'"
    ):
        deploy_image(registry_conn_id="acme")
    assert posts() == []


def test_a_retry_goes_on_after_a_copy_that_failed(astro, deploy_image, images, runner):
    images.fail("PUT", "/manifests/", *[Answer(503)] * 9)
    with pytest.raises(ServerError):
        deploy_image()
    assert newest(astro)["status"] == "INITIALIZED"
    images.faults.clear()
    runner.ti.try_number = 2
    assert deploy_image() == newest(astro)["id"]
    assert [deploy["status"] for deploy in astro.store.all("deploy")] == ["DEPLOYED", "DEPLOYED"]


def test_a_new_image_for_the_task_s_own_deployment_is_warned_of(deploy_image, staging, monkeypatch, caplog):
    monkeypatch.setenv("ASTRO_DEPLOYMENT_ID", staging)
    deploy_image()
    assert "so deploying a new image may stop the task before it has finished" in caplog.text


@pytest.mark.slow
def test_an_image_comes_again_once_after_dag_deploys_were_switched(astro, runner, ghcr, images, staging, dags, posts):
    def switch(enabled: bool) -> None:
        (stored,) = astro.store.all("deployment")
        astro.store.put("deployment", {**stored, "isDagDeployEnabled": enabled})

    now = [time.time()]
    astro.clock = lambda: now[0]

    def deploy(**arguments: str) -> tuple[str, int]:
        now[0] += 60  # an image's tag is the second of its deploy
        given = {"image": REFERENCE, "deployment_id": staging, "git": None, "timeout": 20, **arguments}
        runner.run(DeployCodeOperator, **given)
        return newest(astro)["type"], posts().count("deploys")

    astro.add_deploy(staging, {"dags/old.py": b""})
    assert deploy() == ("IMAGE_ONLY", 1)
    switch(False)
    assert deploy() == deploy() == ("IMAGE_AND_DAG", 2)
    switch(True)
    assert deploy(dags_folder=str(dags)) == deploy(dags_folder=str(dags)) == ("IMAGE_AND_DAG", 3)
