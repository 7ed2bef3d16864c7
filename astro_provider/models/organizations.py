"""Organizations as the API shows them."""

from __future__ import annotations

from astro_provider.models.base import Item


class Organization(Item):
    """An Organization."""

    name: str
