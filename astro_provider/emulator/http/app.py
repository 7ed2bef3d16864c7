"""HTTP for the API: every operation of its document, emulated or answered with 501, and the control endpoints."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from astro_provider.emulator.core.journal import Request, kept_headers
from astro_provider.emulator.core.problems import Problem, forbidden, invalid, not_emulated
from astro_provider.emulator.core.routing import Call
from astro_provider.emulator.http.airflow import airflow_route
from astro_provider.emulator.http.control import control_routes
from astro_provider.emulator.http.exchange import exchange
from astro_provider.emulator.http.ui import airflow_ui_routes, no_such_page, ui_routes
from astro_provider.emulator.operations import OPERATIONS, Operation
from astro_provider.emulator.resources import RESOURCES
from astro_provider.emulator.resources.audit_logs import record_change

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request as HttpRequest

    from astro_provider.emulator.core.routing import Handler
    from astro_provider.emulator.state import State

#: Beginnings of the paths where programs ask, and browsers do not.
APIS = ("/v1/", "/_emulator/")
#: What answers the emulated operations, and the secret fields of their bodies.
HANDLERS: dict[tuple[str, str], tuple[Handler, tuple[str, ...]]] = {
    (route.method, route.path): (route.handler, resource.secrets) for resource in RESOURCES for route in resource.routes
}


def build(state: State) -> Starlette:
    """Return the ASGI application.

    :param state: The state that it serves.
    """
    app = Starlette(
        routes=[
            *_routes(),
            *airflow_ui_routes(state),
            airflow_route(state),
            *control_routes(state),
            *ui_routes(state),
        ],
        exception_handlers={404: _unknown, 405: _unknown},
    )
    app.state.emulator = state
    return app


@cache
def _routes() -> tuple[Route, ...]:
    """Return the routes of all operations; made once, since a test suite starts an emulator for each test."""
    return tuple(Route(f"/v1{each.path}", _endpoint(each), methods=[each.method]) for each in OPERATIONS)


def is_emulated(operation: Operation) -> bool:
    """Whether an operation is emulated; the others are answered with 501.

    :param operation: The operation.
    """
    return (operation.method, operation.path) in HANDLERS


def _endpoint(operation: Operation) -> Callable[[HttpRequest], Awaitable[Response]]:
    async def serve(http: HttpRequest) -> Response:
        state: State = http.app.state.emulator
        raw = await http.body()
        request = _noted(http, operation, raw)

        async def respond() -> Response:
            with state.store.lock:
                return _response(state, operation, http, request, is_json=not raw or request.body is not None)

        return await exchange(state, http, request, respond)

    return serve


def _noted(http: HttpRequest, operation: Operation, raw: bytes) -> Request:
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = None
    _, secrets = HANDLERS.get((operation.method, operation.path), (None, None))
    return Request(
        method=http.method,
        path=http.url.path.removeprefix("/v1"),
        query=list(http.query_params.multi_items()),
        headers=kept_headers(list(http.headers.items())),
        body=body,
        secrets=secrets,
    )


def _response(state: State, operation: Operation, http: HttpRequest, request: Request, *, is_json: bool) -> Response:
    try:
        grant = state.authenticate(http.headers.get("authorization", ""))
        if state.limits and not state.limits.allow(http.headers["authorization"], http.method):
            return Response("Too Many Requests", 429, headers={"retry-after": "1"}, media_type="text/plain")
        handler = _handler(state, operation, http)
        if not grant.allows(operation.permission):
            raise forbidden(operation.permission)
        if not is_json:
            raise invalid("the body is not JSON")
        call = Call(state, grant, operation.permission, dict(http.path_params), request.query, request.body)
        result = handler(call)
        if isinstance(result, dict):
            request.object_id = result.get("id")
    except Problem as problem:
        # Audit logs announce one media type for everything, errors included.
        kind = "application/octet-stream" if request.path.endswith("/audit-logs") else "application/json"
        return Response(json.dumps(problem.body()), problem.status, media_type=kind)
    if request.method != "GET":
        record_change(state, grant, request)
    return _success(result)


def _handler(state: State, operation: Operation, http: HttpRequest) -> Handler:
    if http.headers.get("x-api-version", "1.0") != "1.0":
        raise invalid("this emulator speaks X-API-Version 1.0")
    if http.path_params.get("organizationId", state.organization_id) != state.organization_id:
        raise forbidden("organization.get")
    if not is_emulated(operation):
        raise not_emulated(f"{http.method} {http.url.path}")
    return HANDLERS[operation.method, operation.path][0]


def _success(result: Any) -> Response:
    if result is None:
        return Response(status_code=204)
    if result == "":
        return Response(media_type="application/json")
    if isinstance(result, bytes):
        return Response(result, headers={"content-type": "application/octet-stream", "content-encoding": "gzip"})
    return JSONResponse(result)


async def _unknown(http: HttpRequest, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    if "text/html" in http.headers.get("accept", "") and not http.url.path.startswith(APIS):
        return no_such_page(http)
    known = "is not an operation of the Astro API" if status == 405 else "does not exist"
    return JSONResponse(Problem(status, f"{http.method} {http.url.path} {known}").body(), status)
