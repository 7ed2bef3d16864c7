"""Which deploy a rollback goes back to, and which it refuses."""

from __future__ import annotations

import pytest

from astro_provider.errors import GuardError, NameLookupError
from astro_provider.models.deployments import Deployment
from astro_provider.models.deploys import Deploy
from astro_provider.rules.rollbacks import check_rollback, rollback_target
from tests.builders import deployments
from tests.builders.deploy_history import History


def back(history: History, deploy_id: str | None = None, steps: int = 1) -> Deploy:
    return rollback_target(history.deployment, history.deploys, deploy_id, steps)


def test_steps_go_over_deploys_that_were_deployed():
    history = History()
    first, second = history.add(), history.add("IMAGE_ONLY")
    history.add(status="FAILED")
    history.add(status="INITIALIZED")
    history.add("BUNDLE")
    history.add(status="INITIALIZED")
    history.deploys.reverse()
    assert back(history) == second
    assert back(history, steps=2) == first


def test_steps_after_a_rollback_go_further_back_and_do_not_undo_it():
    history = History()
    first, second, bad = history.add(), history.add(), history.add()
    history.roll_back(second)
    assert back(history) == first
    history.roll_back(history.roll_back(second))
    assert back(history) == first
    history.add()
    assert back(history) == second  # what ran before the newest, and not what was rolled back
    assert back(history, bad.id) == bad


def test_too_many_steps_say_how_many_there_are():
    history = History()
    first, second = history.add(), history.add()
    with pytest.raises(NameLookupError) as caught:
        back(history, steps=2)
    assert (
        f"runs the code of Deploy {second.id}, and before it there is 1 DEPLOYED deploy: {first.id} of "
        "2026-11-01 12:01 UTC." in str(caught.value)
    )


@pytest.mark.parametrize("statuses", [[], ["FAILED", "INITIALIZED"]])
def test_without_a_deploy_there_is_nothing_to_go_back_to(statuses):
    history = History()
    for status in statuses:
        history.add(status=status)
    with pytest.raises(NameLookupError, match="no deploy that is DEPLOYED"):
        back(history)


def test_steps_cannot_be_counted_from_a_deploy_that_is_no_longer_listed():
    history = History()
    history.add()
    history.add(rollbackFromId="cldeploygone")
    with pytest.raises(
        NameLookupError, match=r"is a rollback to deploy cldeploygone, which Astro no longer lists.*Set deploy_id"
    ):
        back(history)


def test_a_deploy_may_be_named_by_its_id():
    history = History()
    first = history.add()
    history.add()
    assert back(history, first.id) == first
    with pytest.raises(NameLookupError, match="has no deploy cldeployother"):
        back(history, "cldeployother")


@pytest.mark.parametrize("status", ["INITIALIZED", "FAILED"])
def test_a_deploy_that_was_never_deployed_is_refused(status):
    history = History()
    history.add()
    broken = history.add(status=status)
    with pytest.raises(GuardError, match=f"{broken.id} .* is {status}"):
        back(history, broken.id)


def check(now: str | None, then: str | None, **fields) -> None:
    document = deployments.deployment(astroRuntimeVersion=now, runtimeVersion=now, **fields)
    target = History().add(astroRuntimeVersion=then)
    check_rollback(Deployment.model_validate(document), target, allow_downgrade=False)


@pytest.mark.parametrize(("now", "then"), [("3.1-5", "3.1-5"), ("3.1-5", "3.1-6"), ("13.2.0", "3.0-1"), (None, None)])
def test_the_same_or_a_newer_runtime_is_not_refused(now, then):
    check(now, then)


@pytest.mark.parametrize(("now", "then"), [("3.1-5", "3.1-4"), ("3.0-1", "13.2.0"), ("13.2.0", "12.9.0")])
def test_an_older_runtime_is_refused_with_both_versions(now, then):
    with pytest.raises(GuardError) as caught:
        check(now, then)
    assert f"runs Astro Runtime {now}" in str(caught.value)
    assert f"has {then}" in str(caught.value)
    assert "kills running tasks" in str(caught.value)
    assert "allow_downgrade=True" in str(caught.value)


@pytest.mark.parametrize(("now", "then"), [("3.1-5", None), (None, "3.1-5"), ("3.1-5", "NA")])
def test_a_runtime_that_may_be_older_is_refused(now, then):
    with pytest.raises(GuardError, match="so it is not clear which is older"):
        check(now, then)


def test_a_downgrade_may_be_allowed():
    document = deployments.deployment(astroRuntimeVersion="3.1-5")
    target = History().add(astroRuntimeVersion="3.1-4")
    check_rollback(Deployment.model_validate(document), target, allow_downgrade=True)


def test_a_hybrid_deployment_cannot_be_rolled_back():
    with pytest.raises(GuardError, match="HYBRID"):
        check("3.1-5", "3.1-5", type="HYBRID")
