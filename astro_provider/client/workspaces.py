"""Workspaces: found by name or by id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.client.resource import Collection
from astro_provider.http.retry import Repeat
from astro_provider.models.workspaces import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence


class Workspaces(Collection[Workspace]):
    """The Workspaces of one Organization."""

    segment, noun, model = "workspaces", "a Workspace", Workspace

    def list(
        self, *, names: Sequence[str] = (), workspace_ids: Sequence[str] = (), repeat: Repeat = Repeat.SAFE
    ) -> list[Workspace]:
        """Return all Workspaces that fit every given filter, oldest first.

        :param names: Only these names, exactly.
        :param workspace_ids: Only these ids.
        :param repeat: How freely a page's request may be sent again.
        """
        return self._items(self.model, {"workspaceIds": workspace_ids}, names=names, repeat=repeat)
