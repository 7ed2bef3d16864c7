"""Hibernation schedules go with development mode, and an override that is in force stays."""

from __future__ import annotations

import pytest

from astro_provider.errors import PlanError
from astro_provider.plan import plan_create
from tests.builders.plan_inputs import LOOKUPS, deployment, file, lines, standard, update

SCHEDULE = {"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 6 * * *", "isEnabled": True}


SLEEPY = {
    "isDevelopmentMode": True,
    "scalingSpec": {
        "hibernationSpec": {
            "schedules": [SCHEDULE],
            "override": {"isHibernating": True, "isActive": True, "overrideUntil": "2026-02-01T00:00:00+02:00"},
        }
    },
}


NIGHTS = [{"hibernate_at": "0  20 * * *", "wake_at": "0 6 * * *", "enabled": "true"}]


@pytest.mark.parametrize("sections", [{}, {"hibernation_schedules": NIGHTS}])
def test_development_mode_schedules_and_override_are_resent_whether_the_file_has_them_or_not(sections) -> None:
    plan = update(file(sections), deployment(**SLEEPY))
    assert plan.is_empty
    assert plan.body["isDevelopmentMode"] is True
    assert plan.body["scalingSpec"]["hibernationSpec"] == {
        "schedules": [SCHEDULE],
        "override": {"isHibernating": True, "overrideUntil": "2026-01-31T22:00:00Z"},
    }


def test_a_schedule_that_does_not_say_enabled_is_switched_off() -> None:
    nights = {"hibernation_schedules": [{"hibernate_at": "0 20 * * *", "wake_at": "0 6 * * *"}]}
    plan = update(file(nights), deployment(**SLEEPY))
    assert plan.body["scalingSpec"]["hibernationSpec"]["schedules"] == [{**SCHEDULE, "isEnabled": False}]
    assert lines(plan) == ["~ hibernation_schedules.0 20 * * * / 0 6 * * *.enabled true -> false"]


def test_an_empty_list_of_schedules_removes_them() -> None:
    cleared = update(file({"hibernation_schedules": []}), deployment(**SLEEPY))
    assert cleared.body["scalingSpec"]["hibernationSpec"]["schedules"] == []
    assert lines(cleared) == ["- hibernation_schedules.0 20 * * * / 0 6 * * * enabled true (REMOVED)"]


def test_schedules_for_a_deployment_that_cannot_sleep_are_noted() -> None:
    plan = update(file({"hibernation_schedules": NIGHTS}))
    assert plan.is_empty
    assert "only development Deployments" in plan.notes[0]


def test_development_mode_goes_off_but_never_on() -> None:
    plan = update(file(is_development_mode=False), deployment(isDevelopmentMode=True))
    assert plan.body["isDevelopmentMode"] is False
    assert "scalingSpec" not in update(file(is_development_mode=False), deployment(**SLEEPY)).body
    assert lines(plan) == ["~ configuration.is_development_mode true -> false"]
    with pytest.raises(PlanError, match="cannot be switched on"):
        update(file(is_development_mode=True))


def test_schedules_without_development_mode_are_noted() -> None:
    schedules = {"hibernation_schedules": [{"hibernate_at": "0 20 * * *", "wake_at": "0 6 * * *"}]}
    plan = plan_create(standard(schedules), LOOKUPS)
    assert "scalingSpec" not in plan.body
    assert "only development Deployments hibernate" in plan.notes[0]
