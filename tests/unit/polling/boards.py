"""Boards over a list endpoint, as tests of boards need them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from astro_provider.client import AstroClient
from astro_provider.polling.board import Board
from astro_provider.polling.deployments import DeploymentReader
from tests.builders.deployments import deployment
from tests.builders.listings import listing

DEPLOYMENTS = DeploymentReader()
URL = "https://api.example.com/v1"
LIST = f"{URL}/organizations/clorg/deployments"


def named(deployment_id: str) -> dict[str, object]:
    return deployment(id=deployment_id, name=f"name of {deployment_id}")


def bulk(request, context):
    """The list endpoint, for ids that do not begin with "gone"."""
    ids = [i for i in request.qs.get("deploymentids", []) if not i.startswith("gone")]
    offset, limit = int(request.qs["offset"][0]), int(request.qs["limit"][0])
    page = [named(i) for i in sorted(ids)][offset : offset + limit]
    return listing("deployments", *page, total=len(ids), limit=limit, offset=offset)


def opener(*tokens: str) -> Callable[[], Awaitable[AstroClient]]:
    left = list(tokens) or ["token"]

    async def open_client() -> AstroClient:
        token = left.pop(0) if len(left) > 1 else left[0]
        return AstroClient(token, url=URL, organization_id="clorg")

    return open_client


async def read_all(one: Board, ids: list[str]) -> list[object]:
    return await asyncio.gather(*(one.read(DEPLOYMENTS, i, interval=0.01) for i in ids), return_exceptions=True)
