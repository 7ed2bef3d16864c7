"""When a wait is over, and what it says meanwhile."""

from __future__ import annotations

import pytest

from astro_provider.errors import (
    ConfigurationError,
    ForbiddenError,
    ServerError,
    WaitError,
    WaitFailedError,
    WaitGoneError,
    WaitTimeoutError,
)
from astro_provider.models.deployments import Deployment
from astro_provider.models.statuses import checked_statuses, ready
from astro_provider.waits.goal import Outcome
from astro_provider.waits.wait import Wait, Words
from astro_provider.waits.watch import Watch
from tests.builders.deployments import deployment

OUTAGE = ServerError("GET", "/x", 503, "no")


def seen(status: str, reason: str | None = None, **fields: object) -> Deployment:
    return Deployment.model_validate(
        deployment(id="cl1", workspaceId="clw", status=status, statusReason=reason, **fields)
    )


def watch(**fields: object) -> Watch:
    given = {"target_statuses": {"HEALTHY"}, "started_at": 0.0, "deadline": 600.0, "url": "https://ui/x", **fields}
    return Watch(Wait(**given), "Deployment cl1", Words("Deployment"))


@pytest.mark.parametrize("status", ["CREATING", "DEPLOYING", "UNHEALTHY", "UNKNOWN", "A_STATUS_OF_2030"])
def test_everything_but_the_target_is_a_passing_state(status):
    assert watch().record(seen(status), now=1) is Outcome.PENDING


def test_the_target_ends_the_wait():
    assert watch().record(seen("HEALTHY"), now=1) is Outcome.DONE


def test_a_development_deployment_may_be_asleep_as_soon_as_it_is_healthy():
    assert ready(seen("CREATING", isDevelopmentMode=True)) == {"HEALTHY", "HIBERNATING"}
    assert ready(seen("CREATING", isDevelopmentMode=False)) == {"HEALTHY"}


def test_the_first_healthy_after_an_update_may_be_the_old_one():
    stale = watch(settle_until=60.0)
    assert stale.record(seen("HEALTHY"), now=1) is Outcome.PENDING
    assert stale.record(seen("DEPLOYING"), now=2) is Outcome.PENDING
    assert stale.record(seen("HEALTHY"), now=3) is Outcome.DONE
    unmoved = watch(settle_until=60.0)
    assert unmoved.record(seen("HEALTHY"), now=59) is Outcome.PENDING
    assert unmoved.record(seen("HEALTHY"), now=60) is Outcome.DONE


def test_a_declared_failure_ends_the_wait_with_status_and_reason():
    one = watch(failure_statuses={"UNHEALTHY"})
    one.record(seen("UNHEALTHY", "scheduler restarts"), now=90)
    with pytest.raises(WaitFailedError, match=r"UNHEALTHY \(scheduler restarts\).*0:01:30.*https://ui/x"):
        one.verdict(90).raise_if_bad()


def test_a_timeout_says_how_long_what_was_last_seen_and_where_to_look():
    one = watch()
    one.record(seen("UNHEALTHY", "no quota"), now=100)
    one.record(seen("UNHEALTHY", "no quota"), now=600)
    with pytest.raises(WaitTimeoutError) as caught:
        one.verdict(600).raise_if_bad()
    for part in ("staging", "cl1", "0:10:00", "UNHEALTHY", "no quota", "https://ui/x", "HEALTHY"):
        assert part in str(caught.value)
    assert caught.value.retryable


def test_a_deployment_that_vanishes_fails_the_wait_unless_that_is_the_goal():
    one = watch()
    one.record(seen("CREATING"), now=1)
    one.record(None, now=2)
    with pytest.raises(WaitGoneError, match="staging"):
        one.verdict(2).raise_if_bad()
    assert watch(gone=True).record(None, now=1) is Outcome.DONE
    assert watch(gone=True).record(seen("HEALTHY"), now=1) is Outcome.PENDING


