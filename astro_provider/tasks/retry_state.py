"""What the tries of one task tell each other, so that an Airflow retry goes on instead of starting over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from astro_provider.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.client import AstroClient
    from astro_provider.models.deployments import Deployment
    from astro_provider.rules.dag_runs import TaskIdentity
    from astro_provider.rules.existing import OwnCreates

CREATED_ID = "astro_deployment_id"
RECREATED_IN_TRY = "astro_recreated_in_try"
PREVIOUS_OVERRIDE = "astro_previous_override"
AWAKENING = "astro_awakening"
#: How far this machine's clock may be ahead of Astro's before a Deployment of this run looks older than the run.
CLOCK_TOLERANCE = timedelta(seconds=30)


class RetryState:
    """The memory of a task across its tries.

    Airflow 3.3 and later keep it in the task state store; elsewhere nothing is remembered.

    :param context: The task's context.
    """

    def __init__(self, context: Context) -> None:
        self._store: Any = context.get("task_state_store")
        #: Which try of the task this is, from 1.
        self.try_number = int(getattr(context["ti"], "try_number", 1) or 1)
        retries = getattr(getattr(context["ti"], "task", None), "retries", None) or 0
        #: The first try of the present round: a person who clears the task starts a new round of tries.
        self.first_of_round = max(1, int(getattr(context["ti"], "max_tries", None) or 0) - retries + 1)
        #: When the task's DAG run started; after a person cleared the task, when it started again.
        self.run_started: datetime | None = getattr(context.get("dag_run"), "start_date", None)

    @property
    def is_retry(self) -> bool:
        """Whether the task was tried before."""
        return self.try_number > 1

    @property
    def begins_a_round(self) -> bool:
        """Whether this is the first try, or the first since a person cleared the task: no retry of Airflow's own."""
        return self.try_number <= self.first_of_round

    def remember(self, key: str, value: Any) -> None:
        """Keep a value for later tries.

        :param key: The key.
        :param value: Plain data.
        """
        if self._store is not None:
            self._store.set(key, value)

    @property
    def remembers(self) -> bool:
        """Whether later tries can recall what this one remembers."""
        return self._store is not None

    def recall(self, key: str) -> Any:
        """Return what an earlier attempt remembered; ``None`` if there is nothing.

        :param key: The key.
        """
        return self._store.get(key) if self._store is not None and self.is_retry else None

    def find_created(self, client: AstroClient, name: str) -> Deployment | None:
        """Return the Deployment that an earlier attempt remembered, if it still exists under this name.

        :param client: The client.
        :param name: The name that this task creates.
        """
        deployment_id = self.recall(CREATED_ID)
        if not deployment_id:
            return None
        try:
            deployment = client.deployments.get(str(deployment_id))
        except NotFoundError:
            return None
        return deployment if deployment.name == name else None

    def may_recreate(self) -> bool:
        """Whether this try may create once more what vanished while it waited; says so once for each try.

        A task that is cleared while it waits in the triggerer may start over before its trigger is told, and take over
        what that trigger then deletes.
        """
        if self._store is None or not self.is_retry or self.recall(RECREATED_IN_TRY) == str(self.try_number):
            return False
        self.remember(RECREATED_IN_TRY, str(self.try_number))
        return True

    def own_creates(self, client: AstroClient, key: str = CREATED_ID) -> OwnCreates:
        """Return how this task recognises what its earlier tries created.

        Without a store, and when a worker died between the API's response and the store, only the time tells, and who
        created it: it was inside this DAG run, with this token.

        :param client: The client.
        :param key: Under which key the created id is remembered.
        """
        from astro_provider.rules.existing import OwnCreates

        since = self.run_started - CLOCK_TOLERANCE if self.is_retry and self.run_started else None
        created_id = self.recall(key)
        return OwnCreates(
            created_id=str(created_id) if created_id else None, since=since, token_id=client.claims.token_id
        )


def task_identity(context: Context) -> TaskIdentity:
    """Return what stays the same over all tries of a task instance.

    :param context: The task's context.
    """
    from astro_provider.rules.dag_runs import TaskIdentity
    from astro_provider.tasks.own_deployment import own_deployment_id

    ti = context["ti"]
    return TaskIdentity(own_deployment_id() or "", ti.dag_id, ti.task_id, ti.run_id, getattr(ti, "map_index", -1))
