"""HTTP for the Airflows of Deployments: their addresses lead here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from astro_provider.emulator.airflow.api import AirflowRequest, respond
from astro_provider.emulator.airflow.resources import SECRETS
from astro_provider.emulator.core.journal import Request, kept_headers
from astro_provider.emulator.http.exchange import exchange

if TYPE_CHECKING:
    from starlette.requests import Request as HttpRequest

    from astro_provider.emulator.state import State

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def airflow_route(state: State) -> Route:
    """Return the route of all Deployments' Airflows.

    :param state: The state that it serves.
    """

    async def serve(http: HttpRequest) -> Response:
        raw = await http.body()

        async def answer() -> Response:
            request = AirflowRequest(
                http.method,
                f"/{http.path_params['rest']}",
                list(http.query_params.multi_items()),
                http.headers.get("authorization", ""),
                http.headers.get("accept", ""),
                raw,
            )
            with state.store.lock:
                found = respond(state, http.path_params["deployment_id"], request)
            headers = {**found.headers, **({"content-type": found.media_type} if found.media_type else {})}
            return Response(found.content, found.status, headers=headers)

        return await exchange(state, http, _noted(http, raw), answer)

    return Route("/airflow/{deployment_id}/{rest:path}", serve, methods=METHODS)


def _noted(http: HttpRequest, raw: bytes) -> Request:
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = None
    query = list(http.query_params.multi_items())
    return Request(http.method, http.url.path, query, kept_headers(list(http.headers.items())), body, SECRETS)
