"""The Test button: one cheap request, and what its response means to a person."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from astro_provider.client.token import NO_TOKEN
from astro_provider.common.token_advice import expired_in_words, refused_in_words, token_holder
from astro_provider.errors import (
    ApiError,
    ForbiddenError,
    NoResponseError,
    NotFoundError,
    RateLimitedError,
    UnauthorizedError,
)
from astro_provider.http.failures import UNTRUSTED, nothing_listens, speaks_no_tls

if TYPE_CHECKING:
    from astro_provider.client import AstroClient
    from astro_provider.errors import AstroError

#: The ids under which Airflow's UI tests connections.
RANDOM_ID = re.compile("[A-Za-z0-9]{8}")


def diagnose(client: AstroClient) -> tuple[bool, str]:
    """Say whether a client works and, if not, what to change.

    :param client: The client to try.
    :raises AstroError: Something that the error's own words describe best.
    """
    claims = client.claims
    if claims.expires_at and claims.expired():
        return False, expired_in_words(claims.expires_at, client.token_place)
    try:
        count = client.deployments.count()
        unknown = _unknown_workspace(client)
    except (ForbiddenError, NotFoundError, UnauthorizedError) as error:
        return False, f"{_cause(client, error) or _refused(client, error)} {error}"
    except NoResponseError as error:
        return False, _known_reason(error) or f"{client.url} could not be reached: {error.ending}"
    if unknown:
        return False, unknown
    ends = f" The token expires on {claims.expires_at:%Y-%m-%d} (UTC)." if claims.expires_at else ""
    seen = "1 Deployment" if count == 1 else f"{count} Deployments"
    return True, f"Connected to Organization {client.organization_id}; the token sees {seen}.{ends}"


def to_its_tester(error: AstroError, conn_id: str) -> str:
    """Return an error's message for a person who tests a connection, and knows which one it is.

    :param error: The error.
    :param conn_id: The connection's id, under which it is tested.
    """
    said = str(error).removeprefix(f"Connection {conn_id!r}: ")
    return said.replace(f"The connection {conn_id!r}", "The connection") if RANDOM_ID.fullmatch(conn_id) else said


def explain(client: AstroClient, error: AstroError, conn_id: str) -> str | None:
    """Say what an error means, as far as the connection and the token tell without a request.

    :param client: The client that made the request.
    :param error: What it ended with.
    :param conn_id: The id of the connection. What is wrong with the token is said of the place where it is kept.
    """
    hint, place = _cause(client, error), client.token_place
    if hint is None and isinstance(error, ForbiddenError) and _is_astros(error):
        hint = (
            "The token may lack the permission for this request; see the Permissions page in the "
            "airflow-provider-astro docs."
        )
    elif not isinstance(error, UnauthorizedError):
        place = None
    return f"{token_holder(conn_id, place)}: {hint}" if hint else None


def _cause(client: AstroClient, error: AstroError) -> str | None:
    if isinstance(error, NoResponseError):
        return _unreachable(error) if error.host == urlsplit(client.url).netloc else None
    if not isinstance(error, ApiError) or not _is_astros(error):
        return None
    if isinstance(error, RateLimitedError):
        minutes = math.ceil((error.retry_after or 0) / 60)
        when = f"{minutes} minutes" if minutes > 1 else "a minute"
        return (
            "Astro's rate limit has been exceeded by this task or by something else that uses the same token. Try "
            f"again in {when}."
        )
    if isinstance(error, UnauthorizedError):
        return _unauthorized(client)
    own = client.claims.organization_id
    if isinstance(error, (ForbiddenError, NotFoundError)) and own and own != client.organization_id:
        return (
            f"The connection names Organization {client.organization_id}, but the token belongs to Organization {own}. "
            "Leave the Organization ID empty to use the token's own."
        )
    return None


def _is_astros(error: ApiError) -> bool:
    return not error.is_explained and error.path.startswith("/organizations/")


def _unreachable(error: NoResponseError) -> str:
    if known := _known_reason(error):
        return known
    if not error.sent:
        return (
            f"{error.host} cannot be reached from this machine. Check the connection's API URL, and this machine's "
            "DNS, proxy and firewall."
        )
    return (
        f"{error.host} did not return a complete response; it may have received the request. Try again later. If it "
        "happens again, check this machine's proxy and firewall, and Astro's status page."
    )


def _known_reason(error: NoResponseError) -> str | None:
    return _nothing_listens(error) or _no_tls_here(error) or _not_trusted(error)


def _no_tls_here(error: NoResponseError) -> str | None:
    if not speaks_no_tls(error):
        return None
    return (
        f"{error.host} is on this machine, and does not accept TLS connections. If it is the emulator, write its "
        f"address with http: http://{error.host}/v1"
    )


def _not_trusted(error: NoResponseError) -> str | None:
    if not error.reason.endswith(UNTRUSTED):  # it may stand after words about a proxy
        return None
    return (
        f"{error.host} presented a TLS certificate that this machine does not trust. If a proxy in between "
        "replaces certificates, set the environment variable REQUESTS_CA_BUNDLE to the path of a CA bundle that "
        "contains the proxy's CA certificate."
    )


def _nothing_listens(error: NoResponseError) -> str | None:
    """Say what is missing where this machine itself refused the connection."""
    if not nothing_listens(error):
        return None
    address = urlsplit(f"//{error.host}")
    port = f" --port {address.port}" if address.port else ""
    return (
        f"Nothing on this machine is listening at {error.host}. Is the emulator running? "
        f"Start it with: python -m astro_provider.emulator{port}"
    )


def _unauthorized(client: AstroClient) -> str:
    claims = client.claims
    if not claims.is_jwt:
        return NO_TOKEN
    if claims.expires_at and claims.expired():
        return expired_in_words(claims.expires_at, client.token_place)
    if not claims.is_api_token:
        return "Astro refused the token; it looks like a user's session token. Use an API token instead."
    return f"Astro refused the token; {refused_in_words(client.token_place)}"


def _refused(client: AstroClient, error: ApiError) -> str:
    if isinstance(error, NotFoundError):
        return (
            f"There is no Organization {client.organization_id} at {client.url}. "
            "Check the connection's Organization ID."
        )
    return "The token's role does not allow listing Deployments. Use a token with at least the role Workspace Member."


def _unknown_workspace(client: AstroClient) -> str | None:
    """Say that the connection's Workspace does not exist; one more request, if the connection names one."""
    from astro_provider.lookup.workspaces import workspace_problem

    named = client.workspace_id
    return None if named == client.claims.workspace_id else workspace_problem(client, named)
