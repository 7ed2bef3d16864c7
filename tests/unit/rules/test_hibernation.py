"""Whether there is something to order: the order in force and its end decide, not the status alone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from astro_provider.common.durations import parse_duration
from astro_provider.common.moments import parse_zoned_moment
from astro_provider.errors import ConfigurationError
from astro_provider.models.deployments import Deployment
from astro_provider.rules.hibernation import Order, decide, end_of

NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)
LATER, EARLIER = "2026-11-26T07:00:00Z", "2026-11-25T07:00:00Z"
END = datetime(2026, 11, 26, 7, tzinfo=timezone.utc)
SLEEP, WAKE = Order(asleep=True), Order(asleep=False)
SENT, IN_DOUBT, NOTHING = "sent", "sent, and the status may be old", "nothing"


def deployment(status, override=None, schedules=(), asleep=None, next_event=None):
    spec = {"schedules": [{"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 7 * * *", **s} for s in schedules]}
    if override:
        spec["override"] = override
    shown = None if asleep is None else {"hibernationStatus": {"isHibernating": asleep, "nextEventType": next_event}}
    return Deployment.model_validate(
        {
            "id": "cm0deployment000000000001",
            "name": "dev",
            "workspaceId": "ws",
            "status": status,
            "createdAt": EARLIER,
            "updatedAt": EARLIER,
            "isDevelopmentMode": True,
            "scalingSpec": {"hibernationSpec": spec},
            "scalingStatus": shown,
        }
    )


ASLEEP, AWAKE = {"isHibernating": True, "isActive": True}, {"isHibernating": False, "isActive": True}
ON, OFF = {"isEnabled": True}, {"isEnabled": False}


@pytest.mark.parametrize(
    ("status", "state", "wanted", "expected"),
    [
        # To sleep: only the same order is as good.
        ("HEALTHY", {}, SLEEP, SENT),
        ("HIBERNATING", {}, SLEEP, IN_DOUBT),
        ("HIBERNATING", {}, Order(True, END), IN_DOUBT),
        ("HIBERNATING", {"schedules": [OFF]}, SLEEP, IN_DOUBT),
        ("HIBERNATING", {"schedules": [ON]}, SLEEP, SENT),
        ("HIBERNATING", {"schedules": [ON], "asleep": False}, SLEEP, IN_DOUBT),
        ("HIBERNATING", {"override": ASLEEP}, SLEEP, NOTHING),
        ("HEALTHY", {"override": ASLEEP}, SLEEP, NOTHING),
        ("HIBERNATING", {"override": ASLEEP}, Order(True, END), SENT),
        ("HIBERNATING", {"override": {**ASLEEP, "overrideUntil": LATER}}, Order(True, END), NOTHING),
        ("HIBERNATING", {"override": {**ASLEEP, "overrideUntil": LATER}}, SLEEP, SENT),
        ("HIBERNATING", {"override": {**ASLEEP, "overrideUntil": EARLIER}}, SLEEP, IN_DOUBT),
        ("HIBERNATING", {"override": {**ASLEEP, "isActive": False}}, SLEEP, SENT),
        ("HIBERNATING", {"override": AWAKE}, SLEEP, IN_DOUBT),
        # Awake: without an order and without a schedule it stays so.
        ("HEALTHY", {}, WAKE, NOTHING),
        ("HEALTHY", {}, Order(False, END), NOTHING),
        ("HEALTHY", {"schedules": [OFF]}, WAKE, NOTHING),
        ("HEALTHY", {"schedules": [ON]}, WAKE, SENT),
        ("HEALTHY", {"schedules": [ON], "asleep": True}, WAKE, IN_DOUBT),
        ("HEALTHY", {"asleep": False, "next_event": "HIBERNATE"}, WAKE, SENT),
        ("HEALTHY", {"asleep": True}, WAKE, IN_DOUBT),
        ("HIBERNATING", {}, WAKE, SENT),
        ("HEALTHY", {"override": ASLEEP}, WAKE, IN_DOUBT),
        ("HEALTHY", {"override": {**ASLEEP, "isActive": False}}, WAKE, IN_DOUBT),
        ("HEALTHY", {"override": {**ASLEEP, "overrideUntil": EARLIER}}, WAKE, NOTHING),
        ("HEALTHY", {"override": AWAKE}, WAKE, NOTHING),
        ("HEALTHY", {"override": {**AWAKE, "overrideUntil": LATER}}, WAKE, SENT),
        ("HEALTHY", {"override": {**AWAKE, "overrideUntil": LATER}}, Order(False, END), NOTHING),
        ("HIBERNATING", {"override": AWAKE}, WAKE, NOTHING),
    ],
)
def test_what_there_is_to_order(status, state, wanted, expected):
    decision = decide(deployment(status, **state), wanted, NOW)
    found = (SENT, IN_DOUBT)[decision.status_is_old] if decision.needed else NOTHING
    assert found == expected


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("2h30m", timedelta(hours=2, minutes=30)),
        ("90min", timedelta(minutes=90)),
        ("1d 12h", timedelta(days=1, hours=12)),
        (" 45S ", timedelta(seconds=45)),
        ("30m2h", None),
        ("2", None),
        ("-2h", None),
        ("h", None),
        ("", None),
        ("2026-11-25", None),
    ],
)
def test_a_length_of_time(text, length):
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-26 07:00 Europe/Berlin", "2026-11-26T06:00:00+00:00"),
        ("2026-07-26 07:00 Europe/Berlin", "2026-07-26T05:00:00+00:00"),
        ("2026-10-25 02:30 Europe/Berlin", "2026-10-25T00:30:00+00:00"),  # comes twice: the first one
        ("2026-03-29 02:30 Europe/Berlin", "2026-03-29T01:30:00+00:00"),  # does not come: 03:30 by the new time
        ("2026-11-26T07:00:00Z", "2026-11-26T07:00:00+00:00"),
        ("2026-11-26 07:00 Z", "2026-11-26T07:00:00+00:00"),
        ("2026-11-26t07:00:00z", "2026-11-26T07:00:00+00:00"),
        ("2026-11-26 07:00:00+05:30", "2026-11-26T01:30:00+00:00"),
    ],
)
def test_a_local_time_with_a_zone_name(text, utc):
    assert parse_zoned_moment(text).astimezone(timezone.utc).isoformat() == utc


def test_an_end_is_in_whole_seconds_and_utc():
    assert end_of("2h30m", NOW) == NOW + timedelta(hours=2, minutes=30)
    assert end_of("2026-11-26 07:00 Asia/Kolkata", NOW) == datetime(2026, 11, 26, 1, 30, tzinfo=timezone.utc)


def test_a_zone_that_is_misspelt_is_named_with_the_nearest_in_a_sentence():
    with pytest.raises(ConfigurationError, match=r"no time zone 'Berlin'\. Did you mean 'Europe/Berlin'\? Allowed: "):
        end_of("2026-11-26 07:00 Berlin", NOW)
