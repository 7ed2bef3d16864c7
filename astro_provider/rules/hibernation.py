"""What a hibernation override orders, and whether a Deployment is in that state already. Pure: no clock, no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from astro_provider.common.moments import parse_moment
from astro_provider.errors import ConfigurationError, GuardError

if TYPE_CHECKING:
    from astro_provider.models.deployments import Deployment


@dataclass(frozen=True)
class Override:
    """An order that beats a Deployment's hibernation schedules.

    :param asleep: Whether the Deployment hibernates.
    :param until: When the schedules rule again, in UTC and whole seconds; ``None``: when the override is removed.
    """

    asleep: bool
    until: datetime | None = None

    def describe(self) -> str:
        """Return the order in words, for log lines."""
        until = f"until {self.until:%Y-%m-%d %H:%M:%S} UTC" if self.until else "until its override is removed"
        return f"{'hibernates' if self.asleep else 'stays awake'} {until}"

    def as_data(self) -> dict[str, object]:
        """Return the order as an XCom keeps it."""
        return {"asleep": self.asleep, "until": self.until.isoformat() if self.until else None}


def from_data(data: object) -> Override | None:
    """Return the order that :meth:`Override.as_data` wrote; ``None`` for an empty mapping.

    :param data: What an XCom brought.
    :raises ConfigurationError: It is something else.
    """
    if isinstance(data, Mapping):
        if not data:
            return None
        if set(data) == {"asleep", "until"} and isinstance(data["asleep"], bool):
            return Override(data["asleep"], None if data["until"] is None else _instant(data["until"]))
    raise ConfigurationError(
        f"previous_override={data!r} is not what a hibernate or wake-up task stores. Give it the task's XCom itself, "
        'for example previous_override=wake_up.output["previous_override"].'
    )


def end_of(until: object, now: datetime) -> datetime | None:
    """Return when an override ends, in UTC and whole seconds.

    :param until: A date and time as datetime or ISO 8601 text, a timedelta from now, or ``None`` for never. Without a
        time zone it is read as UTC.
    :param now: The time.
    :raises ConfigurationError: It is none of these, or not in the future.
    """
    if until is None:
        return None
    end = now + until if isinstance(until, timedelta) else _instant(until)
    if end <= now:
        raise ConfigurationError(f"until={until!s} is not in the future; it is {now:%Y-%m-%d %H:%M:%S} UTC.")
    return end.astimezone(timezone.utc).replace(microsecond=0)


def _instant(value: object) -> datetime:
    instant = value if isinstance(value, datetime) else None
    if isinstance(value, str):
        try:
            instant = parse_moment(value)
        except ValueError:
            instant = None
    if instant is None:
        raise ConfigurationError(
            f"until={value!r} is not a date and time; possible are a datetime, a timedelta, and text such as "
            "'2026-11-25T07:00:00Z'."
        )
    zoned = instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc)
    return zoned.astimezone(timezone.utc).replace(microsecond=0)


def check_can_hibernate(deployment: Deployment) -> None:
    """Refuse a Deployment that cannot hibernate.

    :param deployment: The Deployment.
    :raises GuardError: It is not in development mode.
    """
    if not deployment.is_development_mode:
        kind = (
            f" It is of type {deployment.type}, which has no development mode." if deployment.type == "HYBRID" else ""
        )
        raise GuardError(
            f"{deployment.label} is not in development mode, and only Deployments in development mode hibernate."
            f"{kind} The mode is chosen once, by is_development_mode in the template that creates a Deployment."
        )


def present(deployment: Deployment, now: datetime) -> Override | None:
    """Return the override that is in effect; one whose time is over counts as none.

    :param deployment: The Deployment.
    :param now: The time.
    """
    override = deployment.hibernation_override
    if override is None:
        return None
    until = _instant(override.override_until) if override.override_until else None
    return None if until is not None and until <= now else Override(bool(override.is_hibernating), until)


def has_schedules(deployment: Deployment) -> bool:
    """Whether a schedule is switched on.

    :param deployment: The Deployment.
    """
    return any(schedule.is_enabled for schedule in deployment.hibernation_schedules)


def is_asleep(deployment: Deployment) -> bool:
    """Whether a Deployment hibernates.

    :param deployment: The Deployment.
    """
    status = deployment.scaling_status.hibernation_status if deployment.scaling_status else None
    return deployment.status == "HIBERNATING" or bool(status and status.is_hibernating)


def is_so_already(deployment: Deployment, wanted: Override, now: datetime) -> bool:
    """Whether an order would change nothing: it is in effect, or the state is this one and nothing would end it.

    :param deployment: The Deployment.
    :param wanted: The order.
    :param now: The time.
    """
    override = present(deployment, now)
    if override is not None:
        return override == wanted
    return is_asleep(deployment) == wanted.asleep and not has_schedules(deployment)
