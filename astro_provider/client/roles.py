"""Custom roles: list, get, find, create, update, delete; and the list of Astro's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.client.resource import Collection
from astro_provider.http.pages import items_of, parse
from astro_provider.http.retry import Repeat
from astro_provider.models.roles import DefaultRole, Role

if TYPE_CHECKING:
    from datetime import datetime

    from astro_provider.errors import AstroError


class Roles(Collection[Role]):
    """The custom roles of one Organization. Roles are given by name."""

    segment, noun, model = "roles", "a custom role", Role
    name_filter = None

    def defaults(self) -> list[DefaultRole]:
        """Return Astro's own roles."""
        params = [("includeDefaultRoles", "true"), ("limit", "1")]
        response = self._api.json("GET", self._path, params=params)
        found = items_of(response, "defaultRoles", "GET", self._path)
        return [parse(DefaultRole, item, "GET", self._path) for item in found]

    def create(self, body: dict[str, object]) -> Role:
        """Create a custom role, exactly one, even if a response is lost.

        :param body: The request body.
        """
        name = str(body.get("name"))

        def find(_: AstroError, began: datetime) -> Role | None:
            return self._made(self.list(names=[name]), began)

        return self._once(Role, self._path, body, find=find)

    def update(self, role_id: str, body: dict[str, object]) -> Role:
        """Replace a custom role's name and permissions; safe to repeat.

        :param role_id: Its id.
        :param body: The request body.
        """
        return self._write(Role, self._at(role_id), body, repeat=Repeat.SAFE)

    def delete(self, role_id: str) -> None:
        """Delete a custom role; a 404 after a lost response counts as success. Who has it is not looked at.

        :param role_id: Its id.
        :raises NotFoundError: It did not exist at the first attempt.
        """
        self._delete(self._at(role_id))
