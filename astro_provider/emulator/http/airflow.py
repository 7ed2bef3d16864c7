"""HTTP for the Airflows of Deployments: their addresses lead here."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from astro_provider.emulator.airflow.api import respond
from astro_provider.emulator.airflow.binding import PASSED_ON
from astro_provider.emulator.airflow.messages import AirflowRequest, AirflowResponse
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
            with state.store.lock:
                found = respond(state, http.path_params["deployment_id"], _read(http, raw))
            if not isinstance(found, AirflowResponse):
                found = await asyncio.to_thread(found)  # a real Airflow takes its time
            headers = {"content-type": found.media_type, "location": found.location}
            headers = {name: value for name, value in headers.items() if value}
            return Response(found.content, found.status, headers=headers)

        return await exchange(state, http, _noted(http, raw), answer)

    return Route("/airflow/{deployment_id}/{rest:path}", serve, methods=METHODS)


def _read(http: HttpRequest, raw: bytes) -> AirflowRequest:
    base = f"/airflow/{http.path_params['deployment_id']}"
    raw_path = http.scope["raw_path"].decode("ascii").partition("?")[0].removeprefix(base)
    return AirflowRequest(
        http.method,
        base,
        f"/{http.path_params['rest']}",
        raw_path,
        list(http.query_params.multi_items()),
        http.url.query,
        http.headers.get("authorization", ""),
        {name: http.headers[name] for name in PASSED_ON if name in http.headers},
        raw,
    )


def _noted(http: HttpRequest, raw: bytes) -> Request:
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = None
    query = list(http.query_params.multi_items())
    return Request(http.method, http.url.path, query, kept_headers(list(http.headers.items())), body, SECRETS)
