"""What a Deployment says about its hibernation, in one step."""

from __future__ import annotations

from typing import Any

import pytest

from astro_provider.models.deployments import Deployment
from tests.builders import deployments

SCHEDULE = {"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 6 * * *", "isEnabled": False}


def deployment(**fields: Any) -> Deployment:
    return Deployment.model_validate(deployments.deployment(**fields))


@pytest.mark.parametrize("spec", [None, {}, {"hibernationSpec": None}, {"hibernationSpec": {}}])
def test_a_deployment_without_a_hibernation_spec_has_no_schedules_and_no_override(spec: Any) -> None:
    found = deployment(scalingSpec=spec)
    assert (found.hibernation_schedules, found.hibernation_override) == ((), None)


def test_schedules_that_are_switched_off_are_schedules_too() -> None:
    (schedule,) = deployment(scalingSpec={"hibernationSpec": {"schedules": [SCHEDULE]}}).hibernation_schedules
    assert not schedule.is_enabled


@pytest.mark.parametrize(
    ("override", "counts"),
    [
        ({"isHibernating": True}, True),
        ({"isHibernating": False, "isActive": True}, True),
        ({"isHibernating": True, "isActive": False}, False),
        ({"isActive": True}, False),
    ],
)
def test_an_override_that_has_ended_or_orders_nothing_is_none(override: Any, counts: bool) -> None:
    found = deployment(scalingSpec={"hibernationSpec": {"override": override}}).hibernation_override
    assert (found is not None) is counts
