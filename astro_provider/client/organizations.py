"""The Organization a token works for."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from astro_provider.http.pages import parse, read_all
from astro_provider.models.api import Organization

if TYPE_CHECKING:
    from astro_provider.http.transport import Transport


class Organizations:
    """The Organizations a token can see.

    :param transport: Where to send.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> list[Organization]:
        """Return all Organizations the token can see; the published document asks for a personal token here."""
        items = read_all(self._transport, "/organizations", "organizations")
        return [cast("Organization", parse(Organization, item, "GET", "/organizations")) for item in items]

    def get(self, organization_id: str) -> Organization:
        """Return one Organization.

        :param organization_id: Its id.
        """
        path = f"/organizations/{organization_id}"
        return cast("Organization", parse(Organization, self._transport.get(path), "GET", path))
