"""Organizations as the API shows them."""

from __future__ import annotations

from astro_provider.models.base import Item


class Organization(Item):
    """An Organization; with SCIM, an identity provider manages its users and Teams."""

    name: str
    is_scim_enabled: bool | None = None
