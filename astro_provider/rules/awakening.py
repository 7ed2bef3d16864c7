"""Keeping a Deployment awake for the time of a task, and what to put back afterwards. Pure: no clock, no network.

The override that a task sets for itself always has an end, so that it passes even if nothing can put the earlier one
back. The end also says what was there before: its second is one of ``MARKS``, and its minute fits the hour. So a later
try knows it again where Airflow keeps nothing between tries, and so does another task that needs the same Deployment at
the same time: it takes over what has to be put back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from astro_provider.rules.hibernation import Order, has_schedules, in_force, is_asleep, order_of, parse_order

if TYPE_CHECKING:
    from astro_provider.models.deployments import Deployment, HibernationOverride

#: The second in which an own override ends, by what was in force before: nothing, sleep without an end, sleep until
#: that time, or being awake for less time.
NOTHING, ASLEEP, ASLEEP_UNTIL, AWAKE = MARKS = (13, 29, 43, 58)
#: An own override ends in every fourth minute; which of the four depends on the hour.
EVERY = 4


@dataclass(frozen=True)
class Awakening:
    """What a task orders for itself.

    :param deployment_id: Id of the Deployment.
    :param own: Its own order.
    :param earlier: What was in force before, and is put back; ``None``: nothing, so that the schedules apply again.
    """

    deployment_id: str
    own: Order
    earlier: Order | None

    def describe(self) -> str:
        """Return in words what is put back."""
        if self.earlier is None:
            return "its override is removed again"
        return f"its previous override is restored: it {self.earlier.describe()}"

    def as_data(self) -> dict[str, object]:
        """Return it as plain data, for other processes and later tries."""
        earlier = self.earlier.as_data() if self.earlier else None
        return {"deployment_id": self.deployment_id, "own": self.own.as_data(), "earlier": earlier}

    @classmethod
    def from_data(cls, data: object) -> Awakening | None:
        """Return what :meth:`as_data` wrote; ``None`` if there is nothing.

        :param data: What was kept.
        """
        if not isinstance(data, Mapping) or not data:
            return None
        earlier = parse_order(data["earlier"]) if data["earlier"] else None
        return cls(data["deployment_id"], parse_order(data["own"]), earlier)

    def granted(self, override: HibernationOverride) -> Awakening:
        """Return it as the API has stored it.

        :param override: The API's response to the own order.
        """
        return replace(self, own=order_of(override) or self.own)


def awakening(
    deployment: Deployment, needed_until: datetime, now: datetime, known: Awakening | None = None
) -> Awakening | None:
    """Say what a task has to order so that a Deployment is awake until it ends; ``None``: nothing.

    :param deployment: The Deployment.
    :param needed_until: When the task has ended, at the latest.
    :param now: The time.
    :param known: What an earlier try of the same task ordered, if that is known.
    """
    order = in_force(deployment, now)
    if known is not None and is_still_own(deployment, known, now):
        earlier = known.earlier
    elif order is None:
        if not _may_sleep(deployment, needed_until):
            return None
        earlier = None
    elif _is_marked(order):
        earlier = _marked_earlier(order)
    elif not order.asleep and (order.until is None or order.until >= needed_until):
        return None
    else:
        earlier = order
    return Awakening(deployment.id, Order(asleep=False, until=_end(needed_until, earlier, order)), earlier)


def is_still_own(deployment: Deployment, own: Awakening, now: datetime) -> bool:
    """Whether nobody else has changed the override since; one that has ended by itself counts as own.

    :param deployment: The Deployment.
    :param own: What this task ordered.
    :param now: The time.
    """
    order = in_force(deployment, now)
    has_ended = own.own.until is not None and own.own.until <= now
    return order == own.own or (order is None and has_ended)


def _may_sleep(deployment: Deployment, needed_until: datetime) -> bool:
    """Whether a Deployment without an override is asleep, or may be before a time."""
    status = deployment.scaling_status.hibernation_status if deployment.scaling_status else None
    if is_asleep(deployment):
        return True
    if status is None or status.next_event_type != "HIBERNATE":
        return has_schedules(deployment)
    return status.next_event_at is None or status.next_event_at <= needed_until


def _end(needed_until: datetime, earlier: Order | None, present: Order | None) -> datetime:
    """Return the marked moment in which an own order ends; another one than that of the present order."""
    mark, end = NOTHING, needed_until
    if earlier is not None and not earlier.asleep:
        mark = AWAKE
    elif earlier is not None and earlier.until is None:
        mark = ASLEEP
    elif earlier is not None and earlier.until is not None and earlier.until > needed_until:
        mark, end = ASLEEP_UNTIL, earlier.until
    end = _next_marked(end, mark)
    if present is not None and present.until == end:
        end = _next_marked(end + timedelta(seconds=1), mark)
    return end


def _next_marked(moment: datetime, mark: int) -> datetime:
    found = moment.replace(second=mark, microsecond=0)
    if found < moment:
        found += timedelta(minutes=1)
    while not _fits(found):
        found += timedelta(minutes=1)
    return found


def _fits(moment: datetime) -> bool:
    return moment.minute % EVERY == moment.hour % EVERY


def _is_marked(order: Order) -> bool:
    """Whether an order is that of another task of this package, or of an earlier try."""
    return not order.asleep and order.until is not None and order.until.second in MARKS and _fits(order.until)


def _marked_earlier(order: Order) -> Order | None:
    """Return what a marked order says about what was there before it."""
    second = order.until.second if order.until else NOTHING
    if second == ASLEEP:
        return Order(asleep=True)
    if second == ASLEEP_UNTIL:
        return Order(asleep=True, until=order.until)
    return order if second == AWAKE else None
