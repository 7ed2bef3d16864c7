"""The page of all requests."""

from __future__ import annotations

import re
from html import unescape

import pytest
import requests


def test_every_request_is_listed_with_its_status_and_its_body(astro, call, visit, bodies):
    call("POST", "/deployments", bodies["STANDARD"])
    call("GET", "/workspaces?limit=1")
    call("GET", "/deployments/clnone")
    astro.fault("GET", drop="before")
    with pytest.raises(requests.ConnectionError):
        call("GET", "/clusters")
    text = unescape(visit("/calls").text)
    row = r'<td(?: class="bad")?>(\d+|no response)</td><td>(?:<details><summary>)?(\w+) <code>[^<]*/([^<]+)<'
    assert re.findall(row, text) == [
        ("no response", "GET", "clusters"),
        ("404", "GET", "clnone"),
        ("200", "GET", "workspaces?limit=1"),
        ("200", "POST", "deployments"),
    ]
    assert '"value": "hello"' in text
    assert "s3cret" not in text
