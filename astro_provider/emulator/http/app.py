"""HTTP for the API and for its control endpoints."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from astro_provider.emulator.api import Api, Call
from astro_provider.emulator.core.journal import Request, kept_headers
from astro_provider.emulator.core.problems import Problem, forbidden
from astro_provider.emulator.core.tokens import Grant, verify
from astro_provider.emulator.http.breakable import abort, cut
from astro_provider.emulator.http.control import control_routes

if TYPE_CHECKING:
    from starlette.requests import Request as HttpRequest

    from astro_provider.emulator.core.faults import Fault
    from astro_provider.emulator.emulator import Emulator

log = logging.getLogger("astro_provider.emulator")
ORGANIZATION = "/organizations/{organization_id}"
Action = Callable[[Api, Call, dict[str, str]], Any]

#: Method, path below ``/v1``, and what happens.
ROUTES: list[tuple[str, str, Action]] = [
    ("GET", "/organizations", lambda api, call, at: api.organizations(call)),
    ("GET", ORGANIZATION, lambda api, call, at: api.organization(call)),
    ("GET", f"{ORGANIZATION}/workspaces", lambda api, call, at: api.list_named(call, "workspace")),
    ("GET", f"{ORGANIZATION}/workspaces/{{id}}", lambda api, call, at: api.get_named(call, "workspace", at["id"])),
    ("GET", f"{ORGANIZATION}/clusters", lambda api, call, at: api.list_named(call, "cluster")),
    ("GET", f"{ORGANIZATION}/clusters/{{id}}", lambda api, call, at: api.get_named(call, "cluster", at["id"])),
    ("GET", f"{ORGANIZATION}/deployment-options", lambda api, call, at: api.options(call)),
    ("GET", f"{ORGANIZATION}/deployments", lambda api, call, at: api.list_deployments(call)),
    ("POST", f"{ORGANIZATION}/deployments", lambda api, call, at: api.create_deployment(call)),
    ("GET", f"{ORGANIZATION}/deployments/{{id}}", lambda api, call, at: api.get_deployment(call, at["id"])),
    ("POST", f"{ORGANIZATION}/deployments/{{id}}", lambda api, call, at: api.update_deployment(call, at["id"])),
    ("DELETE", f"{ORGANIZATION}/deployments/{{id}}", lambda api, call, at: api.delete_deployment(call, at["id"])),
    (
        "POST",
        f"{ORGANIZATION}/deployments/{{id}}/hibernation-override",
        lambda api, call, at: api.override_hibernation(call, at["id"]),
    ),
    (
        "DELETE",
        f"{ORGANIZATION}/deployments/{{id}}/hibernation-override",
        lambda api, call, at: api.remove_override(call, at["id"]),
    ),
    ("GET", f"{ORGANIZATION}/audit-logs", lambda api, call, at: api.audit_logs(call)),
]


def build(emulator: Emulator) -> Starlette:
    """Return the ASGI application.

    :param emulator: Whose state it serves.
    """
    routes = [Route(f"/v1{path}", _endpoint(emulator, action), methods=[method]) for method, path, action in ROUTES]
    routes += control_routes(emulator)
    return Starlette(routes=routes, exception_handlers={404: _unknown, 405: _unknown})


def _endpoint(emulator: Emulator, action: Action) -> Callable[[HttpRequest], Any]:
    async def serve(http: HttpRequest) -> Response:
        raw = await http.body()
        noted = _note(http, raw)
        emulator.journal.append(noted)
        fault = emulator.faults.take(noted.method, noted.path)
        await asyncio.sleep(emulator.latency + (fault.delay if fault else 0.0))
        if fault and fault.drop == "before":
            abort(http.scope)
            return Response()
        if fault and fault.status is not None and not fault.after_effect:
            answer = _ordered(fault)
        else:
            with emulator.store.lock:
                answer = _answer(emulator, action, http, noted, raw)
            if fault and fault.drop == "after":
                abort(http.scope)
                return Response()
            if fault and fault.status is not None:
                answer = _ordered(fault)
        noted.status = answer.status_code
        if not emulator.quiet:
            log.info("%s %s %d", noted.method, noted.path, answer.status_code)
        if fault and fault.truncate is not None:
            headers = {k: v for k, v in answer.headers.items() if k != "content-length"}
            await cut(http.scope, answer.status_code, headers, bytes(answer.body), fault.truncate)
            return Response()
        return answer

    return serve


def _note(http: HttpRequest, raw: bytes) -> Request:
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = None
    return Request(
        method=http.method,
        path=http.url.path.removeprefix("/v1"),
        query=list(http.query_params.multi_items()),
        headers=kept_headers(list(http.headers.items())),
        body=body,
    )


def _ordered(fault: Fault) -> Response:
    assert fault.status is not None  # noqa: S101  (the caller asked)
    kind = "application/json" if not isinstance(fault.body, str) else "text/html"
    return Response(fault.payload(), fault.status, headers={"content-type": kind, **fault.headers})


def _answer(emulator: Emulator, action: Action, http: HttpRequest, noted: Request, raw: bytes) -> Response:
    try:
        grant = _authenticate(emulator, http)
        if (limited := _limited(emulator, http)) is not None:
            return limited
        _check(emulator, http, has_body=not raw or noted.body is not None)
        result = action(emulator.api, Call(grant, noted.query, noted.body), dict(http.path_params))
    except Problem as problem:
        # Audit logs announce one media type for everything, errors included.
        kind = "application/octet-stream" if noted.path.endswith("/audit-logs") else "application/json"
        return Response(json.dumps(problem.body()), problem.status, media_type=kind)
    if noted.method != "GET":
        emulator.api.record(noted.method, noted.path, noted.public()["body"])
    if result is None:
        return Response(status_code=204)
    if isinstance(result, bytes):
        return Response(result, headers={"content-type": "application/octet-stream", "content-encoding": "gzip"})
    return JSONResponse(result)


def _check(emulator: Emulator, http: HttpRequest, *, has_body: bool) -> None:
    if not has_body:
        raise Problem(400, "Invalid request: the body is not JSON")
    if http.headers.get("x-api-version", "1.0") != "1.0":
        raise Problem(400, "Invalid request: this emulator speaks X-API-Version 1.0")
    if http.path_params.get("organization_id", emulator.organization_id) != emulator.organization_id:
        raise forbidden("organization.get")


def _authenticate(emulator: Emulator, http: HttpRequest) -> Grant:
    kind, _, token = http.headers.get("authorization", "").partition(" ")
    if kind != "Bearer" or not token:
        raise Problem(401, "Unauthorized: no bearer token")
    grant = emulator.grant(token) or verify(token, emulator.organization_id)
    if grant is None:
        raise Problem(401, "Unauthorized: the token is not valid")
    if grant.expires_at is not None and grant.expires_at <= emulator.clock():
        raise Problem(401, "Unauthorized: the token has expired")
    return grant


def _limited(emulator: Emulator, http: HttpRequest) -> Response | None:
    if emulator.limits is None or emulator.limits.allow(http.headers["authorization"], http.method):
        return None
    return Response("Too Many Requests", 429, headers={"retry-after": "1"}, media_type="text/plain")


async def _unknown(http: HttpRequest, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    return JSONResponse(Problem(status, f"{http.method} {http.url.path} is not emulated").body(), status)
