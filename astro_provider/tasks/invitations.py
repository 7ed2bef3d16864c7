"""Inviting those who are not in the Organization yet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from astro_provider.client import AstroClient
    from astro_provider.lookup.subjects import Directory
    from astro_provider.rules.roles import Subject

EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


def may_be_invited(text: str) -> bool:
    """Whether text is an e-mail address.

    :param text: What was given for a user.
    """
    return bool(EMAIL.fullmatch(text))


class Invitations:
    """Invitations to the Organization.

    :param emails: E-mail addresses; one that is there twice, in whatever case, counts once.
    :param role: The Organization role.
    """

    def __init__(self, emails: Iterable[str], role: str) -> None:
        self._emails = list({email.lower(): email for email in emails}.values())
        self._role = role
        #: Ids of the users whom :meth:`send` has invited.
        self.user_ids: list[str] = []

    @property
    def subjects(self) -> list[Subject]:
        """The users as they will be once they are invited; without ids."""
        from astro_provider.models.access import ORGANIZATION, HeldRole, Roles
        from astro_provider.rules.roles import Subject

        roles = Roles((HeldRole(ORGANIZATION, self._role),))
        return [Subject("user", "", email, f"user {email}", roles, status="PENDING") for email in self._emails]

    def in_words(self) -> list[str]:
        """Return the lines of a plan."""
        return [f"  + user {email}: invited to the Organization as {self._role}" for email in self._emails]

    def as_json(self) -> list[dict[str, Any]]:
        """Return what a task returns about them."""
        return [_change(email, None, self._role) for email in self._emails]

    def send(self, directory: Directory, client: AstroClient) -> list[dict[str, Any]]:
        """Invite them; returns what a task returns about it. Somebody who has joined meanwhile needs no invitation.

        :param directory: Who there is.
        :param client: The client.
        """
        from astro_provider.errors import BadRequestError

        done = []
        for email in self._emails:
            try:
                user_id = client.invites.create(email, self._role).user_id
            except BadRequestError:
                directory.forget_users()
                joined = directory.find("user", email)
                if joined is None:
                    raise
                self.user_ids.append(joined.id)
                continue
            directory.forget_users()
            user_id = user_id or _id(directory, email)
            self.user_ids.append(user_id)
            done.append(_change(email, user_id, self._role))
        return done


def _id(directory: Directory, email: str) -> str:
    """Return the id of somebody whose invitation's response had none."""
    from astro_provider.errors import NameLookupError

    invited = directory.find("user", email)
    if invited is None:
        raise NameLookupError(f"User {email} was invited, but is not in the list of users yet. Run the task again.")
    return invited.id


def _change(email: str, user_id: str | None, role: str) -> dict[str, Any]:
    return {
        "action": "invite",
        "subject_type": "user",
        "subject_id": user_id,
        "subject": email,
        "place_type": "ORGANIZATION",
        "place_id": None,
        "role_before": None,
        "role_after": role,
    }
