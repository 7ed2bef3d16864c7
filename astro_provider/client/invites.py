"""Invitations to the Organization: made and cancelled; the API neither lists nor shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.client.resource import AstroResource
from astro_provider.http.pages import read_all
from astro_provider.models.invites import Invite

if TYPE_CHECKING:
    from datetime import datetime

    from astro_provider.errors import AstroError


class Invites(AstroResource):
    """The invitations to one Organization."""

    segment, noun = "invites", "an invitation"

    def create(self, email: str, role: str) -> Invite:
        """Invite somebody; only once, even if a response is lost, and then without the invitation's id.

        :param email: The e-mail address.
        :param role: The Organization role.
        :raises BadRequestError: The address is that of a member already.
        """
        users = f"{self._path.rpartition('/')[0]}/users"

        def find(_: AstroError, __: datetime) -> Invite | None:
            # Who is invited is listed as a user at once.
            for user in read_all(self._api, users, "users", sorts="id:asc"):
                if str(user.get("username", "")).lower() == email.strip().lower():
                    return Invite(user_id=user.get("id"))
            return None

        body: dict[str, object] = {"inviteeEmail": email.strip(), "role": role}
        return self._once(Invite, self._path, body, find=find, effect="made")

    def delete(self, invite_id: str) -> None:
        """Cancel an invitation; a 404 after a lost response counts as success.

        :param invite_id: Its id, which only ``create`` returns.
        :raises NotFoundError: It did not exist at the first attempt.
        """
        self._delete(self._at(invite_id))
