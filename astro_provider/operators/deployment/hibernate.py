"""Putting a development Deployment to sleep."""

from __future__ import annotations

from astro_provider.tasks.hibernation import HibernationOperator


class HibernateDeploymentOperator(HibernationOperator):
    """Hibernates a development Deployment, regardless of its schedules; returns its id.

    Sleeping ends the Deployment's running tasks. Pushes the XCom ``previous_override``: what was ordered before, for a
    later task with ``restore=True``. If the same order is in force already, nothing is sent.

    :param until: When its schedules apply again (without any, it then wakes up): a datetime or ISO 8601 text (UTC if
        it has no time zone), local time with the name of its time zone such as ``2026-11-26 07:00 Europe/Berlin``, or a
        time from now as a timedelta or as text such as ``2h30m``. Default: until the override is removed.
    :param restore: Whether to put ``previous_override`` back instead, whichever direction that was; without a
        ``previous_override``, the present override is removed and the schedules apply again.
    :param previous_override: What an earlier task stored: ``wake_up.output["previous_override"]``.
    :param allow_self: Whether the Deployment that this task runs in may be put to sleep.
    :param wait: Whether the task ends only when the Deployment hibernates. Default: ``False``, since it falls asleep by
        itself, and few tasks have to know when.
    """

    asleep = True
