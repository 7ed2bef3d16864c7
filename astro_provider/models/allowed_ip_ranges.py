"""Ranges of IP addresses as the API shows them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  (pydantic reads it at run time)

from astro_provider.models.base import Item
from astro_provider.models.deployments import SubjectProfile  # noqa: TC001  (the same)


class AllowedIpRange(Item):
    """A range from which the Organization can be reached; none at all: from everywhere."""

    ip_address_range: str
    created_at: datetime
    created_by: SubjectProfile | None = None
