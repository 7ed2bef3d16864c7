"""What hibernating and waking up share: an order that beats the schedules, and the way back from it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowSkipException

from astro_provider.common.arguments import check_choice, check_flags
from astro_provider.errors import BadRequestError, ConfigurationError, NameLookupError
from astro_provider.tasks.base import WaitingOperator
from astro_provider.tasks.own_deployment import check_not_own, own_deployment_id
from astro_provider.tasks.retry_state import is_retry
from astro_provider.tasks.templates import RefusesNone, says_something

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.client import AstroClient
    from astro_provider.models.api import Deployment
    from astro_provider.rules.hibernation import Override

PREVIOUS = "previous_override"
STORE_KEY = "astro_previous_override"


class OverrideOperator(RefusesNone, WaitingOperator):
    """Sets, restores or removes a Deployment's hibernation override; what the two operators add is the direction."""

    asleep: ClassVar[bool]
    template_fields: Sequence[str] = (
        "deployment_id",
        "deployment_name",
        "workspace",
        "until",
        PREVIOUS,
        "astro_conn_id",
    )
    never_blank = ("deployment_id", "deployment_name", "workspace", "until")

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
        if_missing: str = "fail",
        wait: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(wait=wait, **kwargs)
        check_choice("if_missing", if_missing, ("fail", "ignore", "skip"))
        check_flags(restore=restore, allow_self=allow_self)
        self.deployment_id = deployment_id
        self.deployment_name = deployment_name
        self.workspace = workspace
        self.until = until
        self.restore = restore
        self.previous_override = previous_override
        self.allow_self = allow_self
        self.if_missing = if_missing

    def run_task(self, context: Context) -> Any:
        """Read the Deployment, order what is wanted unless it is so already, and wait.

        :param context: The task's context.
        """
        from astro_provider.lookup.deployments import find_target
        from astro_provider.rules.hibernation import Override, check_can_hibernate, end_of

        self.check_rendered()
        self._check_arguments()
        client = self.hook.client
        deployment = find_target(
            client,
            deployment_id=self.deployment_id,
            deployment_name=self.deployment_name,
            workspace=self.workspace,
        )
        if deployment is None:
            return self._missing()
        check_can_hibernate(deployment)
        self.announce(context, deployment)
        now = client.deployments.server_time()
        if self.restore:
            return self._restore(context, client, deployment, now)
        wanted = Override(self.asleep, end_of(self.until, now))
        self._keep_previous(context, deployment, wanted, now)
        return self._order(context, client, deployment, wanted, now)

    def _check_arguments(self) -> None:
        if self.until is not None and not says_something(self.until):
            raise ConfigurationError(
                f"until={self.until!r} is no point in time; leave it out for an order without end."
            )
        if self.restore and self.until is not None:
            raise ConfigurationError("restore=True puts back what was there before; it cannot have an until.")
        if not self.restore and self.previous_override is not None:
            raise ConfigurationError("previous_override is only used with restore=True.")

    def _restore(self, context: Context, client: AstroClient, deployment: Deployment, now: datetime) -> Any:
        from astro_provider.rules.hibernation import from_data, present

        given = self.previous_override
        earlier = None if given is None else from_data(given)
        if earlier and earlier.until and earlier.until <= now:
            self.log.info("The earlier override ended at %s UTC.", f"{earlier.until:%Y-%m-%d %H:%M:%S}")
            earlier = None
        if earlier is not None:
            return self._order(context, client, deployment, earlier, now)
        if present(deployment, now) is None:
            self.log.info("%s has no override; its schedules rule already.", deployment.label)
        else:
            client.deployments.remove_hibernation_override(deployment.id)
            self.log.info("Removed the override of %s; its schedules rule again.", deployment.label)
        return self._settle(context, deployment, None, now)

    def _order(
        self, context: Context, client: AstroClient, deployment: Deployment, wanted: Override, now: datetime
    ) -> Any:
        from astro_provider.rules.hibernation import is_so_already, present

        if is_so_already(deployment, wanted, now):
            if present(deployment, now) is None:
                reason = f"is {deployment.status}, and nothing would change that"
            else:
                reason = f"has this override already ({wanted.describe()})"
            self.log.info("%s %s; there is nothing to do.", deployment.label, reason)
            return self._settle(context, deployment, wanted, now)
        if wanted.asleep:
            check_not_own(deployment, "hibernate", allow_self=self.allow_self)
        try:
            client.deployments.override_hibernation(deployment.id, is_hibernating=wanted.asleep, until=wanted.until)
        except BadRequestError as error:
            # Astro may refuse what is so already: by an earlier try whose answer was lost, or by somebody else.
            if not is_so_already(client.deployments.get(deployment.id), wanted, now):
                raise
            self.log.warning("%s Yet it is so already.", error)
        self.log.info("%s %s.", deployment.label, wanted.describe())
        return self._settle(context, deployment, wanted, now)

    def _settle(self, context: Context, deployment: Deployment, wanted: Override | None, now: datetime) -> Any:
        """Wait until the status is what the order, or without one the schedules, make of it."""
        from astro_provider.rules.hibernation import has_schedules, present
        from astro_provider.waits.goal import SETTLE, Goal

        if not self.wait:
            return deployment.id
        if deployment.id == own_deployment_id():
            self.log.info("This task runs in %s; it does not wait for its own end.", deployment.label)
            return deployment.id
        if wanted is None:
            targets = {"HEALTHY", "HIBERNATING"} if has_schedules(deployment) else {"HEALTHY"}
        else:
            targets = {"HIBERNATING"} if wanted.asleep else {"HEALTHY"}
        before = present(deployment, now)
        # The status may still be the one from before an opposite order took effect.
        turned = before is not None and wanted is not None and before.asleep != wanted.asleep
        goal = Goal(target_statuses=targets, settle_until=time.time() + SETTLE if turned else 0.0)
        return self.finish(context, self.wait_or_defer(context, deployment, goal, poll_interval=self.poll_interval))

    def _keep_previous(self, context: Context, deployment: Deployment, wanted: Override, now: datetime) -> None:
        """Store what was there before this task, for the task that restores it, before anything is changed."""
        from astro_provider.rules.hibernation import present

        before = present(deployment, now)
        kept: Any = before.as_data() if before else {}
        store: Any = context.get("task_state_store")
        retried = is_retry(context)
        if retried and before is not None and before.asleep == wanted.asleep:
            # This override may be an earlier try's own, and what that try found is what has to be restored.
            known = store.get(STORE_KEY) if store is not None else None
            if known is None:
                self.log.warning(
                    "Taking the present override of %s for an earlier try's own; what was there before is not known, "
                    "and restoring will remove it.",
                    deployment.label,
                )
            kept = known or {}
        if store is not None:
            store.set(STORE_KEY, kept)
        context["ti"].xcom_push(key=PREVIOUS, value=kept)

    def _missing(self) -> None:
        from astro_provider.lookup.deployments import describe

        what = describe(self.deployment_id, self.deployment_name, self.workspace)
        if self.if_missing == "skip":
            raise AirflowSkipException(f"{what} does not exist.")
        if self.if_missing == "fail":
            raise NameLookupError(f"{what} does not exist. Set if_missing to 'ignore' or 'skip' to allow that.")
        self.log.info("%s does not exist; nothing to do.", what)
