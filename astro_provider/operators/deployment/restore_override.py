"""Putting back what was ordered before a Deployment was woken up or put to sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import check_flags
from astro_provider.tasks.hibernation import PREVIOUS, HibernationTask
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.client import AstroClient
    from astro_provider.common.choices import IfMissing
    from astro_provider.models.deployments import Deployment


class RestoreHibernationOverrideOperator(HibernationTask):
    """Restores the hibernation override from before a hibernate or wake-up task; returns the Deployment's id.

    If there was no override, or it has ended in the meantime, the current override is removed, and the Deployment's
    schedules apply again.

    :param previous_override: The XCom of the earlier task: ``wake_up.output["previous_override"]``. Without it, the
        current override is removed.
    :param allow_self: Whether the task may hibernate the Deployment that it runs in.
    :param wait: Whether the task waits until the Deployment has the status of the restored override. If it restores no
        override, it waits for HEALTHY or, if the Deployment has schedules, for HEALTHY or HIBERNATING. Default:
        ``False``, because Astro changes the status on its own, and few tasks come after this one.
    """

    template_fields: Sequence[str] = (*HibernationTask.template_fields, PREVIOUS)
    not_text = (PREVIOUS,)

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        previous_override: Mapping[str, Any] | None = None,
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
            if_missing=if_missing,
            wait=wait,
            poll_interval=poll_interval,
            timeout=timeout,
            deferrable=deferrable,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        check_flags(allow_self=allow_self)
        self.previous_override = previous_override
        self.allow_self = allow_self

    def change(self, context: Context, client: AstroClient, deployment: Deployment, now: datetime) -> Any:
        """Order what was ordered before, or remove what is ordered now.

        :param context: The task's context.
        :param client: The client.
        :param deployment: The Deployment.
        :param now: The API's own time.
        """
        from astro_provider.rules.hibernation import from_data, has_schedules, in_force, is_turning

        previous = self.previous_override
        earlier = None if previous is None else from_data(previous)
        if earlier and earlier.until and earlier.until <= now:
            self.log.info("The previous override ended at %s UTC.", f"{earlier.until:%Y-%m-%d %H:%M:%S}")
            earlier = None
        if earlier is not None:
            return self.order(context, client, deployment, earlier, now)
        if in_force(deployment, now) is None:
            self.log.info("%s has no override; its schedules already apply.", deployment.label)
        else:
            client.deployments.remove_hibernation_override(deployment.id)
            self.log.info("Removed the override of %s; its schedules apply again.", deployment.label)
        turning = not has_schedules(deployment) and is_turning(deployment, asleep=False, now=now)
        return self.settle(context, deployment, asleep=None, status_is_old=turning)
