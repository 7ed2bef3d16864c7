"""Which code a Deployment runs, whatever happened to it before; and which newer deploy took the place of another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_provider.rules.deploy_markers import Marker
from astro_provider.rules.deploys import NO_DEPLOY, plan_deploy
from astro_provider.rules.running_code import RunningCode, newest_first, overtaking, running_code, version_before
from tests.builders.deploy_history import History, digest

EVENTS = ["dags", "image", "both", "fail", "begin", "foreign", "foreign image", "rollback"]


def test_a_deployment_that_never_got_code_runs_nothing_that_is_known():
    assert History().running() == RunningCode()


def test_the_deploys_that_the_deployment_runs_say_what_it_runs():
    history = History()
    history.by_us(image=digest(1), dags=digest(2))
    newest = history.by_us(dags=digest(3))
    assert history.running() == RunningCode(dags=digest(3), image=digest(1), deploy=newest)


def test_a_deploy_that_failed_or_was_never_finalized_changes_nothing():
    history = History()
    ran = history.by_us(dags=digest(1))
    history.by_us(dags=digest(2), status="FAILED")
    history.by_us(dags=digest(3), status="INITIALIZED")
    assert history.running() == RunningCode(dags=digest(1), deploy=ran)


def test_a_failed_deploy_is_not_what_runs_even_if_the_deployment_wants_its_version():
    history = History()
    failed = history.by_us(dags=digest(1), status="FAILED")
    history.version = failed.dag_tarball_version
    assert history.running().dags is None


def test_a_deploy_of_somebody_else_is_not_known():
    history = History()
    history.by_us(dags=digest(1), image=digest(2))
    history.by_others("DAG_ONLY")
    assert (history.running().dags, history.running().image) == (None, digest(2))


def test_a_rollback_runs_what_the_deploy_brought_to_which_it_went_back():
    history = History()
    first = history.by_us(dags=digest(1), image=digest(2))
    history.by_us(dags=digest(3))
    back = history.roll_back(first)
    assert history.running() == RunningCode(dags=digest(1), image=digest(2), deploy=back)


def test_a_rollback_under_a_new_version_is_known_by_the_deploy_to_which_it_went_back():
    history = History()
    first = history.by_us(dags=digest(1))
    history.by_us(dags=digest(3))
    again = history.roll_back(history.add("DAG_ONLY", rollbackFromId=first.id, dagTarballVersion="copy"))
    history.deploys[-1] = again.model_copy(update={"dag_tarball_version": "copy of the copy"})
    history.version = "copy of the copy"
    assert history.running().dags == digest(1)


def test_rollbacks_in_a_circle_are_not_followed_for_ever():
    history = History()
    one = history.add(rollbackFromId=f"cldeploy{2:017}")
    history.add(rollbackFromId=one.id)
    assert history.running().dags is None


def test_two_deploys_of_one_second_share_a_tag_and_then_the_image_is_not_known():
    history = History()
    history.by_us(image=digest(1))
    twin = history.by_us(image=digest(2))
    history.deploys[0] = history.deploys[0].model_copy(update={"image_tag": twin.image_tag})
    assert history.running().image is None


@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 3)), max_size=8), st.randoms())
def test_whatever_happened_only_what_really_runs_counts_as_unchanged(events, random):
    history, states = History(), []
    for what, number in events:
        if what in {"dags", "image", "both"}:
            history.by_us(
                dags=digest(number) if what != "image" else None, image=digest(number + 8) if what != "dags" else None
            )
        elif what in {"fail", "begin"}:
            history.by_us(dags=digest(number), status="FAILED" if what == "fail" else "INITIALIZED")
        elif what == "rollback" and states:
            to, history.dags, history.image = states[number % len(states)]
            history.roll_back(to)
        elif what.startswith("foreign"):
            history.by_others("IMAGE_AND_DAG" if what == "foreign image" else "DAG_ONLY")
        if history.deploys and history.deploys[-1].status == "DEPLOYED":
            states.append((history.deploys[-1], history.dags, history.image))
    random.shuffle(history.deploys)  # the API declares no order
    running = history.running()
    assert running.dags == history.dags
    assert running.image == history.image
    if history.dags and history.image:
        assert plan_deploy(history.deployment, running, dags=history.dags, image=history.image).type == NO_DEPLOY


@pytest.mark.parametrize("is_newest_first", [False, True])
def test_of_deploys_of_one_second_the_order_of_the_whole_list_tells_the_newest(is_newest_first):
    history = History()
    first = history.by_us(dags=digest(0))
    for number in range(1, 9):
        history.by_us(dags=digest(number))
        history.deploys[-1] = history.deploys[-1].model_copy(
            update={"created_at": history.deploys[1].created_at, "id": f"cl{9 - number}"}
        )
    ours, newest = history.deploys[4], history.deploys[-1]
    if is_newest_first:
        history.deploys.reverse()
    assert newest_first(history.deploys)[0] == newest
    assert overtaking(ours, history.deployment, history.deploys) == newest
    assert overtaking(newest, history.deployment, history.deploys) is None
    assert version_before(newest, history.deploys) == "v8"
    assert version_before(first, history.deploys) is None


def test_a_newer_deploy_of_dags_overtakes_one_of_dags():
    history = History()
    ours = history.by_us(dags=digest(1))
    assert overtaking(ours, history.deployment, history.deploys) is None
    theirs = history.by_others("DAG_ONLY")
    assert overtaking(ours, history.deployment, history.deploys) == theirs
    assert overtaking(theirs, history.deployment, history.deploys) is None


def test_a_rollback_overtakes():
    history = History()
    first = history.by_us(dags=digest(1))
    ours = history.by_us(dags=digest(2))
    back = history.roll_back(first)
    assert overtaking(ours, history.deployment, history.deploys) == back


def test_a_newer_deploy_overtakes_one_that_was_only_begun():
    history = History()
    ours = history.by_us(dags=digest(1), status="INITIALIZED")
    theirs = history.by_others("DAG_ONLY")
    assert overtaking(ours, history.deployment, history.deploys) == theirs


@pytest.mark.parametrize("status", ["DEPLOYED", "INITIALIZED"])
def test_an_older_deploy_never_overtakes_even_if_it_still_runs(status):
    history = History()
    history.by_others("IMAGE_AND_DAG")
    ours = history.by_us(dags=digest(1), image=digest(2), status=status)
    history.version, history.tag = "v1", "tag-1"  # the Deployment has not taken ours up yet
    assert overtaking(ours, history.deployment, history.deploys) is None


@pytest.mark.parametrize(("ours", "theirs"), [("DAG_ONLY", "IMAGE_ONLY"), ("IMAGE_ONLY", "DAG_ONLY")])
def test_a_newer_deploy_of_the_other_part_does_not_overtake(ours, theirs):
    history = History()
    history.by_others("IMAGE_AND_DAG")
    began = history.add(ours)
    history.by_others(theirs)
    assert overtaking(began, history.deployment, history.deploys) is None
    # Nor does it while the Deployment still shows what it ran before ours.
    history.version, history.tag = "v1", "tag-1"
    history.deploys[-1] = history.deploys[-1].model_copy(
        update={"dag_tarball_version": "v1"} if theirs == "IMAGE_ONLY" else {"image_tag": "tag-1"}
    )
    assert overtaking(began, history.deployment, history.deploys) is None


def test_a_newer_deploy_that_was_only_begun_does_not_overtake():
    history = History()
    ours = history.by_us(dags=digest(1), image=digest(2))
    history.by_us(dags=digest(3), image=digest(4), status="INITIALIZED")
    assert overtaking(ours, history.deployment, history.deploys) is None


def test_a_dbt_project_is_overtaken_by_one_at_the_same_path_only():
    history = History()
    ours = history.add("BUNDLE", bundleMountPath="/usr/local/airflow/dbt/a")
    history.add("BUNDLE", bundleMountPath="/usr/local/airflow/dbt/b")
    history.by_others("IMAGE_AND_DAG")
    assert overtaking(ours, history.deployment, history.deploys) is None
    theirs = history.add("BUNDLE", bundleMountPath="/usr/local/airflow/dbt/a")
    assert overtaking(ours, history.deployment, history.deploys) == theirs


def known(code: RunningCode) -> tuple[str | None, str | None]:
    return code.dags, code.image


def test_an_image_has_to_come_again_after_dag_deploys_were_switched():
    history = History()
    history.by_us(dags=digest(1), image=digest(2))
    assert known(history.running()) == (digest(1), digest(2))
    off = history.deployment.model_copy(update={"is_dag_deploy_enabled": False})
    assert running_code(off, history.deploys).image is None
    image = Marker(image=digest(2)).written_after("")
    history.add("IMAGE_AND_DAG", isDagDeployEnabled=False, description=image, dagTarballVersion=history.version)
    off = history.deployment.model_copy(update={"is_dag_deploy_enabled": False})
    assert running_code(off, history.deploys).image == digest(2)
    assert known(history.running()) == (None, None)  # enabled again
    history.by_us(dags=digest(1), image=digest(2))
    assert known(history.running()) == (digest(1), digest(2))
