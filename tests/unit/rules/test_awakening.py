"""Which override a task sets so that a Deployment is awake, and what it knows again."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from astro_provider.models.deployments import Deployment
from astro_provider.rules.awakening import Awakening, awakening, is_still_own
from astro_provider.rules.hibernation import Order
from tests.builders.deployments import deployment

NOW = datetime(2026, 11, 26, 9, 0, 20, tzinfo=timezone.utc)
NEEDED = NOW + timedelta(hours=2)
SCHEDULE = {"hibernateAtCron": "0 20 * * *", "wakeAtCron": "0 7 * * *", "isEnabled": True}
ASLEEP = Order(asleep=True)
NEXT_WEEK = NOW.replace(second=0) + timedelta(days=7)


def dev(*, order: Order | None = None, status: str = "HEALTHY", schedules: Any = (), **hibernation: Any) -> Deployment:
    spec: dict[str, Any] = {"schedules": list(schedules)}
    if order is not None:
        until = {"overrideUntil": order.until.isoformat()} if order.until else {}
        spec["override"] = {"isHibernating": order.asleep, "isActive": True, **until}
    shown = {"isHibernating": status == "HIBERNATING", **hibernation}
    return Deployment.model_validate(
        deployment(
            status=status,
            isDevelopmentMode=True,
            scalingSpec={"hibernationSpec": spec},
            scalingStatus={"hibernationStatus": shown},
        )
    )


def found(now: datetime = NOW, known: Awakening | None = None, **fields: Any) -> Awakening:
    result = awakening(dev(**fields), NEEDED, now, known)
    assert result is not None
    return result


EARLIER = [None, ASLEEP, Order(asleep=True, until=NEXT_WEEK), Order(asleep=False, until=NOW + timedelta(minutes=10))]


@pytest.mark.parametrize("earlier", EARLIER, ids=str)
def test_the_own_order_outlasts_the_task_and_ends_by_itself(earlier):
    own = found(order=earlier, status="HIBERNATING").own
    assert not own.asleep
    latest = max(NEEDED, (earlier and earlier.until) or NEEDED) + timedelta(hours=1)
    assert NEEDED <= own.until <= latest


@pytest.mark.parametrize("earlier", EARLIER[:2], ids=str)
def test_a_later_try_reads_from_it_what_was_there_before(earlier):
    first = found(order=earlier, status="HIBERNATING")
    second = found(order=first.own, now=NOW + timedelta(minutes=5))
    assert second.earlier == first.earlier == earlier
    third = found(order=second.own, now=NOW + timedelta(minutes=50))
    assert third.earlier == earlier


def test_the_end_of_an_earlier_sleep_is_known_again_to_a_few_minutes():
    first = found(order=Order(asleep=True, until=NEXT_WEEK), status="HIBERNATING")
    again = found(order=first.own).earlier
    assert again.asleep
    assert timedelta(0) <= again.until - NEXT_WEEK < timedelta(minutes=5)


def test_an_end_before_the_task_has_ended_leaves_nothing_to_put_back():
    first = found(order=Order(asleep=True, until=NOW + timedelta(hours=1)), status="HIBERNATING")
    assert first.earlier == Order(asleep=True, until=NOW + timedelta(hours=1))
    assert found(order=first.own).earlier is None


def test_another_task_takes_over_and_the_first_one_then_leaves_it_alone():
    first = found(order=ASLEEP, status="HIBERNATING")
    second = found(order=first.own)
    assert second.own != first.own
    assert second.earlier == ASLEEP
    present = dev(order=second.own)
    assert not is_still_own(present, first, NOW)
    assert is_still_own(present, second, NOW)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"schedules": [SCHEDULE], "nextEventType": "HIBERNATE", "nextEventAt": "2026-11-26T20:00:00Z"},
        {"order": Order(asleep=False)},
        {"order": Order(asleep=False, until=NEXT_WEEK), "schedules": [SCHEDULE]},
        {"schedules": [{**SCHEDULE, "isEnabled": False}]},
    ],
)
def test_one_that_stays_awake_by_itself_is_left_alone(fields):
    assert awakening(dev(**fields), NEEDED, NOW) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "HIBERNATING"},
        {"order": ASLEEP},
        {"schedules": [SCHEDULE]},
        {"schedules": [SCHEDULE], "nextEventType": "HIBERNATE"},
        {"schedules": [SCHEDULE], "nextEventType": "HIBERNATE", "nextEventAt": "2026-11-26T10:59:00Z"},
        {"order": Order(asleep=False, until=NOW + timedelta(minutes=1))},
    ],
)
def test_one_that_is_asleep_or_would_fall_asleep_meanwhile_is_not(fields):
    assert awakening(dev(**fields), NEEDED, NOW) is not None


@pytest.mark.parametrize("until", [NEXT_WEEK, NEXT_WEEK + timedelta(minutes=7), NEXT_WEEK + timedelta(seconds=14)])
def test_a_persons_order_to_be_awake_is_not_taken_for_that_of_a_task(until):
    assert awakening(dev(order=Order(asleep=False, until=until)), NEEDED, NOW) is None


def test_what_an_earlier_try_remembers_is_exact():
    known = found(order=Order(asleep=True, until=NEXT_WEEK), status="HIBERNATING")
    kept = Awakening.from_data(known.as_data())
    assert kept == known
    assert found(order=known.own, known=kept).earlier == Order(asleep=True, until=NEXT_WEEK)


def test_an_own_order_that_has_ended_still_counts_as_own():
    known = found(order=ASLEEP, status="HIBERNATING")
    later = known.own.until + timedelta(hours=1)
    assert is_still_own(dev(), known, later)
    assert not is_still_own(dev(), known, NOW)
    assert awakening(dev(), later + timedelta(hours=2), later, known).earlier == ASLEEP


def test_what_the_api_stores_is_what_is_known_again():
    known = found(status="HIBERNATING")
    rounded = known.own.until.replace(second=0)
    stored = dev(order=Order(asleep=False, until=rounded)).hibernation_override
    assert is_still_own(dev(order=Order(asleep=False, until=rounded)), known.granted(stored), NOW)
