"""What hibernating and waking up share: an order that beats the schedules, and the way back from it."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import is_given
from astro_provider.errors import ConfigurationError
from astro_provider.tasks.deployment import OptionalDeploymentTask
from astro_provider.tasks.own_deployment import check_not_own, own_deployment_id
from astro_provider.tasks.retry_state import PREVIOUS_OVERRIDE, RetryState
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE, WaitingOperator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.client import AstroClient
    from astro_provider.common.choices import IfMissing
    from astro_provider.models.deployments import Deployment
    from astro_provider.rules.hibernation import Order

PREVIOUS = "previous_override"


class HibernationTask(OptionalDeploymentTask, WaitingOperator):
    """A task that changes what is ordered for a Deployment. A subclass writes :meth:`change`."""

    #: Whether the Deployment that the task runs in may be put to sleep.
    allow_self = False

    def run_task(self, context: Context) -> Any:
        """Read the Deployment, order what is wanted unless it is so already, and wait.

        :param context: The task's context.
        """
        from astro_provider.rules.hibernation import check_can_hibernate

        self.check_arguments()
        client = self.hook.client
        deployment = self.find_deployment()
        if deployment is None:
            self.check_may_be_missing()
            self.log.info("%s does not exist; nothing to do.", self.describe_deployment())
            return None
        check_can_hibernate(deployment)
        self.announce(context, deployment)
        return self.change(context, client, deployment, client.server_time())

    def check_arguments(self) -> None:
        """Refuse arguments that say nothing, before any request."""

    @abstractmethod
    def change(self, context: Context, client: AstroClient, deployment: Deployment, now: datetime) -> Any:
        """Order what is wanted; returns the task's result.

        :param context: The task's context.
        :param client: The client.
        :param deployment: The Deployment.
        :param now: The API's own time.
        """

    def order(self, context: Context, client: AstroClient, deployment: Deployment, wanted: Order, now: datetime) -> Any:
        """Send an order unless it is in force already; returns the task's result.

        :param context: The task's context.
        :param client: The client.
        :param deployment: The Deployment.
        :param wanted: The order.
        :param now: The API's own time.
        """
        from astro_provider.lookup.overrides import send_order
        from astro_provider.rules.hibernation import decide

        decision = decide(deployment, wanted, now)
        if not decision.needed:
            self.log.info("%s %s; there is nothing to do.", deployment.label, decision.reason)
            return self.settle(context, deployment, asleep=wanted.asleep, status_is_old=False)
        if wanted.asleep:
            check_not_own(deployment, "hibernate", allow_self=self.allow_self)
        send_order(client, deployment, wanted, now)
        self.log.info("%s %s.", deployment.label, wanted.describe())
        return self.settle(context, deployment, asleep=wanted.asleep, status_is_old=decision.status_is_old)

    def settle(self, context: Context, deployment: Deployment, *, asleep: bool | None, status_is_old: bool) -> Any:
        """Wait until the status is what the order makes of it, if the task is to wait; returns the task's result.

        :param context: The task's context.
        :param deployment: The Deployment.
        :param asleep: What is ordered; ``None``: nothing, its schedules apply.
        :param status_is_old: Whether its present status may be from before the order.
        """
        from astro_provider.rules.hibernation import has_schedules
        from astro_provider.waits.goal import SETTLE, Goal

        if not self.wait:
            return deployment.id
        if deployment.id == own_deployment_id():
            self.log.info("This task runs in %s itself, so it does not wait for the new status.", deployment.label)
            return deployment.id
        if asleep is None:
            targets = {"HEALTHY", "HIBERNATING"} if has_schedules(deployment) else {"HEALTHY"}
        else:
            targets = {"HIBERNATING"} if asleep else {"HEALTHY"}
        goal = Goal(target_statuses=targets, settle_until=time.time() + SETTLE if status_is_old else 0.0)
        return self.finish(context, self.wait_or_defer(context, deployment, goal, poll_interval=self.poll_interval))


class OverrideOperator(HibernationTask):
    """Sets a Deployment's hibernation override; what the two operators add is the direction."""

    asleep: ClassVar[bool]
    template_fields: Sequence[str] = (*HibernationTask.template_fields, "until")
    not_text = ("until",)

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        until: datetime | timedelta | str | None = None,
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
        self.until = until

    def value_checks(self) -> Mapping[str, Callable[[str, Any], object]]:
        """Return what can be judged when the DAG file is parsed: not whether the moment has passed by then."""
        from astro_provider.rules.hibernation import checked_end

        return {**super().value_checks(), "until": lambda _, value: checked_end(value)}

    def check_arguments(self) -> None:
        """Refuse an end that is blank."""
        if self.until is not None and not is_given(self.until):
            raise ConfigurationError(
                f"until={self.until!r} is not a date and time; leave it out to hibernate or wake up without an end."
            )

    def change(self, context: Context, client: AstroClient, deployment: Deployment, now: datetime) -> Any:
        """Keep what was ordered before as an XCom, and order what is wanted.

        :param context: The task's context.
        :param client: The client.
        :param deployment: The Deployment.
        :param now: The API's own time.
        """
        from astro_provider.rules.hibernation import Order, end_of

        wanted = Order(self.asleep, end_of(self.until, now))
        self._keep_previous(context, deployment, wanted, now)
        return self.order(context, client, deployment, wanted, now)

    def _keep_previous(self, context: Context, deployment: Deployment, wanted: Order, now: datetime) -> None:
        """Store what was there before this task, for the task that restores it, before anything is changed."""
        from astro_provider.rules.hibernation import in_force

        before = in_force(deployment, now)
        kept: Any = before.as_data() if before else {}
        state = RetryState(context)
        if state.is_retry and before is not None and before.asleep == wanted.asleep:
            # This override may be an earlier try's own, and what that one found is what has to be restored.
            known = state.recall(PREVIOUS_OVERRIDE)
            if known is None:
                self.log.warning(
                    "Assuming that an earlier try of this task set the current override of %s; the one before it "
                    "is not known, so restoring will remove the current one.",
                    deployment.label,
                )
            kept = known or {}
        state.remember(PREVIOUS_OVERRIDE, kept)
        context["ti"].xcom_push(key=PREVIOUS, value=kept)
