"""Putting a development Deployment to sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import check_flags
from astro_provider.tasks.hibernation import OverrideOperator
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from astro_provider.common.choices import IfMissing


class HibernateDeploymentOperator(OverrideOperator):
    """Hibernates a development Deployment, regardless of its schedules; returns its id.

    Hibernation ends the Deployment's running tasks. Pushes the previous override as the XCom ``previous_override``, for
    a later :class:`RestoreHibernationOverrideOperator`. If the same override is already in force, the task sends
    nothing.

    :param until: When the Deployment's schedules apply again; if it has none, it then wakes up. Accepts a datetime or
        ISO 8601 text (UTC if it has no time zone), local time and its time zone such as
        ``2026-11-26 07:00 Europe/Berlin``, or a duration from now as a timedelta or as text such as ``2h30m``. Default:
        until the override is removed.
    :param allow_self: Whether the task may hibernate the Deployment that it runs in.
    :param wait: Whether the task waits until the Deployment hibernates. Default: ``False``, because the Deployment
        falls asleep on its own, and few tasks need to know when.
    """

    asleep = True

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        until: datetime | timedelta | str | None = None,
        allow_self: bool = False,
        if_missing: IfMissing = "fail",
        wait: bool = False,
        poll_interval: float | timedelta = 30,
        timeout: float | timedelta = 3600,
        deferrable: bool = DEFAULT_DEFERRABLE,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            until=until,
            if_missing=if_missing,
            wait=wait,
            poll_interval=poll_interval,
            timeout=timeout,
            deferrable=deferrable,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        check_flags(allow_self=allow_self)
        self.allow_self = allow_self
