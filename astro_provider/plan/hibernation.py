"""Hibernation schedules of development Deployments, and the override that an update must not end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.common.moments import rfc3339_seconds
from astro_provider.models.deployment_requests import (
    HibernationSpecRequest,
    OverrideRequest,
    ScalingSpecRequest,
    ScheduleRequest,
)

if TYPE_CHECKING:
    from astro_provider.deployment_file.model import FileSchedule
    from astro_provider.models.deployments import Deployment, HibernationOverride, HibernationSchedule
    from astro_provider.plan.problems import Problems

Crons = tuple[str, str]


def scaling_spec(problems: Problems, development: bool, current: Deployment | None = None) -> ScalingSpecRequest | None:
    """Return the hibernation schedules, the file's or else the present ones, with the present override.

    :param problems: Holds the file; gets a note if schedules have no effect.
    :param development: Whether it is a development Deployment after the request.
    :param current: The existing Deployment.
    """
    schedules = problems.file.hibernation_schedules
    if not development:
        if schedules:
            problems.note("is not applied: only development Deployments hibernate", "hibernation_schedules")
        return None
    if schedules is None:
        return resent(current) if current and current.hibernation_spec else None
    existing: dict[Crons, list[HibernationSchedule]] = {}
    for old in current.hibernation_schedules if current else ():
        existing.setdefault((old.hibernate_at_cron, old.wake_at_cron), []).append(old)
    return _spec([_schedule(schedule, existing) for schedule in schedules], current)


def _schedule(schedule: FileSchedule, existing: dict[Crons, list[HibernationSchedule]]) -> ScheduleRequest:
    """A schedule that exists keeps its description if the file has none."""
    crons = (" ".join(schedule.hibernate_at.split()), " ".join(schedule.wake_at.split()))
    # The times are all that tells one schedule from another; of several with the same, each is matched once.
    twins = existing.get(crons)
    old = twins.pop(0) if twins else None
    description = schedule.description
    if description is None and old:
        description = old.description
    fields: dict[str, object] = {
        "hibernate_at_cron": crons[0],
        "wake_at_cron": crons[1],
        "is_enabled": schedule.enabled,
    }
    if description is not None:
        fields["description"] = description
    return ScheduleRequest.model_validate(fields)


def resent(current: Deployment) -> ScalingSpecRequest:
    """Return the schedules and override of a Deployment as the request that leaves them as they are.

    :param current: The Deployment.
    """
    schedules = [
        ScheduleRequest.model_validate(old.model_dump(exclude_none=True)) for old in current.hibernation_schedules
    ]
    return _spec(schedules, current)


def _spec(schedules: list[ScheduleRequest], current: Deployment | None) -> ScalingSpecRequest:
    sent: dict[str, object] = {"schedules": tuple(schedules)}
    # The API removes an override that a sent specification leaves out.
    if current and current.hibernation_override:
        sent["override"] = _override(current.hibernation_override)
    return ScalingSpecRequest(hibernation_spec=HibernationSpecRequest.model_validate(sent))


def _override(override: HibernationOverride) -> OverrideRequest:
    fields: dict[str, object] = {"is_hibernating": override.is_hibernating}
    if override.override_until:
        fields["override_until"] = rfc3339_seconds(override.override_until)
    return OverrideRequest.model_validate(fields)
