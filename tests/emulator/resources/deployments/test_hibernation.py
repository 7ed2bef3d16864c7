"""Overrides: on, off, over, and what the API shows meanwhile."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
import requests

from astro_provider.emulator import Emulator
from tests.emulator.calls import AMOUNTS, Caller

NOW = datetime(2026, 11, 24, 20, tzinfo=timezone.utc).timestamp()


class Standby:
    """A development Deployment, an HTTP caller and a clock that a test turns."""

    def __init__(self, astro: Emulator, call: Caller, clock: list[float]) -> None:
        self.clock = clock
        self.call = call
        self.rest = f"/deployments/{astro.add_deployment('standby', isDevelopmentMode=True)}"

    def override(self, **body):
        return self.call("POST", f"{self.rest}/hibernation-override", body)

    def remove(self):
        return self.call("DELETE", f"{self.rest}/hibernation-override")

    def get(self):
        return self.call("GET", self.rest).json()

    def statuses(self, reads: int) -> list[str]:
        return [self.get()["status"] for _ in range(reads)]


@pytest.fixture
def standby():
    clock = [NOW]
    with Emulator(progress="reads:1", clock=lambda: clock[0]) as astro, requests.Session() as session:
        yield Standby(astro, Caller(astro, astro.token, session), clock)


def test_it_falls_asleep_and_wakes_through_the_statuses(standby):
    assert standby.get()["scalingStatus"] == {"hibernationStatus": {"isHibernating": False}}
    assert standby.override(isHibernating=True).json() == {"isHibernating": True, "isActive": True}
    assert standby.statuses(3) == ["HEALTHY", "HIBERNATING", "HIBERNATING"]
    assert standby.get()["scalingStatus"]["hibernationStatus"]["isHibernating"] is True
    standby.override(isHibernating=False)
    assert standby.statuses(4) == ["HIBERNATING", "DEPLOYING", "HEALTHY", "HEALTHY"]
    assert standby.get()["scalingSpec"]["hibernationSpec"]["override"] == {"isHibernating": False, "isActive": True}


def test_removal_wakes_what_only_an_override_kept_asleep(standby):
    standby.override(isHibernating=True)
    standby.statuses(2)
    assert standby.remove().status_code == 204
    assert standby.statuses(3) == ["HIBERNATING", "DEPLOYING", "HEALTHY"]
    assert standby.get()["scalingSpec"] == {"hibernationSpec": {}}
    assert standby.remove().status_code == 204


def test_an_override_ends_by_itself(standby):
    standby.override(isHibernating=True, overrideUntil="2026-11-25T07:00:00Z")
    standby.statuses(2)
    shown = standby.get()["scalingStatus"]["hibernationStatus"]
    assert (shown["nextEventType"], shown["nextEventAt"]) == ("WAKE", "2026-11-25T07:00:00Z")
    standby.clock[0] += 11 * 3600
    assert standby.statuses(3) == ["HIBERNATING", "DEPLOYING", "HEALTHY"]
    assert standby.get()["scalingSpec"]["hibernationSpec"]["override"]["isActive"] is False


def test_an_override_that_is_over_already_does_nothing(standby):
    body = standby.override(isHibernating=True, overrideUntil="2026-11-24T19:59:59Z").json()
    assert body["isActive"] is False
    assert standby.statuses(2) == ["HEALTHY", "HEALTHY"]


def test_waking_before_it_slept_lets_it_stay_awake(standby):
    standby.override(isHibernating=True)
    standby.override(isHibernating=False)
    assert standby.statuses(3) == ["HEALTHY"] * 3


def test_one_that_is_being_created_sleeps_once_it_is_healthy(standby):
    body = {"name": "new", "type": "STANDARD", "isDevelopmentMode": True, **AMOUNTS}
    made = standby.call("POST", "/deployments", {**body, "workspaceId": standby.get()["workspaceId"]}).json()
    standby.rest = f"/deployments/{made['id']}"
    standby.override(isHibernating=True)
    assert standby.statuses(5) == ["CREATING", "UNHEALTHY", "HEALTHY", "HIBERNATING", "HIBERNATING"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"isHibernating": "yes"},
        {"isHibernating": True, "overrideUntil": "tomorrow"},
        {"isHibernating": True, "overrideUntil": "2030-01-01T00:00:00"},
        {"isHibernating": True, "until": "2030-01-01T00:00:00Z"},
    ],
)
def test_what_the_document_does_not_allow_is_refused(standby, body):
    assert standby.override(**body).status_code == 400


def test_both_fields_may_be_null(standby):
    answer = standby.override(isHibernating=None, overrideUntil=None)
    assert (answer.status_code, answer.json()) == (200, {"isActive": False})
    assert standby.statuses(2) == ["HEALTHY", "HEALTHY"]
