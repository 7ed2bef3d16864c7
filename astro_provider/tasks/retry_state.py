"""What an earlier try of the same task already did, so that an Airflow retry goes on instead of beginning anew."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from astro_provider.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.client import AstroClient
    from astro_provider.models.deployments import Deployment

KEY = "astro_deployment_id"
KEY_ANEW = "astro_made_anew_in_try"
#: How far this machine's clock may be ahead of Astro's before a Deployment of this run looks older than the run.
CLOCK_TOLERANCE = timedelta(seconds=30)


def try_number(context: Context) -> int:
    """Return which try of the task this is, from 1.

    :param context: The task's context.
    """
    return int(getattr(context["ti"], "try_number", 1) or 1)


def is_retry(context: Context) -> bool:
    """Whether the task was tried before.

    :param context: The task's context.
    """
    return try_number(context) > 1


class EarlierTry:
    """The memory of a create task across its tries.

    Airflow 3.3 and later keep the id in the task state store. Elsewhere, and when a worker died between the API's
    answer and the store, the Deployment is known by its name and by having been created inside this DAG run.

    :param context: The task's context.
    """

    def __init__(self, context: Context) -> None:
        self._store: Any = context.get("task_state_store")
        self._try = try_number(context)
        #: Whether the task was tried before.
        self.is_retry = self._try > 1
        self._run_started: datetime | None = getattr(context.get("dag_run"), "start_date", None)

    def remember(self, deployment_id: str) -> None:
        """Keep an id for later tries.

        :param deployment_id: The Deployment that this try made.
        """
        if self._store is not None:
            self._store.set(KEY, deployment_id)

    def find(self, client: AstroClient, name: str) -> Deployment | None:
        """Return the Deployment that the store remembers, if it still exists under this name.

        :param client: The client.
        :param name: The name this task creates.
        """
        deployment_id = self._store.get(KEY) if self._store is not None and self.is_retry else None
        if not deployment_id:
            return None
        try:
            deployment = client.deployments.get(str(deployment_id))
        except NotFoundError:
            return None
        return deployment if deployment.name == name else None

    def may_make_anew(self) -> bool:
        """Whether this try may create anew what vanished from under it; says so once for each try.

        A task that is cleared while it waits in the triggerer may begin anew before its trigger is told, and take over
        what that trigger then deletes.
        """
        if self._store is None or not self.is_retry or self._store.get(KEY_ANEW) == str(self._try):
            return False
        self._store.set(KEY_ANEW, str(self._try))
        return True

    def made(self, deployment: Deployment) -> bool:
        """Whether a Deployment that bears this task's name was made by an earlier try of it.

        :param deployment: The Deployment that has the name.
        """
        if not self.is_retry or self._run_started is None:
            return False
        return deployment.created_at >= self._run_started - CLOCK_TOLERANCE
