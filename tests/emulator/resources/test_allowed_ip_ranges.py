"""Ranges of IP addresses: the first covers the caller, and several come all or none."""

from __future__ import annotations

REST = "/allowed-ip-address-ranges"


def ranges(call):
    return [each["ipAddressRange"] for each in call("GET", REST).json()["allowedIpAddressRanges"]]


def test_the_first_range_covers_the_caller(call, astro):
    assert call("POST", REST, {"ipAddressRange": "203.0.113.0/24"}).status_code == 400
    assert call("POST", REST, {"ipAddressRange": "127.0.0.0/8"}).status_code == 200
    assert call("POST", REST, {"ipAddressRange": "203.0.113.0/24"}).status_code == 200
    assert call("GET", "").json()["hasAllowedIpAddressRanges"] is True


def test_several_are_added_or_none(call):
    call("POST", REST, {"ipAddressRange": "127.0.0.0/8"})
    both = {"allowedIpAddressRanges": ["203.0.113.0/24", "127.0.0.0/8"]}
    assert call("POST", f"{REST}/bulk-create", both).status_code == 409
    assert ranges(call) == ["127.0.0.0/8"]


def test_a_range_is_written_in_cidr_notation(call):
    refused = call("POST", REST, {"ipAddressRange": "203.0.113.7"})
    assert refused.json()["fieldErrors"][0]["field"] == "ipAddressRange"


def test_deleting_several_ignores_unknown_ids(call):
    made = call("POST", REST, {"ipAddressRange": "127.0.0.0/8"}).json()
    body = {"allowedIpAddressRangeIds": [made["id"], "clnothing"]}
    assert call("POST", f"{REST}/bulk-delete", body).status_code == 204
    assert ranges(call) == []
    assert call("DELETE", f"{REST}/{made['id']}").status_code == 404
