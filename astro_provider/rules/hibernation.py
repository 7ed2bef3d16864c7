"""What to order of a Deployment that shall sleep or be awake, if anything. Pure: no clock, no network.

An order is what the API calls a hibernation override: it beats the schedules until it ends or is removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from astro_provider.common.durations import parse_duration
from astro_provider.common.moments import checked_moment
from astro_provider.errors import ConfigurationError, GuardError

if TYPE_CHECKING:
    from astro_provider.models.deployments import Deployment, HibernationOverride

UNTIL = (
    "a datetime, a timedelta, or text: a date and time such as '2026-11-25T07:00:00Z' or '2026-11-25 07:00 "
    "Europe/Berlin', or a time from now such as '2h30m'"
)


@dataclass(frozen=True)
class Order:
    """Beats a Deployment's hibernation schedules.

    :param asleep: Whether the Deployment hibernates.
    :param until: When the schedules apply again, in UTC and whole seconds; ``None``: when the order is removed.
    """

    asleep: bool
    until: datetime | None = None

    def describe(self) -> str:
        """Return the order in words, for log lines."""
        until = (
            f"until {self.until:%Y-%m-%d %H:%M:%S} UTC" if self.until else "until its hibernation override is removed"
        )
        return f"{'hibernates' if self.asleep else 'stays awake'} {until}"

    def as_data(self) -> dict[str, object]:
        """Return the order as an XCom keeps it."""
        return {"asleep": self.asleep, "until": self.until.isoformat() if self.until else None}


@dataclass(frozen=True)
class Decision:
    """What is to be done so that a Deployment sleeps or is awake.

    :param needed: Whether an order has to be sent.
    :param reason: Why not, in words for the log.
    :param status_is_old: Whether the present status may be left over from before: it looks like what is wanted, but the
        Deployment is on its way to the opposite.
    """

    needed: bool
    reason: str = ""
    status_is_old: bool = False


def from_data(data: object) -> Order | None:
    """Return the order that :meth:`Order.as_data` wrote; ``None`` for an empty mapping.

    :param data: What an XCom brought.
    :raises ConfigurationError: It is something else.
    """
    if isinstance(data, Mapping):
        if not data:
            return None
        if set(data) == {"asleep", "until"} and isinstance(data["asleep"], bool):
            return parse_order(data)
    raise ConfigurationError(
        f"previous_override={data!r} is not what a hibernate or wake-up task stores. Pass the task's XCom itself, "
        'for example previous_override=wake_up.output["previous_override"].'
    )


def parse_order(data: Mapping[str, Any]) -> Order:
    """Return the order that :meth:`Order.as_data` wrote.

    :param data: What was kept.
    :raises ConfigurationError: Its end is not a date and time.
    """
    return Order(data["asleep"], None if data["until"] is None else _moment("previous_override", data["until"]))


def checked_end(until: object) -> datetime | timedelta:
    """Return when an order ends: a time from now, or a date and time.

    :param until: As for :func:`end_of`, but something.
    :raises ConfigurationError: It is neither.
    """
    try:
        length = parse_duration(until) if isinstance(until, str) else until
    except (OverflowError, ValueError):
        raise ConfigurationError(f"until={until!s} is later than any date can be.") from None
    return length if isinstance(length, timedelta) else _moment("until", until)


def end_of(until: object, now: datetime) -> datetime | None:
    """Return when an order ends, in UTC and whole seconds.

    :param until: A date and time as datetime or text, a time from now as timedelta or text such as ``2h30m``, or
        ``None`` for never. A date and time without a time zone is read as UTC.
    :param now: The time.
    :raises ConfigurationError: It is none of these, or not in the future.
    """
    if until is None:
        return None
    length = checked_end(until)
    try:
        end = now + length if isinstance(length, timedelta) else length
    except OverflowError:
        raise ConfigurationError(f"until={until!s} is later than any date can be.") from None
    if end <= now:
        raise ConfigurationError(f"until={until!s} is not in the future; the time is now {now:%Y-%m-%d %H:%M:%S} UTC.")
    return _moment("until", end)


def _moment(argument: str, value: object) -> datetime:
    return checked_moment(argument, value, UNTIL).replace(microsecond=0)


def check_can_hibernate(deployment: Deployment) -> None:
    """Refuse a Deployment that cannot hibernate.

    :param deployment: The Deployment.
    :raises GuardError: It is not in development mode.
    """
    if not deployment.is_development_mode:
        reason = (
            f" It is of type {deployment.type}, which has no development mode." if deployment.type == "HYBRID" else ""
        )
        raise GuardError(
            f"{deployment.label} is not in development mode, and only Deployments in development mode can hibernate."
            f"{reason} To get one, create a Deployment from a template with is_development_mode: true. "
            "With development_only=True, ListDeploymentsOperator lists only Deployments in development mode."
        )


def in_force(deployment: Deployment, now: datetime) -> Order | None:
    """Return the order that is in force; one whose time is over counts as none.

    :param deployment: The Deployment.
    :param now: The time.
    """
    return _standing(deployment, now) if deployment.hibernation_override else None


def _standing(deployment: Deployment, now: datetime) -> Order | None:
    """Return the order that is stored and whose time is not over, whether Astro calls it active or not."""
    order = order_of(deployment.hibernation_spec.override if deployment.hibernation_spec else None)
    return None if order is not None and order.until is not None and order.until <= now else order


def order_of(override: HibernationOverride | None) -> Order | None:
    """Return the order that an override stands for; ``None`` if it orders nothing.

    :param override: As the API shows it.
    """
    if override is None or override.is_hibernating is None:
        return None
    until = _moment("override_until", override.override_until) if override.override_until else None
    return Order(override.is_hibernating, until)


def has_schedules(deployment: Deployment) -> bool:
    """Whether a schedule is switched on.

    :param deployment: The Deployment.
    """
    return any(schedule.is_enabled for schedule in deployment.hibernation_schedules)


def is_asleep(deployment: Deployment) -> bool:
    """Whether a Deployment hibernates, by its status.

    :param deployment: The Deployment.
    """
    status = deployment.scaling_status.hibernation_status if deployment.scaling_status else None
    return deployment.status == "HIBERNATING" or bool(status and status.is_hibernating)


def decide(deployment: Deployment, wanted: Order, now: datetime) -> Decision:
    """Say whether an order has to be sent. The status alone never decides: it lags behind.

    Only an order keeps a Deployment asleep for good: without one, and without a schedule, a HIBERNATING one is about to
    wake up. It stays awake by itself only where neither an order nor a schedule would end that.

    :param deployment: The Deployment.
    :param wanted: What the task wants.
    :param now: The time.
    """
    order = in_force(deployment, now)
    if order == wanted:
        return Decision(needed=False, reason=f"already has this override ({wanted.describe()})")
    stays_awake = not (_standing(deployment, now) or has_schedules(deployment) or _falls_asleep_next(deployment))
    if not wanted.asleep and stays_awake and not is_asleep(deployment):
        return Decision(needed=False, reason=f"is {deployment.status}, and no schedule would change that")
    return Decision(needed=True, status_is_old=is_turning(deployment, asleep=wanted.asleep, now=now))


def is_turning(deployment: Deployment, *, asleep: bool, now: datetime) -> bool:
    """Whether a status that looks like what is wanted may be left over, as the Deployment is on its way elsewhere.

    :param deployment: The Deployment.
    :param asleep: Whether it shall sleep.
    :param now: The time.
    """
    order = _standing(deployment, now)
    if order is not None:
        return order.asleep != asleep
    status = deployment.scaling_status.hibernation_status if deployment.scaling_status else None
    if status is not None and (deployment.status == "HIBERNATING") == asleep != status.is_hibernating:
        return True
    # Without an order only a schedule keeps it asleep.
    return asleep and is_asleep(deployment) and not has_schedules(deployment)


def _falls_asleep_next(deployment: Deployment) -> bool:
    status = deployment.scaling_status.hibernation_status if deployment.scaling_status else None
    return bool(status and status.next_event_type == "HIBERNATE")