def test_an_outage_ends_a_wait_only_at_its_deadline_and_is_named_then():
    one = watch()
    assert one.record_error(OUTAGE, now=599) is Outcome.PENDING
    assert one.record_error(OUTAGE, now=600) is Outcome.TIMED_OUT
    with pytest.raises(WaitTimeoutError, match=r"The last read failed: GET /x .*503"):
        one.verdict(600).raise_if_bad()


def test_what_a_later_poll_cannot_mend_ends_a_wait_at_once_with_the_reason():
    one = watch()
    assert one.record_error(ForbiddenError("GET", "/x", 403, "no"), now=1) is Outcome.ERROR
    with pytest.raises(WaitError, match=r"GET /x .*403") as caught:
        one.verdict(1).raise_if_bad()
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [("timeout", Outcome.TIMED_OUT), ("execution_timeout", Outcome.EXECUTION_TIMED_OUT)],
)
def test_the_error_names_the_argument_that_ended_the_wait(limit, outcome):
    one = watch(limit=limit)
    assert one.record(seen("CREATING"), now=600) is outcome
    said = one.verdict(600).message
    assert f"had not reached the status HEALTHY after 0:10:00, when the task's {limit} expired; the last status" in said
    assert f". To wait longer, increase {limit}." in said


def test_a_limit_that_no_task_has_is_refused():
    with pytest.raises(ValueError, match=r"limit='time' is not valid; allowed: 'timeout', 'execution_timeout'"):
        watch(limit="time")


def test_something_is_logged_at_each_change_and_every_three_minutes():
    one = watch(deadline=1e9)
    said = []
    for now, status in [(0, "CREATING"), (30, "CREATING"), (60, "UNHEALTHY"), (90, "UNHEALTHY"), (240, "UNHEALTHY")]:
        one.record(seen(status, "starting"), now=now)
        said.append(one.log_message(now))
    assert [line is not None for line in said] == [True, False, True, False, True]
    assert "CREATING (starting)" in said[0]
    assert "0:04:00" in said[4]


@pytest.mark.parametrize(("began", "so_far"), [(0.0, ", 0:05:00 so far."), (None, ".")])
def test_a_read_that_failed_is_said_to_be_only_the_last_one(began, so_far):
    one = watch(started_at=began, deadline=1e9)
    one.record_error(ServerError("GET", "/x", 503, "Try later."), now=300)
    said = one.log_message(300)
    assert said == (
        f"Deployment cl1: the last read failed; still waiting for HEALTHY{so_far} GET /x returned 503: Try later."
    )


def test_waits_of_one_interval_poll_at_the_same_moment():
    assert watch(deadline=1e9).pause(now=100.5) == pytest.approx(19.5)
    assert watch(deadline=1e9).pause(now=119) == pytest.approx(1)
    assert watch(deadline=110).pause(now=100) == pytest.approx(10)
    assert watch(deadline=50).pause(now=100) == 0
    assert 0 < watch(deadline=1e9, poll_interval=0).pause(now=100) <= 0.01


def test_the_facts_have_addresses_with_scheme_and_nothing_secret():
    fields = seen(
        "HEALTHY",
        uiUrl=None,
        webServerUrl="org.astronomer.run/abc?orgId=org_1",
        apiUrl="https://org.astronomer.run/abc/api/v2?orgId=org_1",
        environmentVariables=[{"key": "K", "value": "v", "isSecret": False}],
    ).facts
    assert fields == {
        "deployment_id": "cl1",
        "deployment_name": "staging",
        "workspace_id": "clw",
        "status": "HEALTHY",
        "webserver_url": "https://org.astronomer.run/abc?orgId=org_1",
        "airflow_api_url": "https://org.astronomer.run/abc/api/v2",
    }


def test_statuses_are_taken_in_any_case_and_a_wrong_one_gets_a_hint():
    assert checked_statuses("target_statuses", ["healthy", "Hibernating"]) == {"HEALTHY", "HIBERNATING"}
    with pytest.raises(ConfigurationError, match=r"target_statuses.*'HELTHY'.*'HEALTHY'"):
        checked_statuses("target_statuses", ["HELTHY"])
