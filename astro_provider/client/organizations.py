"""The Organizations a token can see."""

from __future__ import annotations

from astro_provider.client.resource import Collection
from astro_provider.models.organizations import Organization


class Organizations(Collection[Organization]):
    """The Organizations that a token can see. According to the API document, listing them requires a personal token."""

    segment, noun, model = "organizations", "an Organization", Organization
    name_filter = None
