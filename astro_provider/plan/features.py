"""Executor, Remote Execution and hibernation: parts whose rules span several sections of the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from astro_provider.common.moments import rfc3339_seconds
from astro_provider.models.deployment_requests import (
    HibernationSpecRequest,
    OverrideRequest,
    RemoteExecutionRequest,
    ScalingSpecRequest,
    ScheduleRequest,
)
from astro_provider.plan.fields import AMOUNTS
from astro_provider.plan.problems import unknown

if TYPE_CHECKING:
    from astro_provider.deployment_file.model import FileSchedule
    from astro_provider.models.deployment_options import DeploymentOptions
    from astro_provider.models.deployments import (
        Deployment,
        HibernationOverride,
        HibernationSchedule,
        RemoteExecution,
    )
    from astro_provider.plan.problems import Problems

Crons = tuple[str, str]
AIRFLOW_3_RUNTIME = re.compile(r"v?(?P<major>[0-9]+)\.[0-9]+-[0-9]+")


def check_executor(problems: Problems, kind: str, executor: str | None, runtime: str | None, remote: bool) -> None:
    """Check that the executor exists for the type, the runtime and Remote Execution.

    :param problems: Holds the file; gets what is not possible.
    :param kind: Type of the Deployment.
    :param executor: The executor after the request.
    :param runtime: The Astro Runtime, where known.
    :param remote: Whether Remote Execution is on after the request.
    """
    at = ("configuration", "executor")
    if executor == "ASTRO" and kind == "HYBRID":
        problems.add("ASTRO is not possible for HYBRID Deployments; possible are CELERY, KUBERNETES", *at)
    elif executor == "ASTRO" and runtime:
        match = AIRFLOW_3_RUNTIME.match(runtime)
        if not match or int(match["major"]) < 3:
            problems.add(f"ASTRO needs an Astro Runtime with Airflow 3 (3.0-1 or later), not {runtime}", *at)
    if remote and executor not in ("ASTRO", None):
        problems.add(f"Remote Execution needs the executor ASTRO, not {executor}", *at)


def check_offered(problems: Problems, options: DeploymentOptions | None, current: Deployment | None = None) -> None:
    """Check what the file names against what Astro offers, where that was read.

    :param problems: Holds the file; gets what is not possible.
    :param options: What there is for the type, executor and provider.
    :param current: The existing Deployment; what it has already may stay.
    """
    if options is None:
        return
    sizes = [machine.name for machine in options.scheduler_machines]
    for key, what, known in (
        ("scheduler_size", "a scheduler size", sizes),
        ("executor", "an executor", list(options.executors)),
    ):
        asked = getattr(problems.configuration, key)
        if asked and known and asked not in known and asked != getattr(current, key, None):
            problems.add(unknown(what, asked, known), "configuration", key)


def takes_queues(problems: Problems, executor: str | None, remote: bool) -> bool:
    """Return whether worker queues are sent, and note where the file lists them in vain.

    :param problems: Holds the file; gets what is not possible.
    :param executor: The executor after the request.
    :param remote: Whether Remote Execution is on after the request.
    """
    if executor != "KUBERNETES" and not remote:
        return True
    if problems.file.worker_queues:
        instead = "its agents run the tasks" if remote else "set the size of task pods in configuration instead"
        what = "Remote Execution" if remote else "the executor KUBERNETES"
        problems.add(f"there are no worker queues with {what}; {instead}", "worker_queues")
    return False


def note_amounts(problems: Problems) -> None:
    """Note pod sizes and quotas in the file, which Remote Execution does not have.

    :param problems: Holds the file; gets the notes.
    """
    for key in AMOUNTS:
        if getattr(problems.configuration, key) is not None:
            problems.note("is not used with Remote Execution", "configuration", key)


def remote_execution(problems: Problems, current: RemoteExecution | None = None) -> RemoteExecutionRequest | None:
    """Return the Remote Execution settings: the present ones with the file's laid over; none where it stays off.

    :param problems: Holds the file.
    :param current: The Deployment's settings.
    """
    asked = problems.configuration.remote_execution
    fields: dict[str, object] = {"enabled": False}
    names = ("enabled", "allowed_ip_address_ranges", "task_log_bucket", "task_log_url_pattern")
    for source in (current, asked):
        if source:
            fields |= {name: value for name in names if (value := getattr(source, name)) is not None}
    was_enabled = current is not None and current.enabled
    if not fields["enabled"]:
        # Sending "off" to a Deployment that never had it on is refused by the API.
        return RemoteExecutionRequest(enabled=False) if was_enabled else None
    return RemoteExecutionRequest.model_validate(fields)


def scaling_spec(problems: Problems, development: bool, current: Deployment | None = None) -> ScalingSpecRequest | None:
    """Return the hibernation schedules, the file's or else the present ones, with the present override.

    :param problems: Holds the file; gets a note where schedules have no effect.
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
    """A new schedule is enabled; one that exists keeps what the file does not say (the CLI leaves out ``false``)."""
    crons = (" ".join(schedule.hibernate_at.split()), " ".join(schedule.wake_at.split()))
    # The times are all that tells one schedule from another; of several with the same, each is matched once.
    twins = existing.get(crons)
    old = twins.pop(0) if twins else None
    enabled, description = schedule.enabled, schedule.description
    if enabled is None:
        enabled = old.is_enabled if old else True
    if description is None and old:
        description = old.description
    fields: dict[str, object] = {"hibernate_at_cron": crons[0], "wake_at_cron": crons[1], "is_enabled": enabled}
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
