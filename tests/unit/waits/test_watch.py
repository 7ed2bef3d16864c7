"""When a wait is over, and what it says meanwhile."""

from __future__ import annotations

import pytest

from astro_provider.errors import (
    ConfigurationError,
    DeploymentFailedError,
    DeploymentGoneError,
    WaitTimeoutError,
)
from astro_provider.models.deployments import Deployment
from astro_provider.models.statuses import checked_statuses, ready
from astro_provider.waits.watch import Goal, Outcome, Watch, raise_for, summary
from tests.builders.deployments import deployment

HEALTHY = Goal(targets=frozenset({"HEALTHY"}))


def seen(status: str, reason: str | None = None, **fields: object) -> Deployment:
    return Deployment.model_validate(
        deployment(id="cl1", workspaceId="clw", status=status, statusReason=reason, **fields)
    )


def watch(goal: Goal = HEALTHY, **fields: object) -> Watch:
    return Watch("cl1", goal, **{"started_at": 0.0, "deadline": 600.0, "url": "https://ui/x", **fields})


@pytest.mark.parametrize("status", ["CREATING", "DEPLOYING", "UNHEALTHY", "UNKNOWN", "A_STATUS_OF_2030"])
def test_everything_but_the_target_is_a_passing_state(status):
    assert watch().look(seen(status), now=1) is Outcome.PENDING


def test_the_target_ends_the_wait():
    assert watch().look(seen("HEALTHY"), now=1) is Outcome.DONE


def test_a_development_deployment_may_be_asleep_as_soon_as_it_is_healthy():
    assert ready(seen("CREATING", isDevelopmentMode=True)) == {"HEALTHY", "HIBERNATING"}
    assert ready(seen("CREATING", isDevelopmentMode=False)) == {"HEALTHY"}


def test_the_first_healthy_after_an_update_may_be_the_old_one():
    goal = Goal(targets=frozenset({"HEALTHY"}), settle_until=60.0)
    stale = watch(goal)
    assert stale.look(seen("HEALTHY"), now=1) is Outcome.PENDING
    assert stale.look(seen("DEPLOYING"), now=2) is Outcome.PENDING
    assert stale.look(seen("HEALTHY"), now=3) is Outcome.DONE
    unmoved = watch(goal)
    assert unmoved.look(seen("HEALTHY"), now=59) is Outcome.PENDING
    assert unmoved.look(seen("HEALTHY"), now=60) is Outcome.DONE


def test_a_declared_failure_ends_the_wait_with_status_and_reason():
    one = watch(Goal(targets=frozenset({"HEALTHY"}), failures=frozenset({"UNHEALTHY"})))
    result = one.look(seen("UNHEALTHY", "scheduler restarts"), now=90)
    with pytest.raises(DeploymentFailedError, match=r"UNHEALTHY \(scheduler restarts\).*0:01:30.*https://ui/x"):
        raise_for(one.verdict(result, 90))


def test_a_timeout_says_how_long_what_was_last_seen_and_where_to_look():
    one = watch()
    one.look(seen("UNHEALTHY", "no quota"), now=100)
    result = one.look(seen("UNHEALTHY", "no quota"), now=600)
    with pytest.raises(WaitTimeoutError) as caught:
        raise_for(one.verdict(result, 600))
    for part in ("staging", "cl1", "0:10:00", "UNHEALTHY", "no quota", "https://ui/x", "HEALTHY"):
        assert part in str(caught.value)
    assert caught.value.retryable


def test_a_deployment_that_vanishes_fails_the_wait_unless_that_is_the_goal():
    one = watch()
    one.look(seen("CREATING"), now=1)
    result = one.look(None, now=2)
    with pytest.raises(DeploymentGoneError, match="staging"):
        raise_for(one.verdict(result, 2))
    assert watch(Goal(gone=True)).look(None, now=1) is Outcome.DONE
    assert watch(Goal(gone=True)).look(seen("HEALTHY"), now=1) is Outcome.PENDING


def test_an_outage_ends_a_wait_only_at_its_deadline_and_is_named_then():
    one = watch()
    assert one.stumble(RuntimeError("GET /x got no response"), now=599) is Outcome.PENDING
    result = one.stumble(RuntimeError("GET /x got no response"), now=600)
    with pytest.raises(WaitTimeoutError, match="GET /x got no response"):
        raise_for(one.verdict(result, 600))


def test_the_log_speaks_at_each_change_and_every_three_minutes():
    one = watch(deadline=1e9)
    said = []
    for now, status in [(0, "CREATING"), (30, "CREATING"), (60, "UNHEALTHY"), (90, "UNHEALTHY"), (240, "UNHEALTHY")]:
        one.look(seen(status, "starting"), now=now)
        said.append(one.line(now))
    assert [line is not None for line in said] == [True, False, True, False, True]
    assert "CREATING (starting)" in said[0]
    assert "0:04:00" in said[4]


def test_waits_of_one_interval_look_at_the_same_moment():
    assert watch(deadline=1e9).pause(30, now=100.5) == pytest.approx(19.5)
    assert watch(deadline=1e9).pause(30, now=119) == pytest.approx(1)
    assert watch(deadline=110).pause(30, now=100) == pytest.approx(10)
    assert watch(deadline=50).pause(30, now=100) == 0
    assert 0 < watch(deadline=1e9).pause(0, now=100) <= 0.01


def test_a_summary_has_addresses_with_scheme_and_nothing_secret():
    fields = summary(
        seen(
            "HEALTHY",
            uiUrl=None,
            webServerUrl="org.astronomer.run/abc?orgId=org_1",
            apiUrl="https://org.astronomer.run/abc/api/v2?orgId=org_1",
            environmentVariables=[{"key": "K", "value": "v", "isSecret": False}],
        )
    )
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
