"""What a retry does with what its earlier try began: it goes on, it never does it twice, it never overwrites."""

from __future__ import annotations

import pytest

from astro_provider.models.deploys import Deploy
from astro_provider.rules.deploy_markers import Marker, TaskMark
from astro_provider.rules.deploy_retries import Continuation, Step, continuation
from tests.builders.deploy_history import History, digest

TASK = TaskMark("0123456789ab", 1)
CLEARED = TaskMark("0123456789ab", 2)
SOMEBODY = TaskMark("ba9876543210", 1)
OLD, NEW, NEWER, IMAGE = map(digest, range(1, 5))


def begin(history: History, status: str, task: TaskMark | None = TASK, **digests: str) -> Deploy:
    """Add what an earlier try began."""
    marker = Marker(task=task, **digests)
    return history.add("DAG_ONLY" if "dags" in digests else "IMAGE_ONLY", status, description=str(marker))


def retry(history: History, task: TaskMark = TASK, planned: Marker | None = None, **wanted: str) -> Continuation:
    running = history.running()
    return continuation(
        history.deployment,
        history.deploys,
        task,
        wanted=Marker(**wanted),
        running=Marker(dags=running.dags, image=running.image),
        planned=planned or Marker(**wanted),
    )


@pytest.fixture
def history() -> History:
    history = History()
    history.by_us(dags=OLD, image=IMAGE)
    return history


@pytest.mark.parametrize("task", [None, SOMEBODY])
@pytest.mark.parametrize("status", ["INITIALIZED", "DEPLOYED", "FAILED"])
def test_what_others_began_is_not_its_own(history, status, task):
    begin(history, status, task, dags=NEW)
    assert retry(history, dags=NEW) == Continuation(Step.PLAN)


def test_it_finishes_what_an_earlier_try_only_created(history):
    own = begin(history, "INITIALIZED", dags=NEW)
    found = retry(history, dags=NEW)
    assert (found.step, found.deploy) == (Step.RESUME, own)
    assert f"created {own.label} but did not finish it" in found.note


def test_it_does_not_finish_what_brings_other_code(history):
    own = begin(history, "INITIALIZED", dags=NEW)
    found = retry(history, dags=NEWER)
    assert found.step is Step.PLAN
    assert f"{own.label} but did not finish it. That deploy does not contain what is to be deployed now" in found.note


def test_it_does_not_finish_a_part_of_what_is_to_be_deployed(history):
    begin(history, "INITIALIZED", dags=NEW)
    assert retry(history, dags=NEW, image=digest(9)).step is Step.PLAN


def test_of_two_it_finishes_the_newest(history):
    begin(history, "INITIALIZED", dags=NEW)
    newest = begin(history, "INITIALIZED", dags=NEW)
    assert retry(history, dags=NEW).deploy == newest


def test_it_waits_for_what_an_earlier_try_finalized(history):
    own = begin(history, "DEPLOYED", dags=NEW)
    assert retry(history, dags=NEW) == Continuation(
        Step.WAIT, own, note=f"An earlier try of this task created {own.label}; waiting for it."
    )
    assert retry(history, dags=NEW, image=IMAGE).step is Step.WAIT  # the image runs already


def test_it_waits_too_while_the_deployment_has_not_taken_it_up(history):
    own = begin(history, "DEPLOYED", dags=NEW)
    history.version = "v1"
    assert retry(history, dags=NEW).deploy == own


def test_it_deploys_what_has_changed_since_and_says_so(history):
    own = begin(history, "DEPLOYED", dags=NEW)
    for wanted in ({"dags": NEWER}, {"dags": NEW, "image": digest(9)}):
        found = retry(history, **wanted)
        assert found.step is Step.PLAN
        assert found.note == (
            f"An earlier try of this task created {own.label}, but the code to deploy has changed since."
        )


def test_it_deploys_again_what_failed(history):
    own = begin(history, "FAILED", dags=NEW)
    assert retry(history, dags=NEW) == Continuation(
        Step.PLAN, note=f"An earlier try of this task created {own.label}, which is FAILED."
    )


@pytest.mark.parametrize("status", ["INITIALIZED", "DEPLOYED", "FAILED"])
@pytest.mark.parametrize("wanted", [NEW, NEWER])
def test_it_never_overwrites_a_newer_deploy(history, status, wanted):
    own = begin(history, status, dags=NEW)
    newer = history.by_others("DAG_ONLY")
    assert retry(history, dags=wanted) == Continuation(Step.OVERTAKEN, own, newer)


def test_a_person_who_clears_the_task_may_overwrite_a_newer_deploy(history):
    begin(history, "DEPLOYED", dags=NEW)
    history.by_others("DAG_ONLY")
    assert retry(history, CLEARED, dags=NEW) == Continuation(Step.PLAN)


def test_a_person_who_clears_the_task_has_it_decide_once_more(history):
    begin(history, "DEPLOYED", dags=NEW)
    assert retry(history, CLEARED, dags=NEW) == Continuation(Step.PLAN)


def test_what_a_cleared_try_did_not_finish_is_finished(history):
    begin(history, "INITIALIZED", dags=NEW)
    assert retry(history, CLEARED, dags=NEW).step is Step.RESUME
