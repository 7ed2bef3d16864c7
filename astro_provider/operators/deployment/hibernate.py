"""Putting a development Deployment to sleep."""

from __future__ import annotations

from astro_provider.tasks.hibernation import OverrideOperator


class HibernateDeploymentOperator(OverrideOperator):
    """Puts a development Deployment to sleep, whatever its schedules say; returns its id.

    Sleeping ends the Deployment's running tasks. Pushes the XCom ``previous_override``: what was ordered before, for a
    later task with ``restore=True``. Where the Deployment hibernates already and nothing would end that, nothing is
    sent.

    :param until: When its schedules rule again (without any, it then wakes up): a datetime, ISO 8601 text, or a
        timedelta from now. Without a time zone it is read as UTC. Default: until the override is removed.
    :param restore: Whether to put ``previous_override`` back instead, whichever direction that was; without a
        ``previous_override``, the present override is removed and the schedules rule again.
    :param previous_override: What an earlier task stored: ``wake_up.output["previous_override"]``.
    :param allow_self: Whether the Deployment that this task runs in may be put to sleep.
    :param wait: Whether the task ends only when the Deployment hibernates.
    """

    asleep = True
