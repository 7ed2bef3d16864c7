"""Waking a development Deployment up."""

from __future__ import annotations

from astro_provider.tasks.hibernation import OverrideOperator


class WakeUpDeploymentOperator(OverrideOperator):
    """Wakes a development Deployment up and keeps it awake, whatever its schedules say; returns its id.

    Pushes the XCom ``previous_override``: what was ordered before, for a later task with ``restore=True``. Where the
    Deployment is awake already and nothing would end that, nothing is sent.

    :param until: When its schedules rule again: a datetime, ISO 8601 text, or a timedelta from now. Without a time
        zone it is read as UTC. Default: until the override is removed.
    :param restore: Whether to put ``previous_override`` back instead, whichever direction that was; without a
        ``previous_override``, the present override is removed and the schedules rule again.
    :param previous_override: What an earlier task stored: ``hibernate.output["previous_override"]``.
    :param allow_self: Whether restoring may put the Deployment that this task runs in to sleep.
    :param wait: Whether the task ends only when the Deployment is HEALTHY.
    """

    asleep = False
