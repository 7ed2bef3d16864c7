"""Workspaces: list, get, find, create, update, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.client.resource import Collection
from astro_provider.http.retry import Repeat
from astro_provider.models.workspaces import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from astro_provider.errors import AstroError


class Workspaces(Collection[Workspace]):
    """The Workspaces of one Organization."""

    segment, noun, model = "workspaces", "a Workspace", Workspace

    def list(
        self, *, names: Sequence[str] = (), workspace_ids: Sequence[str] = (), repeat: Repeat = Repeat.SAFE
    ) -> list[Workspace]:
        """Return all Workspaces that match all filters, oldest first.

        :param names: Only Workspaces with exactly these names.
        :param workspace_ids: Only Workspaces with these ids.
        :param repeat: Which failures of a page's request are retried.
        """
        return self._items(self.model, {"workspaceIds": workspace_ids}, names=names, repeat=repeat)

    def create(self, body: dict[str, object]) -> Workspace:
        """Create a Workspace, exactly one, even if a response is lost.

        :param body: The request body. Several Workspaces may have one name: look for it first.
        """
        name = str(body.get("name"))

        def find(_: AstroError, began: datetime) -> Workspace | None:
            return self._made(self.list(names=[name]), began)

        return self._once(Workspace, self._path, body, find=find)

    def update(self, workspace_id: str, body: dict[str, object]) -> Workspace:
        """Replace the settings of a Workspace; safe to repeat.

        :param workspace_id: Its id.
        :param body: The request body: name, description and ``cicdEnforcedDefault``, and the default cluster or region,
            which may be lost if it is left out.
        """
        return self._write(Workspace, self._at(workspace_id), body, repeat=Repeat.SAFE)

    def delete(self, workspace_id: str) -> None:
        """Delete a Workspace that has no Deployments; a 404 after a lost response counts as success.

        Its API tokens and everybody's roles in it go with it.

        :param workspace_id: Its id.
        :raises NotFoundError: It did not exist at the first attempt.
        """
        self._delete(self._at(workspace_id))
