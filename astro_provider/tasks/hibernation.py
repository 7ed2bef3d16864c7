"""What hibernating and waking up share: an order that beats the schedules, and the way back from it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import check_flags, is_given
from astro_provider.errors import ConfigurationError
from astro_provider.tasks.deployment import OptionalDeploymentTask
from astro_provider.tasks.own_deployment import check_not_own, own_deployment_id
from astro_provider.tasks.retry_state import PREVIOUS_OVERRIDE, RetryState
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE, WaitingOperator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.client import AstroClient
    from astro_provider.common.choices import IfMissing
    from astro_provider.models.deployments import Deployment
    from astro_provider.rules.hibernation import Order

PREVIOUS = "previous_override"


class HibernationOperator(OptionalDeploymentTask, WaitingOperator):
    """Sets, restores or removes a Deployment's hibernation override; what the two operators add is the direction."""

    asleep: ClassVar[bool]
    template_fields: Sequence[str] = (*OptionalDeploymentTask.template_fields, "until", PREVIOUS)
    not_text = ("until", PREVIOUS)

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        until: datetime | timedelta | str | None = None,
        restore: bool = False,
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
        check_flags(restore=restore, allow_self=allow_self)
        self.until = until
        self.restore = restore
        self.previous_override = previous_override
        self.allow_self = allow_self

    def run_task(self, context: Context) -> Any:
        """Read the Deployment, order what is wanted unless it is so already, and wait.

        :param context: The task's context.
        """
        from astro_provider.rules.hibernation import Order, check_can_hibernate, end_of

        self._check_arguments()
        client = self.hook.client
        deployment = self.find_deployment()
        if deployment is None:
            self.check_may_be_missing()
            self.log.info("%s does not exist; nothing to do.", self.describe_deployment())
            return None
        check_can_hibernate(deployment)
        self.announce(context, deployment)
        now = client.server_time()
        if self.restore:
            return self._restore(context, client, deployment, now)
        wanted = Order(self.asleep, end_of(self.until, now))
        self._keep_previous(context, deployment, wanted, now)
        return self._order(context, client, deployment, wanted, now)

    def _check_arguments(self) -> None:
        if self.until is not None and not is_given(self.until):
            raise ConfigurationError(
                f"until={self.until!r} is not a date and time; leave it out to hibernate or wake up without an end."
            )
        if self.restore and self.until is not None:
            raise ConfigurationError("restore=True restores the previous override; it cannot have an until.")
        if not self.restore and self.previous_override is not None:
            raise ConfigurationError("previous_override is only used with restore=True.")

    def _restore(self, context: Context, client: AstroClient, deployment: Deployment, now: datetime) -> Any:
        from astro_provider.rules.hibernation import from_data, has_schedules, in_force, is_turning

        previous = self.previous_override
        earlier = None if previous is None else from_data(previous)
        if earlier and earlier.until and earlier.until <= now:
            self.log.info("The previous override ended at %s UTC.", f"{earlier.until:%Y-%m-%d %H:%M:%S}")
            earlier = None
        if earlier is not None:
            return self._order(context, client, deployment, earlier, now)
        if in_force(deployment, now) is None:
            self.log.info("%s has no override; its schedules already apply.", deployment.label)
        else:
            client.deployments.remove_hibernation_override(deployment.id)
            self.log.info("Removed the override of %s; its schedules apply again.", deployment.label)
        turning = not has_schedules(deployment) and is_turning(deployment, asleep=False, now=now)
        return self._settle(context, deployment, asleep=None, status_is_old=turning)

    def _order(
        self, context: Context, client: AstroClient, deployment: Deployment, wanted: Order, now: datetime
    ) -> Any:
        from astro_provider.lookup.overrides import send_order
        from astro_provider.rules.hibernation import decide

        decision = decide(deployment, wanted, now)
        if not decision.needed:
            self.log.info("%s %s; there is nothing to do.", deployment.label, decision.reason)
            return self._settle(context, deployment, asleep=wanted.asleep, status_is_old=False)
        if wanted.asleep:
            check_not_own(deployment, "hibernate", allow_self=self.allow_self)
        send_order(client, deployment, wanted, now)
        self.log.info("%s %s.", deployment.label, wanted.describe())
        return self._settle(context, deployment, asleep=wanted.asleep, status_is_old=decision.status_is_old)

    def _settle(self, context: Context, deployment: Deployment, *, asleep: bool | None, status_is_old: bool) -> Any:
        """Wait until the status is what the order, or without one (``None``) the schedules, make of it."""
        from astro_provider.rules.hibernation import has_schedules
        from astro_provider.waits.goal import SETTLE, Goal

        if not self.wait:
            return deployment.id
        if deployment.id == own_deployment_id():
            self.log.info("This task runs in %s, so it does not wait until it hibernates.", deployment.label)
            return deployment.id
        if asleep is None:
            targets = {"HEALTHY", "HIBERNATING"} if has_schedules(deployment) else {"HEALTHY"}
        else:
            targets = {"HIBERNATING"} if asleep else {"HEALTHY"}
        goal = Goal(target_statuses=targets, settle_until=time.time() + SETTLE if status_is_old else 0.0)
        return self.finish(context, self.wait_or_defer(context, deployment, goal, poll_interval=self.poll_interval))

    def _keep_previous(self, context: Context, deployment: Deployment, wanted: Order, now: datetime) -> None:
        """Store what was there before this task, for the task that restores it, before anything is changed."""
        from astro_provider.rules.hibernation import in_force

        before = in_force(deployment, now)
        kept: Any = before.as_data() if before else {}
        state = RetryState(context)
        if state.is_retry and before is not None and before.asleep == wanted.asleep:
            # This override may be an earlier attempt's own, and what that try found is what has to be restored.
            known = state.recall(PREVIOUS_OVERRIDE)
            if known is None:
                self.log.warning(
                    "Assuming that an earlier attempt of this task set the current override of %s; the one before it "
                    "is not known, so restoring will remove the current one.",
                    deployment.label,
                )
            kept = known or {}
        state.remember(PREVIOUS_OVERRIDE, kept)
        context["ti"].xcom_push(key=PREVIOUS, value=kept)
