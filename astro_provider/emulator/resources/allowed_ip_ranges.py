"""Ranges of IP addresses from which the Organization may be reached. The emulator keeps nobody out."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any

from pydantic import Field

from astro_provider.emulator.core.bodies import Body, check
from astro_provider.emulator.core.ids import ORGANIZATION_ID, new_id
from astro_provider.emulator.core.moments import moment
from astro_provider.emulator.core.problems import Problem, invalid
from astro_provider.emulator.core.routing import Call, Resource

resource = Resource("/organizations/{organizationId}/allowed-ip-address-ranges")
SORTS = ("ipAddress", "createdAt", "updatedAt")
KIND = "allowed_ip_range"
MOST = 1000


def is_range(text: str) -> bool:
    """Whether a text is a range in CIDR notation.

    :param text: The text.
    """
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return "/" in text


Range = Annotated[str, check("cidr", "be a range such as 203.0.113.0/24", is_range)]


class CreateRange(Body):
    """A new range."""

    ip_address_range: Range


class CreateRanges(Body):
    """New ranges, all or none."""

    allowed_ip_address_ranges: Annotated[list[Range], Field(min_length=1, max_length=MOST)]


class DeleteRanges(Body):
    """Ranges to delete; unknown ids are ignored."""

    allowed_ip_address_range_ids: Annotated[list[str], Field(min_length=1, max_length=MOST)]


@resource.get()
def list_ranges(call: Call) -> dict[str, Any]:
    """List the ranges."""
    found = [{**each, "ipAddress": each["ipAddressRange"]} for each in call.state.store.all(KIND)]
    page = call.page("allowedIpAddressRanges", found, most=None, sorts=SORTS)
    for each in page["allowedIpAddressRanges"]:
        del each["ipAddress"]
    return page


@resource.post()
def create_range(call: Call) -> dict[str, Any]:
    """Add a range."""
    return _add(call, [call.body(CreateRange)["ipAddressRange"]], 400)[0]


@resource.delete("/{allowedIpAddressRangeId}")
def delete_range(call: Call) -> None:
    """Delete a range."""
    _delete(call, [call.find(KIND, call.path["allowedIpAddressRangeId"], "Allowed IP address range")["id"]])


@resource.post("/bulk-create")
def create_ranges(call: Call) -> dict[str, Any]:
    """Add several ranges, or none of them."""
    return {"allowedIpAddressRanges": _add(call, call.body(CreateRanges)["allowedIpAddressRanges"], 409)}


@resource.post("/bulk-delete")
def delete_ranges(call: Call) -> None:
    """Delete several ranges."""
    _delete(call, call.body(DeleteRanges)["allowedIpAddressRangeIds"])


def _add(call: Call, ranges: list[str], taken: int) -> list[dict[str, Any]]:
    present = {each["ipAddressRange"] for each in call.state.store.all(KIND)}
    if both := sorted(present & set(ranges)) or len(set(ranges)) < len(ranges):
        raise Problem(taken, f"Invalid request: IP address range already exists: {both}")
    if not present and not any(ipaddress.ip_address("127.0.0.1") in ipaddress.ip_network(each) for each in ranges):
        raise invalid("the first range must cover your own address, 127.0.0.1")
    now, who = moment(), call.grant.subject
    added = [
        {
            "id": new_id(),
            "ipAddressRange": each,
            "organizationId": ORGANIZATION_ID,
            "createdAt": now,
            "createdBy": who,
            "updatedAt": now,
            "updatedBy": who,
        }
        for each in ranges
    ]
    for each in added:
        call.state.store.put(KIND, each)
    _note(call)
    return added


def _delete(call: Call, range_ids: list[str]) -> None:
    for range_id in range_ids:
        call.state.store.delete(KIND, range_id)
    _note(call)


def _note(call: Call) -> None:
    organization = call.find("organization", ORGANIZATION_ID)
    organization["hasAllowedIpAddressRanges"] = bool(call.state.store.all(KIND))
    call.state.store.put("organization", organization)
