"""The Deployment that a task itself runs in: what deletes it or puts it to sleep ends the task, too."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import conf

if TYPE_CHECKING:
    from astro_provider.models.deployments import Deployment


def own_deployment_id() -> str | None:
    """Return the id of the Deployment that this task runs in; ``None`` outside Astro.

    Astro sets ``ASTRO_DEPLOYMENT_ID``; Runtimes with Airflow 2 have the id in ``[astronomer] casbin_deployment``, too.
    """
    found: str | None = os.environ.get("ASTRO_DEPLOYMENT_ID") or conf.get(
        "astronomer", "casbin_deployment", fallback=None
    )
    return found or None


def check_not_own(deployment: Deployment, action: str, *, allow_self: bool) -> None:
    """Refuse to end the Deployment that the task runs in.

    :param deployment: The Deployment that the task works on.
    :param action: What would be done to it, for the error.
    :param allow_self: Whether the DAG's author means it.
    :raises PlanError: It is the task's own.
    """
    from astro_provider.errors import GuardError

    if deployment.id == own_deployment_id() and not allow_self:
        raise GuardError(
            f"This task runs in {deployment.label} and would {action} it, which would also end this task. "
            "Set allow_self=True to allow this."
        )
