"""The Test button: one cheap call, and what its answer means to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.errors import ApiError, ForbiddenError, NoAnswerError, NotFoundError, UnauthorizedError

if TYPE_CHECKING:
    from astro_provider.client import AstroClient


def diagnose(client: AstroClient) -> tuple[bool, str]:
    """Say whether a client works and, if not, what to change.

    :param client: The client to try.
    :raises AstroError: Something that the error's own words describe best.
    """
    claims = client.claims
    if claims.expired():
        return False, f"The API token expired on {claims.expires_at:%Y-%m-%d %H:%M} UTC. Create a new one in Astro."
    try:
        count = client.deployments.count()
    except UnauthorizedError as error:
        return False, _unauthorized(client, error)
    except (ForbiddenError, NotFoundError) as error:
        return False, _refused(client, error)
    except NoAnswerError as error:
        return False, f"{client.url} could not be reached: {error.reason}."
    ends = f" It ends on {claims.expires_at:%Y-%m-%d} (UTC)." if claims.expires_at else ""
    seen = "1 Deployment" if count == 1 else f"{count} Deployments"
    return True, f"Connected to Organization {client.organization_id}; the token sees {seen}.{ends}"


def _unauthorized(client: AstroClient, error: ApiError) -> str:
    if not client.claims.is_jwt:
        return "This is not an Astro API token: Astro's tokens are JWTs (three parts with dots between them)."
    if not client.claims.is_api_token:
        return f"Astro refused the token; it looks like a user's session token, not like an API token. {error}"
    return f"Astro refused the token; it may have been revoked or rotated. {error}"


def _refused(client: AstroClient, error: ApiError) -> str:
    own = client.claims.organization_id
    if own and own != client.organization_id:
        return (
            f"The connection names Organization {client.organization_id}, but the token belongs to Organization {own}. "
            "Leave the Organization ID empty to use the token's own."
        )
    if isinstance(error, NotFoundError):
        return f"There is no Organization {client.organization_id} at {client.url}. {error}"
    return f"The token's role is too low to list Deployments; it needs at least Workspace Member. {error}"
