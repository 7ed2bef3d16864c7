"""What is deployed, as what and why; and what is refused before anything is made."""

from __future__ import annotations

import pytest

from astro_provider.errors import PlanError
from astro_provider.models.deployments import Deployment
from astro_provider.rules.deploys import check_deployable, plan_deploy
from astro_provider.rules.running_code import RunningCode
from tests.builders import deployments
from tests.builders.deploy_history import History, digest

OLD, NEW, IMAGE, NEW_IMAGE = map(digest, range(1, 5))


def deployment(**fields) -> Deployment:
    return Deployment.model_validate(deployments.deployment(desiredDagTarballVersion="v1", **fields))


def plan(running: RunningCode, target: Deployment | None = None, **wanted):
    return plan_deploy(target or deployment(), running, **{"dags": None, "image": None, **wanted})


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"dags": NEW}, ("DAG_ONLY", NEW, None)),
        ({"dags": NEW, "image": IMAGE}, ("DAG_ONLY", NEW, None)),
        ({"image": NEW_IMAGE}, ("IMAGE_ONLY", None, NEW_IMAGE)),
        ({"dags": OLD, "image": NEW_IMAGE}, ("IMAGE_ONLY", None, NEW_IMAGE)),
        ({"dags": NEW, "image": NEW_IMAGE}, ("IMAGE_AND_DAG", NEW, NEW_IMAGE)),
        ({"dags": OLD, "image": IMAGE}, ("none", None, None)),
        ({"dags": OLD}, ("none", None, None)),
        ({"image": IMAGE}, ("none", None, None)),
        ({"dags": OLD, "force": True}, ("DAG_ONLY", OLD, None)),
        ({"image": IMAGE, "force": True}, ("IMAGE_ONLY", None, IMAGE)),
        ({"dags": OLD, "image": IMAGE, "force": True}, ("IMAGE_AND_DAG", OLD, IMAGE)),
    ],
)
def test_only_what_changed_is_deployed(wanted, expected):
    made = plan(RunningCode(dags=OLD, image=IMAGE), **wanted)
    assert (made.type, made.dags, made.image) == expected
    assert made.is_needed == (made.type != "none")


@pytest.mark.parametrize("wanted", [{"dags": NEW}, {"image": NEW_IMAGE}, {"dags": NEW, "image": NEW_IMAGE}])
def test_what_is_not_known_is_deployed(wanted):
    made = plan(RunningCode(), **wanted)
    assert {"dags": made.dags, "image": made.image} == {"dags": None, "image": None, **wanted}


def test_with_dag_deploys_disabled_an_image_brings_its_dags():
    made = plan(RunningCode(), deployment(isDagDeployEnabled=False), image=NEW_IMAGE)
    assert (made.type, made.dags, made.image) == ("IMAGE_AND_DAG", None, NEW_IMAGE)
    assert made.finalize_version(None) is None


def test_an_image_alone_needs_dags_that_are_there():
    bare = Deployment.model_validate(deployments.deployment())
    with pytest.raises(PlanError, match=r"no DAGs yet.*Set dags_folder as well"):
        plan(RunningCode(), bare, image=NEW_IMAGE)
    assert plan(RunningCode(), bare, image=NEW_IMAGE, dags=NEW).type == "IMAGE_AND_DAG"


def test_an_image_alone_is_finalized_without_taking_the_dags_away():
    assert plan(RunningCode(), image=NEW_IMAGE).finalize_version(None) == ""
    assert plan(RunningCode(), dags=NEW).finalize_version("v2") == "v2"


def test_the_plan_says_what_changes_from_what_and_why():
    history = History()
    deploy = history.by_us(dags=OLD, image=IMAGE)
    lines = plan(RunningCode(OLD, IMAGE, deploy), dags=NEW, image=IMAGE).lines
    assert lines == (
        f"DAGs: {OLD} (deploy {deploy.id} of 2026-11-01 12:01 UTC) -> {NEW}.",
        f"Image: {IMAGE} is already running.",
        "Type: DAG_ONLY, since only the DAGs change.",
    )


def test_the_plan_says_what_is_not_known_and_what_is_sent_all_the_same():
    (dags, why) = plan(RunningCode(), dags=NEW).lines
    assert dags == f"DAGs: unknown -> {NEW} (the current code, if any, was not deployed by this package)."
    assert why == "Type: DAG_ONLY, since only the DAGs change."
    (dags, _) = plan(RunningCode(dags=OLD), dags=OLD, force=True).lines
    assert dags == f"DAGs: {OLD} -> {OLD} once more, since if_unchanged='deploy'."
    assert plan(RunningCode(dags=OLD), dags=OLD).lines[-1] == "Type: none, since nothing changed."


def refusals(*, dags="dags_folder", is_api_token=True, **fields) -> list[str]:
    try:
        check_deployable(deployment(**fields), dags_argument=dags, is_api_token=is_api_token)
    except PlanError as error:
        return error.problems
    return []


def test_a_deployment_that_takes_everything_is_not_refused():
    assert refusals() == []
    assert refusals(dags=None, isDagDeployEnabled=False, is_api_token=False) == []


def test_dags_are_refused_where_dag_deploys_are_disabled():
    (problem,) = refusals(isDagDeployEnabled=False)
    assert "has DAG deploys disabled, so dags_folder cannot be deployed to it" in problem


def test_dags_are_refused_by_remote_execution_and_an_image_is_not():
    (problem,) = refusals(remoteExecution={"enabled": True}, isDagDeployEnabled=False, dags="project_folder")
    assert "uses Remote Execution" in problem
    assert "project_folder" in problem
    assert refusals(remoteExecution={"enabled": True}, dags=None) == []
    assert refusals(remoteExecution={"enabled": False}) == []


def test_enforced_ci_cd_refuses_a_person_s_token_only():
    (problem,) = refusals(isCicdEnforced=True, is_api_token=False)
    assert "only an API token may deploy" in problem
    assert refusals(isCicdEnforced=True, is_api_token=True) == []


def test_everything_that_forbids_a_deploy_is_said_at_once():
    assert len(refusals(isDagDeployEnabled=False, isCicdEnforced=True, is_api_token=False)) == 2
