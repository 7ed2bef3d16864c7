"""Ranges of IP addresses from which the Organization can be reached: list, create, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_provider.client.resource import Collection
from astro_provider.errors import NotFoundError
from astro_provider.http.retry import Repeat
from astro_provider.models.allowed_ip_ranges import AllowedIpRange

if TYPE_CHECKING:
    from datetime import datetime

    from astro_provider.errors import AstroError


class AllowedIpRanges(Collection[AllowedIpRange]):
    """The allowed ranges of one Organization: none means that it can be reached from everywhere.

    Whoever deletes the range that covers their own address locks themselves out: create before you delete.
    """

    segment, noun, model = "allowed-ip-address-ranges", "an allowed IP address range", AllowedIpRange
    key = "allowedIpAddressRanges"
    name_filter = None

    def get(self, resource_id: str, /, *, repeat: Repeat = Repeat.SAFE) -> AllowedIpRange:
        """Return one of these, from their list: the API shows none by itself.

        :param resource_id: Its id.
        :param repeat: Which failures of a page's request are retried.
        :raises NotFoundError: It does not exist, or no longer.
        """
        path = self._at(resource_id)
        found = next((each for each in self.list(repeat=repeat) if each.id == resource_id), None)
        if found is None:
            raise NotFoundError("GET", path, 404, "it is not in the list")
        return found

    def create(self, ip_address_range: str) -> AllowedIpRange:
        """Allow a range; only once, even if a response is lost.

        :param ip_address_range: The range in CIDR notation; the first must cover the caller's own address.
        """

        def find(_: AstroError, __: datetime) -> AllowedIpRange | None:
            return next((each for each in self.list() if each.ip_address_range == ip_address_range), None)

        return self._once(AllowedIpRange, self._path, {"ipAddressRange": ip_address_range}, find=find)

    def delete(self, range_id: str) -> None:
        """Delete a range; a 404 after a lost response counts as success.

        :param range_id: Its id.
        :raises NotFoundError: It did not exist at the first attempt.
        """
        self._delete(self._at(range_id))
