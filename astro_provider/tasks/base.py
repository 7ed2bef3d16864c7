"""What all operators of this package share."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperator, conf

from astro_provider.common.arguments import check_flags, checked_seconds
from astro_provider.links import OpenAirflowLink, OpenInAstroLink
from astro_provider.tasks.waiting import HookMixin, WaitMixin, failing_well

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import timedelta

    from airflow.providers.common.compat.sdk import BaseOperatorLink, Context

    from astro_provider.models.api import Deployment

DEFAULT_DEFERRABLE = conf.getboolean("operators", "default_deferrable", fallback=False)


class AstroOperator(HookMixin, BaseOperator):
    """An operator that talks to Astro.

    :param astro_conn_id: Id of a connection of type ``astro``.
    """

    template_fields: Sequence[str] = ("astro_conn_id",)
    operator_extra_links: Collection[BaseOperatorLink] = (OpenInAstroLink(), OpenAirflowLink())
    ui_color = "#e8e2fb"

    def __init__(self, *, astro_conn_id: str = "astro_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.astro_conn_id = astro_conn_id

    def execute(self, context: Context) -> Any:
        """Do the task's work.

        :param context: The task's context.
        """
        self.stored_facts = {}
        with failing_well(self):
            return self.run_task(context)

    @abstractmethod
    def run_task(self, context: Context) -> Any:
        """Do the task's work; what subclasses write.

        :param context: The task's context.
        """

    def announce(self, context: Context, deployment: Deployment) -> str:
        """Store what is known about the Deployment, for links and later tasks; returns its page's address.

        :param context: The task's context.
        :param deployment: The Deployment.
        """
        url = self.hook.client.deployment_url(deployment.workspace_id, deployment.id)
        self.store_facts(context, deployment.facts, url)
        return url


class WaitingOperator(WaitMixin, AstroOperator):
    """An operator that changes one Deployment, and may wait until Astro has finished.

    :param wait: Whether the task ends only when Astro has finished.
    :param poll_interval: Seconds between looks while waiting.
    :param timeout: Seconds after which the wait has failed.
    :param deferrable: Whether to wait in the triggerer; default: ``[operators] default_deferrable``.
    """

    def __init__(
        self,
        *,
        wait: bool = True,
        poll_interval: float | timedelta = 30,
        timeout: float | timedelta = 3600,
        deferrable: bool = DEFAULT_DEFERRABLE,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_flags(wait=wait, deferrable=deferrable)
        self.wait = wait
        self.poll_interval = checked_seconds("poll_interval", poll_interval)
        self.timeout = checked_seconds("timeout", timeout)
        self.deferrable = deferrable
