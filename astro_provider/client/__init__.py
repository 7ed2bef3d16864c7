"""A client for the Astro API v1, usable without Airflow.

>>> from astro_provider.client import AstroClient
>>> client = AstroClient(token)                      # doctest: +SKIP
>>> client.deployments.find("staging")               # doctest: +SKIP
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from astro_provider.client.agent_tokens import AgentTokens
from astro_provider.client.allowed_ip_ranges import AllowedIpRanges
from astro_provider.client.api_tokens import ApiTokens
from astro_provider.client.audit_logs import AuditLogs
from astro_provider.client.cluster_options import ClusterOptions
from astro_provider.client.clusters import Clusters
from astro_provider.client.deployment_options import DeploymentOptions
from astro_provider.client.deployments import Deployments
from astro_provider.client.deploys import Deploys
from astro_provider.client.environment_objects import EnvironmentObjects
from astro_provider.client.images import Images
from astro_provider.client.invites import Invites
from astro_provider.client.organizations import Organizations
from astro_provider.client.resource import organization_path
from astro_provider.client.roles import Roles
from astro_provider.client.teams import Teams
from astro_provider.client.token import NO_TOKEN, read_claims
from astro_provider.client.users import Users
from astro_provider.client.workspaces import Workspaces
from astro_provider.errors import (
    ConfigurationError,
    ForbiddenError,
    HandOverError,
    NotFoundError,
    UnauthorizedError,
)
from astro_provider.http.api import Api
from astro_provider.http.profile import ASTRO
from astro_provider.http.retry import Backoff
from astro_provider.http.urls import astro_ui_url, base_url, checked_domains

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from types import TracebackType

    from astro_provider.errors import AstroError
    from astro_provider.http.profile import Profile
    from astro_provider.http.transport import Transport
    from astro_provider.models.api_tokens import ApiToken

#: How often a new token is tried before it counts as not accepted: it may take a moment until all of Astro knows it.
PROOFS = 5
__all__ = ["AstroClient"]


class AstroClient:
    """The Astro API for one Organization and one token.

    :param token: API token (Organization, Workspace or Deployment).
    :param url: Base URL of the API; default: Astro's own.
    :param organization_id: Id of the Organization; default: the one that the token names.
    :param workspace_id: Default Workspace for lookups by name; default: the token's Workspace, if it is limited to one.
    :param request_timeout: Seconds to wait for a response.
    :param max_retries: Maximum number of retries after transient failures of a request.
    :param airflow_domains: Further domains, besides ``astronomer.run``, to which the token may be sent for a
        Deployment's Airflow.
    :param token_place: Where the token is kept, such as ``the connection``, for errors that ask for another token.
    :param transport: How requests are sent; default: with ``requests``.
    :param sleep: How to pause between attempts.
    :raises ConfigurationError: There is no token or no Organization, or the URL cannot be used.
    """

    def __init__(
        self,
        token: str,
        *,
        url: str | None = None,
        organization_id: str | None = None,
        workspace_id: str | None = None,
        request_timeout: float = 60.0,
        max_retries: int = 6,
        airflow_domains: Sequence[str] = (),
        token_place: str | None = None,
        transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        token = token.strip()
        if not token:
            raise ConfigurationError("There is no API token.")
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ConfigurationError("The API token contains characters that no token has. Was something else pasted?")
        self.url = base_url(url)
        claims = read_claims(token)
        organization_id = organization_id or claims.organization_id
        if not organization_id and not claims.is_jwt:
            raise ConfigurationError(NO_TOKEN)
        if not organization_id:
            raise ConfigurationError(
                "The Organization is unknown: the token does not contain it. Set organization_id in the connection's "
                "extra or the environment variable ASTRO_ORGANIZATION_ID."
            )
        self.claims = claims
        self.token_place = token_place
        self.airflow_domains = checked_domains(airflow_domains)
        scope = organization_path(organization_id)
        self.organization_id = organization_id
        self.workspace_id = workspace_id or claims.workspace_id
        self.ui_url = astro_ui_url(self.url)
        self._settings: dict[str, Any] = {
            "request_timeout": request_timeout,
            "max_retries": max_retries,
            "transport": transport,
            "sleep": sleep,
        }
        self._api = Api(
            ASTRO,
            self.url,
            token,
            token_id=claims.token_id,
            transport=transport,
            request_timeout=request_timeout,
            backoff=Backoff(max_retries=max_retries),
            sleep=sleep,
        )
        self.images = Images(token, request_timeout=request_timeout, max_retries=max_retries, sleep=sleep)
        self._add_resources(scope)

    def _add_resources(self, scope: str) -> None:
        self.organizations = Organizations(self._api, "")
        self.workspaces = Workspaces(self._api, scope)
        self.clusters = Clusters(self._api, scope)
        self.cluster_options = ClusterOptions(self._api, scope)
        self.deployments = Deployments(self._api, scope)
        self.deploys = Deploys(self._api, scope)
        self.deployment_options = DeploymentOptions(self._api, scope)
        self.audit_logs = AuditLogs(self._api, scope)
        self.users = Users(self._api, scope)
        self.invites = Invites(self._api, scope)
        self.teams = Teams(self._api, scope)
        self.roles = Roles(self._api, scope)
        self.api_tokens = ApiTokens(self._api, scope)
        self.agent_tokens = AgentTokens(self._api, scope)
        self.environment_objects = EnvironmentObjects(self._api, scope)
        self.allowed_ip_ranges = AllowedIpRanges(self._api, scope)

    def __enter__(self) -> AstroClient:
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are open for reuse."""
        self._api.close()

    def with_token(self, token: str) -> AstroClient:
        """Return a client with another token and otherwise the same settings.

        :param token: The API token.
        """
        return AstroClient(
            token,
            url=self.url,
            organization_id=self.organization_id,
            workspace_id=self.workspace_id,
            airflow_domains=self.airflow_domains,
            **self._settings,
        )

    def prove(self, token: ApiToken) -> None:
        """Check that Astro accepts a new token, by reading the token with its own value.

        If Astro responds that the token is not allowed to read itself, that is sufficient, because Astro has then
        recognized the token.

        :param token: The token, with its value.
        :raises HandOverError: Astro does not accept the value, or does not accept it yet.
        """
        value = token.token.get_secret_value() if token.token else ""
        refused: UnauthorizedError | None = None
        with self.with_token(value) as its_own:
            for attempt in range(1, PROOFS + 1):
                try:
                    its_own.api_tokens.get(token.id)
                    return
                except (ForbiddenError, NotFoundError) as error:
                    if error.is_foreign:  # something in front of the API, which knows nothing of tokens
                        raise
                    return
                except UnauthorizedError as error:
                    refused = error
                if attempt < PROOFS:
                    self._api.pause(attempt)
        raise HandOverError(f"Astro does not accept the new value of {token.label}: {refused}")

    def api_at(
        self, profile: Profile, base_url: str, *, understand: Callable[[AstroError], AstroError] | None = None
    ) -> Api:
        """Return another API that uses this client's token, such as the Airflow API of a Deployment.

        :param profile: The properties of the API; it decides whether the token may be sent to its address.
        :param base_url: Base URL of the API.
        :param understand: Explains the failure of an attempt.
        :raises ConfigurationError: The token must not be sent to the base URL.
        """
        return self._api.at(profile, base_url, understand=understand)

    def server_time(self) -> datetime:
        """Return the time by the API's own clock: from the last response's ``Date`` header, accurate to a second."""
        return self._api.server_time()

    def deployment_url(self, workspace_id: str, deployment_id: str) -> str:
        """Return the address of a Deployment's page in the Astro UI.

        :param workspace_id: Id of its Workspace.
        :param deployment_id: Id of the Deployment.
        """
        return f"{self.ui_url}/{workspace_id}/deployments/{deployment_id}"

    def deploy_history_url(self, workspace_id: str, deployment_id: str) -> str:
        """Return the address of a Deployment's deploy history in the Astro UI.

        :param workspace_id: Id of its Workspace.
        :param deployment_id: Id of the Deployment.
        """
        return f"{self.deployment_url(workspace_id, deployment_id)}/deploy-history"
