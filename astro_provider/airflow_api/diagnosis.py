"""What the failure of a call to a Deployment's Airflow really means; Astro's own API is asked before Airflow is blamed.

Astro's proxy stands in front of every Airflow. For a token that expired, and for one without access to the Deployment,
it returns the same bare 401; for a Deployment that hibernates, or whose Airflow does not run yet, it returns what is
not documented.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from astro_provider.common.token_advice import expired_in_words, refused_in_words
from astro_provider.errors import (
    ApiError,
    AstroError,
    ForbiddenError,
    HibernatingError,
    NoResponseError,
    NotFoundError,
    UnauthorizedError,
    UnexpectedResponseError,
)
from astro_provider.http.retry import Repeat

if TYPE_CHECKING:
    from astro_provider.client import AstroClient
    from astro_provider.models.deployments import Deployment

log = logging.getLogger(__name__)


class Diagnosis:
    """Explains the failures of one Deployment's Airflow API.

    :param client: The client of the Astro API, with the same token.
    :param deployment: The Deployment.
    """

    def __init__(self, client: AstroClient, deployment: Deployment) -> None:
        self._client = client
        self._deployment = deployment

    def __call__(self, error: AstroError) -> AstroError:
        """Return what an attempt's failure really means; the same error if there is nothing to add.

        :param error: What the attempt ended with.
        """
        if isinstance(error, ForbiddenError) and not error.is_foreign:
            return error.explained(
                f"The token's role does not allow this request in the Airflow of {self._deployment.label}; see the "
                "Permissions page in the airflow-provider-astro docs."
            )
        if not _may_be_astro(error):
            return error
        try:
            deployment = self._client.deployments.get(self._deployment.id, repeat=Repeat.NEVER)
        except UnauthorizedError as of_astro:
            return self._unauthorized(error, knows_token=False) if isinstance(error, UnauthorizedError) else of_astro
        except NotFoundError as gone:
            return gone
        except AstroError as other:
            log.debug("Whether %s hibernates could not be read: %s", self._deployment.label, other)
            return error
        if deployment.status == "HIBERNATING":
            return hibernating(deployment)
        if isinstance(error, UnauthorizedError):
            return self._unauthorized(error, knows_token=True)
        return _not_yet(error, deployment)

    def _unauthorized(self, error: UnauthorizedError, *, knows_token: bool) -> UnauthorizedError:
        end = self._client.claims.expires_at
        if end and self._client.claims.expired():
            return error.explained(expired_in_words(end, self._client.token_place))
        if not knows_token:
            refused = refused_in_words(self._client.token_place)
            return error.explained(f"Astro's own API also refuses the token; {refused}")
        return error.explained(
            "Astro's own API accepts the token, but the token has no access to the Airflow of "
            f"{self._deployment.label}, or was rotated a moment ago. Give the token a role in this Deployment or its "
            "Workspace, or use another token."
        )


def hibernating(deployment: Deployment) -> HibernatingError:
    """Return the error about a Deployment whose Airflow does not run.

    :param deployment: The Deployment, which hibernates.
    """
    return HibernatingError(
        f"{deployment.label} is hibernating, so its Airflow does not respond. Wake it up first, with "
        "WakeUpDeploymentOperator."
    )


def _may_be_astro(error: AstroError) -> bool:
    """Whether a failure may have its reason outside Airflow: nothing in it is in the format of Airflow's own errors."""
    if isinstance(error, (NoResponseError, UnauthorizedError)):
        return True
    if isinstance(error, UnexpectedResponseError):
        return error.retryable
    return isinstance(error, ApiError) and error.is_foreign and error.status != 429


def _not_yet(error: AstroError, deployment: Deployment) -> AstroError:
    """Return a failure that may pass for one that names a path which Airflow does not even know."""
    if not (isinstance(error, ApiError) and error.status == 404):
        return error
    state = f"{deployment.label} is {deployment.status}; its Airflow may not be running yet"
    reason = f"not from Airflow ({error.message}): {state}"
    return UnexpectedResponseError(error.method, error.path, error.status, reason)
