"""Whether what bears a name was made by whom it seems: by this token, and recently. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from astro_provider.models.deployments import Deployment


def is_made_by(deployment: Deployment, *, token_id: str | None, since: datetime) -> bool:
    """Whether a Deployment was made by a token's own create, whose response was lost or whose worker died.

    The time alone cannot tell it from one that somebody else gave the same name at the same moment. So if Astro says
    who created it and the token says what its own id is, the two must match, too.

    :param deployment: The Deployment that has the name.
    :param token_id: The token's own id, from its claims; ``None``: it does not say.
    :param since: The earliest moment, by Astro's clock, at which the create may have taken effect.
    """
    if deployment.created_at < since:
        return False
    return deployment.created_by is None or token_id is None or deployment.created_by.id == token_id
