"""A client for the Astro API v1, usable without Airflow.

>>> from astro_provider.client import AstroClient
>>> client = AstroClient(token)                      # doctest: +SKIP
>>> client.deployments.find("staging")               # doctest: +SKIP
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from astro_provider.client.audit_logs import AuditLogs
from astro_provider.client.clusters import Clusters
from astro_provider.client.deployments import Deployments
from astro_provider.client.organizations import Organizations
from astro_provider.client.token import NO_TOKEN, read_claims
from astro_provider.client.workspaces import Workspaces
from astro_provider.common.ids import checked_id
from astro_provider.errors import ConfigurationError
from astro_provider.http.retry import Backoff
from astro_provider.http.transport import Transport
from astro_provider.http.urls import astro_ui_url, base_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["AstroClient"]


class AstroClient:
    """The Astro API for one Organization and one token.

    :param token: API token (Organization, Workspace or Deployment).
    :param url: API base URL; default: Astro's own.
    :param organization_id: Default: the Organization that the token itself names.
    :param workspace_id: Default Workspace for names; default: the one the token is limited to, if it is.
    :param request_timeout: Seconds to wait for an answer.
    :param max_retries: How often a call is sent again after a transient failure.
    :param sleep: How to pause between tries.
    :raises ConfigurationError: No token, no Organization, or an unusable URL.
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
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        token = token.strip()
        if not token:
            raise ConfigurationError("There is no API token.")
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ConfigurationError("The API token has characters that no token has; was something else pasted?")
        self.url = base_url(url)
        claims = read_claims(token)
        organization_id = organization_id or claims.organization_id
        if not organization_id and not claims.is_jwt:
            raise ConfigurationError(NO_TOKEN)
        if not organization_id:
            raise ConfigurationError(
                "The Organization is not known: the token does not name it. Set organization_id in the connection's "
                "extra or the environment variable ASTRO_ORGANIZATION_ID."
            )
        self.claims = claims
        self.organization_id = checked_id(organization_id, "an Organization")
        self.workspace_id = workspace_id or claims.workspace_id
        self.ui_url = astro_ui_url(self.url)
        self._transport = Transport(
            self.url, token, request_timeout=request_timeout, backoff=Backoff(max_retries=max_retries), sleep=sleep
        )
        path = f"/organizations/{self.organization_id}"
        self.organizations = Organizations(self._transport)
        self.workspaces = Workspaces(self._transport, path)
        self.clusters = Clusters(self._transport, path)
        self.deployments = Deployments(self._transport, path)
        self.audit_logs = AuditLogs(self._transport, self.organization_id)

    def __enter__(self) -> AstroClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open for reuse."""
        self._transport.close()

    def deployment_url(self, workspace_id: str, deployment_id: str) -> str:
        """Return the address of a Deployment's page in the Astro UI.

        :param workspace_id: The Workspace it is in.
        :param deployment_id: Its id.
        """
        return f"{self.ui_url}/{workspace_id}/deployments/{deployment_id}"
