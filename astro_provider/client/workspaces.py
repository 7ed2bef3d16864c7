"""Workspaces: found by name or by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from astro_provider.common.ids import checked_id
from astro_provider.http.pages import parse, read_all
from astro_provider.http.retry import Repeat
from astro_provider.models.api import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_provider.http.transport import Transport


class Workspaces:
    """The Workspaces of one Organization.

    :param transport: Where to send.
    :param organization_path: ``/organizations/{id}``.
    """

    def __init__(self, transport: Transport, organization_path: str) -> None:
        self._transport = transport
        self._path = f"{organization_path}/workspaces"

    def list(
        self, *, names: Sequence[str] = (), workspace_ids: Sequence[str] = (), repeat: Repeat = Repeat.SAFE
    ) -> list[Workspace]:
        """Return all Workspaces that fit every given filter.

        :param names: Only these names, exactly.
        :param workspace_ids: Only these ids.
        :param repeat: How freely the call may be sent again.
        """
        filters = [*(("names", n) for n in names), *(("workspaceIds", i) for i in workspace_ids)]
        items = read_all(self._transport, self._path, "workspaces", filters, repeat=repeat)
        found = [cast("Workspace", parse(Workspace, item, "GET", self._path)) for item in items]
        return [w for w in found if w.name in names] if names else found

    def get(self, workspace_id: str) -> Workspace:
        """Return one Workspace.

        :param workspace_id: Its id.
        :raises NotFoundError: It does not exist.
        """
        path = f"{self._path}/{checked_id(workspace_id, 'a Workspace')}"
        return cast("Workspace", parse(Workspace, self._transport.get(path), "GET", path))
