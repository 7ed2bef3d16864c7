"""Hibernation overrides: setting one, and putting an earlier one back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from astro_provider.errors import BadRequestError, NotFoundError
from astro_provider.http.retry import Repeat
from astro_provider.rules.awakening import is_still_own
from astro_provider.rules.hibernation import decide, in_force

if TYPE_CHECKING:
    from datetime import datetime

    from astro_provider.client import AstroClient
    from astro_provider.models.deployments import Deployment, HibernationOverride
    from astro_provider.rules.awakening import Awakening
    from astro_provider.rules.hibernation import Order

log = logging.getLogger(__name__)


def send_order(
    client: AstroClient, deployment: Deployment, order: Order, now: datetime, *, repeat: Repeat = Repeat.SAFE
) -> HibernationOverride | None:
    """Order that a Deployment sleeps or is awake; returns what is stored, ``None`` where that was so already.

    :param client: The client.
    :param deployment: The Deployment.
    :param order: What to order.
    :param now: The time.
    :param repeat: Which failures of the request are retried.
    """
    try:
        return client.deployments.override_hibernation(
            deployment.id, is_hibernating=order.asleep, until=order.until, repeat=repeat
        )
    except BadRequestError as error:
        # Astro may refuse what is so already: by an earlier attempt whose response was lost, or by somebody else.
        if decide(client.deployments.get(deployment.id, repeat=repeat), order, now).needed:
            raise
        log.warning("The override is already in effect. %s", error)
        return None


def put_back(client: AstroClient, awakening: Awakening, *, repeat: Repeat = Repeat.SAFE) -> str:
    """Put back what was in force before a task kept a Deployment awake; returns in words what was done.

    :param client: The client.
    :param awakening: What the task ordered, and what was in force before.
    :param repeat: How freely a request may be sent again.
    """
    try:
        deployment = client.deployments.get(awakening.deployment_id, repeat=repeat)
    except NotFoundError:
        return f"Deployment {awakening.deployment_id} no longer exists, so there is no override to restore."
    now = client.server_time()
    earlier = awakening.earlier
    if not is_still_own(deployment, awakening, now):
        return f"The override of {deployment.label} was changed in the meantime; it stays as it is."
    if earlier is not None and (earlier.until is None or earlier.until > now):
        send_order(client, deployment, earlier, now, repeat=repeat)
        return f"Restored the previous override of {deployment.label}: it {earlier.describe()}."
    if in_force(deployment, now) is None:
        return f"The override of {deployment.label} has ended by itself."
    client.deployments.remove_hibernation_override(deployment.id, repeat=repeat)
    return f"Removed the override of {deployment.label}; its schedules apply again."
