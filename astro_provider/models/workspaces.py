"""Workspaces as the API shows them."""

from __future__ import annotations

from astro_provider.models.base import Item


class Workspace(Item):
    """A Workspace."""

    name: str
