"""Waking a development Deployment up."""

from __future__ import annotations

from astro_provider.tasks.hibernation import OverrideOperator


class WakeUpDeploymentOperator(OverrideOperator):
    """Wakes up a development Deployment and keeps it awake, regardless of its schedules; returns its id.

    Pushes the previous override as the XCom ``previous_override``, for a later
    :class:`RestoreHibernationOverrideOperator`. If the Deployment is already awake and nothing would put it to sleep,
    the task sends nothing.

    :param until: When the Deployment's schedules apply again. Accepts a datetime or ISO 8601 text (UTC if it has no
        time zone), local time and its time zone such as ``2026-11-26 07:00 Europe/Berlin``, or a duration from now as a
        timedelta or as text such as ``2h30m``. Default: until the override is removed.
    :param wait: Whether the task waits until the Deployment is HEALTHY. Default: ``False``, because the Deployment
        wakes up on its own. Set it if a later task needs the Deployment.
    """

    asleep = False
