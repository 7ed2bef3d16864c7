"""The statuses of a Deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from astro_provider.common.choices import DeploymentStatus
from astro_provider.common.suggestions import did_you_mean
from astro_provider.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from astro_provider.models.deployments import Deployment

STATUSES = get_args(DeploymentStatus)


def checked_statuses(argument: str, statuses: Iterable[str]) -> frozenset[str]:
    """Return statuses in the API's spelling.

    :param argument: The argument they were given in, for the error.
    :param statuses: What was given; case does not matter.
    :raises ConfigurationError: One of them is no status of a Deployment.
    """
    listed = [statuses] if isinstance(statuses, str) else list(statuses)
    for status in listed:
        if str(status).upper() not in STATUSES:
            hint = did_you_mean(str(status), STATUSES)
            raise ConfigurationError(
                f"{argument}: {str(status)!r} is not a status of a Deployment; allowed: {', '.join(STATUSES)}.{hint}"
            )
    return frozenset(str(status).upper() for status in listed)


def ready(deployment: Deployment) -> frozenset[str]:
    """Return the statuses at which a Deployment that was just created or updated is finished.

    A development Deployment may go to sleep by its schedule as soon as it is healthy.

    :param deployment: The Deployment as the API returned it.
    """
    return frozenset({"HEALTHY", "HIBERNATING"} if deployment.is_development_mode else {"HEALTHY"})
