"""Waiting for a Deployment that something else works on."""

from __future__ import annotations

from collections.abc import Sized
from typing import TYPE_CHECKING, Any

from astro_provider.common.import_paths import names_elsewhere
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.sensing import WITHOUT_LIMITS, WaitingSensor
from astro_provider.tasks.waiting import DEFAULT_DEFERRABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.common.choices import DeploymentStatus
    from astro_provider.models.deployments import Deployment
    from astro_provider.triggers.base import WaitTrigger
    from astro_provider.waits.goal import Goal, State


class DeploymentStatusSensor(DeploymentTask, WaitingSensor):
    """Waits until a Deployment has one of the target statuses; returns its id.

    :param target_statuses: Statuses that end the wait: CREATING, DEPLOYING, HEALTHY, UNHEALTHY, UNKNOWN, HIBERNATING.
    :param failure_statuses: Statuses that fail the task at once. Default: none, because UNHEALTHY and UNKNOWN can be
        temporary.
    """

    template_fields: Sequence[str] = (*DeploymentTask.template_fields, "target_statuses", "failure_statuses")
    lists_of_text = ("target_statuses", "failure_statuses")
    _found = False

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        target_statuses: Sequence[DeploymentStatus | str] = ("HEALTHY",),
        failure_statuses: Sequence[DeploymentStatus | str] = (),
        poke_interval: float | timedelta = 30,
        timeout: float | timedelta = 3600,
        deferrable: bool = DEFAULT_DEFERRABLE,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            poke_interval=poke_interval,
            timeout=timeout,
            deferrable=deferrable,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        if isinstance(target_statuses, Sized) and not target_statuses:
            raise ValueError(f"target_statuses={target_statuses!r} is not valid: nothing would end the wait.")
        self.target_statuses = target_statuses
        self.failure_statuses = failure_statuses

    def value_checks(self) -> Mapping[str, Callable[[str, Any], object]]:
        """Return what can be judged when the DAG file is parsed."""
        from astro_provider.models.statuses import checked_statuses

        return {**super().value_checks(), "target_statuses": checked_statuses, "failure_statuses": checked_statuses}

    def look(self, context: Context) -> tuple[WaitTrigger, State]:
        """Return what to wait for, and how the Deployment stands now.

        :param context: The task's context.
        """
        from astro_provider.triggers.deployment import DeploymentStatusTrigger

        goal = self._goal()
        deployment = self._find(context)
        trigger = DeploymentStatusTrigger(
            astro_conn_id=self.astro_conn_id,
            deployment_id=deployment.id,
            url=self.hook.client.deployment_url(deployment.workspace_id, deployment.id),
            **vars(goal),
            **WITHOUT_LIMITS,
        )
        return trigger, deployment

    def _find(self, context: Context) -> Deployment:
        deployment = self.get_deployment()
        if not self._found:
            self.announce(context, deployment)
            self._found, self.deployment_id = True, deployment.id
        return deployment

    def _goal(self) -> Goal:
        from astro_provider.errors import ConfigurationError
        from astro_provider.models.statuses import checked_statuses
        from astro_provider.waits.goal import Goal

        if not self.target_statuses:
            raise ConfigurationError(
                f"target_statuses rendered to {self.target_statuses!r}: nothing would end the wait."
            )
        return Goal(
            target_statuses=checked_statuses("target_statuses", self.target_statuses),
            failure_statuses=checked_statuses("failure_statuses", self.failure_statuses or ()),
        )


if not TYPE_CHECKING:
    __getattr__ = names_elsewhere(__name__)
