"""Whether something that has a name was created by this token, and recently. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    class Author(Protocol):
        """Who created something, as far as Astro says."""

        @property
        def id(self) -> str:
            """A user's or a token's id."""

    class Authored(Protocol):
        """Something that was created."""

        @property
        def created_at(self) -> datetime:
            """When, by Astro's clock."""

        @property
        def created_by(self) -> Author | None:
            """By whom, if Astro says so."""


def is_made_by(existing: Authored, *, token_id: str | None, since: datetime) -> bool:
    """Whether a token's own create made something: one whose response was lost, or whose worker died.

    The time alone cannot tell it from one that somebody else gave the same name at the same moment. So if Astro says
    who created it and the token says what its own id is, the two must match, too.

    :param existing: What has the name.
    :param token_id: The token's own id, from its claims; ``None``: it does not say.
    :param since: The earliest moment, by Astro's clock, at which the create may have taken effect.
    """
    if existing.created_at < since:
        return False
    return existing.created_by is None or token_id is None or existing.created_by.id == token_id
