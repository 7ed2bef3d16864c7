"""API tokens: list, get, find, create, update, rotate, delete, and their roles."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from astro_provider.client.resource import Collection
from astro_provider.http.retry import Repeat
from astro_provider.models.access import Roles, SubjectRoles
from astro_provider.models.api_tokens import ApiToken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from astro_provider.errors import AstroError

log = logging.getLogger(__name__)


class ApiTokens(Collection[ApiToken]):
    """The API tokens of one Organization, its Workspaces and its Deployments."""

    segment, noun, model = "tokens", "an API token", ApiToken
    name_filter = None

    def list(
        self,
        *,
        names: Sequence[str] = (),
        workspace_id: str | None = None,
        deployment_id: str | None = None,
        repeat: Repeat = Repeat.SAFE,
    ) -> list[ApiToken]:
        """Return all tokens that match all filters and that this client's own token may see, oldest first.

        :param names: Only these names, exactly; several tokens may have one name.
        :param workspace_id: Only tokens of this Workspace, and those of the Organization with a role in it.
        :param deployment_id: Only tokens of this Deployment, and others with a role in it.
        :param repeat: Which failures of a page's request are retried.
        """
        filters = {"workspaceId": workspace_id, "deploymentId": deployment_id}
        return self._items(ApiToken, filters, names=names, repeat=repeat)

    def create(self, body: dict[str, object]) -> ApiToken:
        """Create a token; the result has its value.

        A lost response takes the value with it, so what such an attempt created is deleted before another is sent.

        :param body: The request body: one role; the others are given with ``set_roles``.
        """
        name, description = str(body.get("name")), body.get("description") or ""

        def find(_: AstroError, began: datetime) -> None:
            for token in self.list(names=[name]):
                # The description tells it from one that an attempt made seconds ago, and that may be in use by now.
                if self._is_own(token, began) and (token.description or "") == description:
                    log.warning("%s was created, but its value is lost: deleting it.", token.label)
                    self.delete(token.id)

        return self._once(ApiToken, self._path, body, find=find)

    def update(self, token_id: str, *, name: str, description: str | None = None) -> ApiToken:
        """Change a token's name and description; safe to repeat. When it ends cannot be changed.

        :param token_id: Its id.
        :param name: The name, of at most 256 characters.
        :param description: The description, of at most 500 characters; ``None``: it stays.
        """
        body: dict[str, object] = {"name": name}
        if description is not None:
            body["description"] = description
        return self._write(ApiToken, self._at(token_id), body, repeat=Repeat.SAFE)

    def set_roles(self, token_id: str, roles: Roles, *, organization_id: str) -> Roles:
        """Give a token these roles, and no other; safe to repeat. Returns the roles as they are stored.

        :param token_id: Its id.
        :param roles: All of them, made from those that a fresh ``get`` showed.
        :param organization_id: The Organization's id.
        """
        path = self._at(token_id, "roles")
        body = roles.as_token(organization_id)
        return self._write(SubjectRoles, path, body, repeat=Repeat.SAFE).roles

    def rotate(self, token_id: str) -> ApiToken:
        """Give a token a new value, which the result has; the old one stops working at once.

        After a lost response nobody knows the value that is good now, so the token is rotated again.

        :param token_id: Its id.
        """

        def find(_: AstroError, began: datetime) -> None:
            rotated = self.get(token_id).last_rotated_at
            if rotated is not None and rotated >= began:
                log.warning("The token was rotated, but its new value is lost: rotating it again.")

        return self._once(ApiToken, self._at(token_id, "rotate"), None, find=find, effect="rotated")

    def delete(self, token_id: str) -> None:
        """Delete a token; its value stops working at once. A 404 after a lost response counts as success.

        :param token_id: Its id.
        :raises NotFoundError: It did not exist at the first attempt.
        """
        self._delete(self._at(token_id))
