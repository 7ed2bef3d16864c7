"""Sleeping and waking: what is sent, what is not, and the way back to what was there before."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from astro_provider.errors import WaitTimeoutError
from astro_provider.operators.deployment import (
    HibernateDeploymentOperator,
    RestoreHibernationOverrideOperator,
    WakeUpDeploymentOperator,
)
from tests.unit.running import StateStore, TaskInstance, calls

SCHEDULE = {"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 7 * * *", "isEnabled": True}
SCHEDULED = {"scalingSpec": {"hibernationSpec": {"schedules": [SCHEDULE]}}}
UNTIL = {"overrideUntil": "2099-01-01T00:00:00Z"}
OVERRIDE_PATH = "/organizations/*/deployments/*/hibernation-override"
LATER = datetime(2099, 1, 2, 8, tzinfo=timezone(timedelta(hours=2)))


@pytest.fixture
def add(astro, caplog):
    """Add a development Deployment; with an override if one is given."""
    caplog.set_level(logging.INFO)

    def add(name="dev", *, override=None, **fields):
        made = astro.add_deployment(name, isDevelopmentMode=True, **fields)
        if override:
            document = astro.store.get("deployment", made)
            spec = document.setdefault("scalingSpec", {}).setdefault("hibernationSpec", {})
            spec["override"] = {"isActive": True, **override}
            astro.store.put("deployment", document)
        return made

    return add


def hibernate(runner, **arguments):
    return runner.run(HibernateDeploymentOperator, **{"deployment_name": "dev", **arguments})


def wake_up(runner, **arguments):
    return runner.run(WakeUpDeploymentOperator, **{"deployment_name": "dev", **arguments})


def restore(runner, **arguments):
    return runner.run(RestoreHibernationOverrideOperator, **{"deployment_name": "dev", **arguments})


def override(astro, name="dev"):
    (found,) = [d for d in astro.deployments if d["name"] == name]
    return (found.get("scalingSpec") or {}).get("hibernationSpec", {}).get("override")


def test_it_sleeps_and_wakes_and_the_task_waits_for_it(astro, runner, add, deferrable):
    made = add()
    assert hibernate(runner, wait=True, deferrable=deferrable) == made
    assert astro.deployments[0]["status"] == "HIBERNATING"
    assert wake_up(runner, wait=True, deferrable=deferrable) == made
    assert astro.deployments[0]["status"] == "HEALTHY"
    assert [post.body for post in calls(astro, "POST")] == [{"isHibernating": True}, {"isHibernating": False}]
    assert len(runner.triggers) == 2 * deferrable
    assert runner.ti.xcoms["astro_url"].endswith(made)


def test_by_default_the_task_does_not_wait(astro, runner, add):
    add()
    hibernate(runner)
    assert [request.method for request in astro.requests] == ["GET", "POST"]


@pytest.mark.parametrize(
    "until",
    [
        LATER,
        LATER.isoformat(),
        "2099-01-02T06:00:00Z",
        "{{ params.until }}",
        datetime(2099, 1, 2, 6),
        "2099-01-02 06:00",
        "2099-01-02 07:00 Europe/Berlin",
        "2099-01-02T01:00:00 America/New_York",
        "2099-01-02 06:00 UTC",
    ],
)
def test_until_is_sent_in_utc(astro, runner, add, until, caplog):
    add()
    runner.more_context = {"params": {"until": LATER}}
    hibernate(runner, until=until)
    (post,) = calls(astro, "POST")
    assert post.body == {"isHibernating": True, "overrideUntil": "2099-01-02T06:00:00Z"}
    assert "hibernates until 2099-01-02 06:00:00 UTC" in caplog.text


@pytest.mark.parametrize("length", [timedelta(hours=3), "3h", "2h60m", "2 h 59 min 60 s", "{{ params.hours }}h"])
def test_until_may_be_a_time_from_now(astro, runner, add, length):
    add(**SCHEDULED)
    runner.more_context = {"params": {"hours": 3}}
    wake_up(runner, until=length)
    until = datetime.fromisoformat(override(astro)["overrideUntil"].replace("Z", "+00:00"))
    assert abs(until - datetime.now(timezone.utc) - timedelta(hours=3)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("until", "message"),
    [
        (timedelta(hours=-1), "until is a negative timedelta"),
        ("2020-01-01T00:00:00Z", "is not in the future"),
        ("tomorrow", "until='tomorrow' is not a date and time"),
        (7, "until=7 is not a date and time"),
        ("0m", "until=0m is not in the future"),
        ("2h 30", "until='2h 30' is not a date and time"),
        ("9999999999d", "until=9999999999d is later than any date can be"),
        (timedelta.max, "is later than any date can be"),
        ("2099-01-02 07:00 Europe/Berln", "no time zone 'Europe/Berln'. Did you mean 'Europe/Berlin'"),
        ("2099-01-02T07:00:00Z Europe/Berlin", "has two time zones"),
        ("2099-01-02 07:00 ../UTC", "is not a date and time"),
    ],
)
def test_an_end_that_is_none_is_refused(astro, runner, add, until, message):
    add()
    with pytest.raises((AirflowFailException, ValueError), match=message):
        hibernate(runner, until=until)
    assert calls(astro, "POST") == []


@pytest.mark.parametrize("fields", [{}, {"type": "HYBRID"}])
@pytest.mark.parametrize("operate", [hibernate, wake_up])
def test_only_development_deployments_hibernate(astro, runner, operate, fields):
    if fields:
        pool = next(c for c in astro.store.all("cluster") if c["type"] == "HYBRID")
        fields = {**fields, "clusterId": pool["id"]}
    astro.add_deployment("dev", **fields)
    with pytest.raises(
        AirflowFailException, match=r"'dev'.*not in development mode.*is_development_mode.*development_only"
    ):
        operate(runner)
    assert calls(astro, "POST") == []


@pytest.mark.parametrize(
    ("operate", "fields"),
    [
        (hibernate, {"status": "HIBERNATING", "override": {"isHibernating": True}, **SCHEDULED}),
        (wake_up, {}),
        (wake_up, {"override": {"isHibernating": False}, **SCHEDULED}),
    ],
)
def test_what_is_so_already_and_stays_so_needs_no_call(astro, runner, add, caplog, operate, fields):
    made = add(**fields)
    assert operate(runner, wait=True) == made
    assert calls(astro, "POST") == []
    assert "there is nothing to do" in caplog.text


@pytest.mark.parametrize(
    ("operate", "fields"),
    [
        (hibernate, {"status": "HIBERNATING"}),
        (hibernate, {"status": "HIBERNATING", **SCHEDULED}),
        (
            hibernate,
            {"status": "HIBERNATING", "override": {"isHibernating": True, "overrideUntil": "2099-01-01T00:00:00Z"}},
        ),
        (wake_up, SCHEDULED),
        (wake_up, {"override": {"isHibernating": False, "overrideUntil": "2099-01-01T00:00:00Z"}}),
    ],
)
def test_what_is_so_only_for_now_is_ordered(astro, runner, add, operate, fields):
    add(**fields)
    operate(runner)
    assert override(astro) == {"isHibernating": operate is hibernate, "isActive": True}


def test_a_refusal_of_what_is_so_already_is_no_failure(astro, runner, add, caplog):
    add()
    astro.fault("POST", OVERRIDE_PATH, status=400, body={"message": "already asleep"}, after_effect=True)
    hibernate(runner)
    assert override(astro)["isHibernating"] is True
    assert "The override is already in effect" in caplog.text
    astro.fault("POST", OVERRIDE_PATH, status=400, body={"message": "no"})
    with pytest.raises(AirflowFailException, match="no"):
        wake_up(runner)


@pytest.mark.parametrize("until", [None, "2099-01-02T06:00:00Z"])
def test_one_that_is_waking_up_is_put_to_sleep_again(astro, runner, add, until, deferrable):
    add(status="HIBERNATING", override={"isHibernating": True})
    restore(runner)  # nothing but the removed override kept it asleep: it wakes up now
    assert astro.deployments[0]["status"] == "HIBERNATING"
    hibernate(runner, wait=True, until=until, deferrable=deferrable)
    assert override(astro) == {"isHibernating": True, "isActive": True, **({"overrideUntil": until} if until else {})}
    assert astro.deployments[0]["status"] == "HIBERNATING"


def test_one_that_is_falling_asleep_is_kept_awake(astro, runner, add):
    add(override={"isHibernating": True})
    assert astro.deployments[0]["status"] == "HEALTHY"
    wake_up(runner, until="2099-01-02T06:00:00Z")
    assert override(astro) == {"isHibernating": False, "isActive": True, "overrideUntil": "2099-01-02T06:00:00Z"}


def test_an_order_whose_answer_was_lost_is_sent_again(astro, runner, add):
    add()
    astro.fault("POST", OVERRIDE_PATH, drop="after")
    hibernate(runner)
    assert [post.body for post in calls(astro, "POST")] == [{"isHibernating": True}] * 2


def test_the_own_deployment_is_not_put_to_sleep(astro, runner, add, monkeypatch, caplog):
    made = add()
    monkeypatch.setenv("ASTRO_DEPLOYMENT_ID", made)
    with pytest.raises(AirflowFailException, match="would hibernate it"):
        hibernate(runner)
    assert calls(astro, "POST") == []
    assert hibernate(runner, allow_self=True, wait=True) == made
    assert override(astro)["isHibernating"] is True
    assert "so it does not wait for the new status" in caplog.text


def test_an_ambiguous_name_is_refused(astro, runner, add):
    ids = [add(), add(workspace_id=astro.add_workspace("Other"))]
    for operate in (hibernate, wake_up):
        with pytest.raises(AirflowFailException, match=rf"2 Deployments are named 'dev': {ids[0]}.*{ids[1]}"):
            operate(runner)
    assert hibernate(runner, workspace="Other") == ids[1]


def test_a_missing_one_fails_or_is_passed_over(astro, runner):
    with pytest.raises(AirflowFailException, match="'dev' does not exist"):
        hibernate(runner)
    with pytest.raises(AirflowSkipException):
        hibernate(runner, if_missing="skip")
    assert wake_up(runner, if_missing="ignore") is None


class TestRestoring:
    BEFORE = {"isHibernating": True, **UNTIL}

    def previous(self, runner):
        return runner.ti.xcoms["previous_override"]

    def test_a_wake_work_sleep_again_run_leaves_all_as_it_was(self, astro, runner, add, deferrable):
        add(status="HIBERNATING", override=self.BEFORE, **SCHEDULED)
        before = astro.deployments[0]["scalingSpec"]
        wake_up(runner, wait=True, deferrable=deferrable)
        assert astro.deployments[0]["status"] == "HEALTHY"
        restore(runner, previous_override=self.previous(runner), wait=True, deferrable=deferrable)
        assert astro.deployments[0]["scalingSpec"] == before
        assert astro.deployments[0]["status"] == "HIBERNATING"

    def test_without_an_earlier_override_it_is_removed_and_the_schedules_stay(self, astro, runner, add, caplog):
        add(**SCHEDULED)
        wake_up(runner)
        assert self.previous(runner) == {}
        restore(runner, previous_override={}, wait=True)
        assert astro.deployments[0]["scalingSpec"] == SCHEDULED["scalingSpec"]
        assert "its schedules apply again" in caplog.text

    def test_removal_needs_nothing_that_was_read_before(self, astro, runner, add, caplog):
        add(status="HIBERNATING", override={"isHibernating": True})
        restore(runner, wait=True)
        assert (override(astro), astro.deployments[0]["status"]) == (None, "HEALTHY")
        restore(runner)
        assert len(calls(astro, "DELETE")) == 1
        assert "its schedules already apply" in caplog.text

    def test_an_override_that_ended_meanwhile_does_not_come_back(self, astro, runner, add, caplog):
        add(override={"isHibernating": False})
        restore(runner, previous_override={"asleep": True, "until": "2020-01-01T00:00:00+00:00"})
        assert override(astro) is None
        assert "The previous override ended at 2020-01-01 00:00:00 UTC" in caplog.text

    def test_a_removal_whose_answer_was_lost_is_done(self, astro, runner, add):
        add(override={"isHibernating": False})
        astro.fault("DELETE", OVERRIDE_PATH, status=404, body={"message": "no override"})
        assert restore(runner)

    @pytest.mark.parametrize("has_store", [True, False])
    def test_a_retry_keeps_what_the_first_try_found(self, astro, runner, add, caplog, has_store):
        runner.store = StateStore() if has_store else None
        add(status="HIBERNATING", override=self.BEFORE)
        wake_up(runner)
        runner.ti = TaskInstance(try_number=2)
        wake_up(runner)
        found = {"asleep": True, "until": "2099-01-01T00:00:00+00:00"} if has_store else {}
        assert self.previous(runner) == found
        assert ("the one before it is not known" in caplog.text) != has_store

    @pytest.mark.parametrize(
        "previous", ["{{ 'x' }}", {"isHibernating": True}, {"asleep": "yes", "until": None}], ids=str
    )
    def test_what_no_task_has_stored_is_refused(self, astro, runner, add, previous):
        add(override={"isHibernating": True})
        with pytest.raises(AirflowFailException, match="XCom itself"):
            restore(runner, previous_override=previous)
        assert [request.method for request in astro.requests if request.method != "GET"] == []


def test_the_healthy_of_one_that_was_falling_asleep_is_not_the_end(astro, runner, add):
    add(override={"isHibernating": True})
    with pytest.raises(WaitTimeoutError):
        wake_up(runner, wait=True, deferrable=True, timeout=0.2)
    assert runner.triggers[0]["settle_until"] > runner.triggers[0]["deadline"]
