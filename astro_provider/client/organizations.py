"""The Organizations a token can see."""

from __future__ import annotations

from astro_provider.client.resource import Collection
from astro_provider.models.organizations import Organization


class Organizations(Collection[Organization]):
    """The Organizations a token can see; the published document asks for a personal token to list them."""

    segment, noun, model = "organizations", "an Organization", Organization
    name_filter = None
