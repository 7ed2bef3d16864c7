from __future__ import annotations

import base64
import json

import pytest

from astro_provider.client import AstroClient

URL = "https://api.example.com/v1"
ORG = "clorganization0000000000x"


@pytest.fixture
def pauses():
    """The pauses that the client would have made."""
    return []


@pytest.fixture
def client(pauses):
    with AstroClient("a-token", url=URL, organization_id=ORG, sleep=pauses.append) as client:
        yield client


def token(**claims: object) -> str:
    """A token as Astro issues them: a JWT, here without a valid signature."""

    def part(data: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(claims)}.signature"


def path(rest: str) -> str:
    return f"{URL}/organizations/{ORG}{rest}"


def deployment(**fields):
    return {
        "id": "cldeployment0000000000001",
        "name": "staging",
        "workspaceId": "clworkspace00000000000001",
        "status": "HEALTHY",
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z",
        **fields,
    }


def listing(*items, total=None):
    return {
        "deployments": list(items),
        "limit": 1000,
        "offset": 0,
        "totalCount": len(items) if total is None else total,
    }
