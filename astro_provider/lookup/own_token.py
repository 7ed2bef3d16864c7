"""What the connection's own token sees: lists show any but an Organization Owner's less, and do not say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.errors import ForbiddenError, GuardError, NotFoundError
from astro_provider.models.access import ORGANIZATION
from astro_provider.rules.roles import ORGANIZATION_OWNER, is_same

if TYPE_CHECKING:
    from astro_provider.client import AstroClient


def check_sees_everything(client: AstroClient, what: str) -> None:
    """Refuse a token that may see only a part of the Organization.

    :param client: The client.
    :param what: What needs to see everything, as the beginning of a sentence.
    :raises GuardError: It is not certain that the token sees everything.
    """
    role, token_id = None, client.claims.token_id
    if token_id:
        try:
            role = client.api_tokens.get(token_id).roles.at(ORGANIZATION)
        except (ForbiddenError, NotFoundError):
            role = None
    if not is_same(role, ORGANIZATION_OWNER):
        raise GuardError(
            f"{what} needs an Organization token with the role Organization Owner. Any other token sees only a part, "
            "and nothing would show that there is more. The Organization role of this connection's token is "
            f"{role or 'not known'}."
        )
