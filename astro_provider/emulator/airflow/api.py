"""From a request to a Deployment's Airflow to its response."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from astro_provider.emulator.airflow.access import role_of
from astro_provider.emulator.airflow.binding import binding_of
from astro_provider.emulator.airflow.lines import Line
from astro_provider.emulator.airflow.messages import AirflowRequest, AirflowResponse
from astro_provider.emulator.airflow.parsing import refresh
from astro_provider.emulator.airflow.problems import Crash, Refusal
from astro_provider.emulator.airflow.resources import ROUTES
from astro_provider.emulator.airflow.routing import USER, VIEWER, AirflowCall, AirflowRoute, Reply
from astro_provider.emulator.core import progress as lifecycle
from astro_provider.emulator.resources.deployment_options import RUNTIMES, runs_airflow_3
from astro_provider.emulator.resources.deployments.code import look
from astro_provider.emulator.resources.deployments.orders import orders_for
from astro_provider.emulator.resources.deploys.setup import dag_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from astro_provider.emulator.state import State

#: What is known of the proxy before a Deployment's Airflow when that cannot be reached, or is not there yet.
NO_BACKEND = "default backend - 404"
UNREACHABLE = "upstream connect error or disconnect/reset before headers. reset reason: connection failure"


def respond(
    state: State, deployment_id: str, request: AirflowRequest
) -> AirflowResponse | Callable[[], AirflowResponse]:
    """Answer a request, or return what passes it on to the real Airflow that the Deployment is bound to.

    :param state: The emulator's state.
    :param deployment_id: The Deployment.
    :param request: The request.
    """
    deployment = state.store.get("deployment", deployment_id)
    if deployment is None:
        return AirflowResponse(404, NO_BACKEND.encode(), "text/plain")
    found = role_of(state, request.authorization, deployment["workspaceId"], deployment_id)
    if found is None:
        return AirflowResponse(401)
    if not is_reachable(look(state, deployment)):
        return _unreachable(state, deployment)
    grant, role = found
    line = line_of(deployment)
    accept = request.headers.get("accept", "")
    call = AirflowCall(state, deployment, line, grant.token_name, {}, request.query, accept=accept)
    try:
        if bound := binding_of(state, deployment):
            _check_role(call, request, role)
            version = dag_version(state, deployment_id)
            return partial(bound.forward, request, line, deployment_id, version)
        refresh(call.metadata)
        return _success(_result(call, request, role))
    except Refusal as refusal:
        return _refused(line, refusal)
    except Crash as crash:
        return AirflowResponse(500, crash.body.encode(), crash.media_type)


def line_of(deployment: dict[str, Any]) -> Line:
    """Return the Airflow that a Deployment runs.

    :param deployment: The stored Deployment.
    """
    runtime = deployment["astroRuntimeVersion"]
    major = 3 if runs_airflow_3(runtime) else 2
    return Line(major, RUNTIMES.get(runtime) or {2: "2.11.2", 3: "3.3.2"}[major])


def is_reachable(deployment: dict[str, Any]) -> bool:
    """Whether a Deployment's web server is up.

    :param deployment: The stored Deployment.
    """
    starting = [deployment["status"], deployment.get("statusReason")] == lifecycle.CREATION[1]
    return deployment["status"] not in {"CREATING", "HIBERNATING"} and not starting


def _result(call: AirflowCall, request: AirflowRequest, role: int) -> Any:
    prefix = f"/api/{call.line.api}"
    if not call.is_v2 and "//" in request.path and not _takes_slashes(call, request.path.removeprefix(prefix)):
        merged = re.sub("/+", "/", request.raw_path.replace("%2F", "/"))
        return AirflowResponse(308, location=f"{request.base}{merged}")
    if not request.path.startswith(f"{prefix}/"):
        if call.is_v2 and request.path.startswith("/api/v1"):
            text = "/api/v1 has been removed in Airflow 3, please use its upgraded version /api/v2 instead."
            raise Refusal(404, v2=text)
        raise _no_such_path()
    route = _route(call, request.method, request.path.removeprefix(prefix))
    if role < route.role:
        raise Refusal(403, v2="Forbidden")
    if not call.is_v2:
        unknown = sorted({name for name, _ in call.query} - route.query)
        if unknown:
            text = f"Extra query parameter(s) {', '.join(unknown)} not in spec"
            raise Refusal(400, ("", text))
    call.raw = _json(request.content, call)
    return route.handler(call)


def _takes_slashes(call: AirflowCall, path: str) -> bool:
    # Werkzeug merges slashes only where no route takes the path as it is: a dataset's URI keeps them, but no value
    # begins with one.
    matches = [route.pattern.fullmatch(path) for route in ROUTES if call.line.major in route.majors]
    return any(match and not any(value.startswith("/") for value in match.groups()) for match in matches)


def _route(call: AirflowCall, method: str, path: str) -> AirflowRoute:
    others = False
    for route in ROUTES:
        if call.line.major not in route.majors:
            continue
        if match := route.pattern.fullmatch(path):
            if route.method == method:
                call.path = match.groupdict()
                return route
            others = True
    if others:
        raise Refusal(
            405,
            ("Method Not Allowed", "The method is not allowed for the requested URL."),
            "Method Not Allowed",
            bare=True,
        )
    raise _no_such_path()


def _no_such_path() -> Refusal:
    text = "The emulator does not emulate this path of Airflow's API, or Airflow does not have it."
    return Refusal(404, ("Not Found", text), text, bare=True)


def _json(content: bytes, call: AirflowCall) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        said = {"type": "json_invalid", "loc": ["body", 0], "msg": "JSON decode error", "input": {}, "ctx": {}}
        raise Refusal(422 if call.is_v2 else 400, (None, "Request body is not valid JSON"), [said]) from None


def _check_role(call: AirflowCall, request: AirflowRequest, role: int) -> None:
    """Let Astro's roles count before a real Airflow, which only knows the login of the emulator."""
    try:
        least = _route(call, request.method, request.path.removeprefix(f"/api/{call.line.api}")).role
    except Refusal:  # a path that only the real Airflow has
        least = VIEWER if request.method in {"GET", "HEAD"} else USER
    if role < least:
        raise Refusal(403, v2="Forbidden")


def _refused(line: Line, refusal: Refusal) -> AirflowResponse:
    title, detail = refusal.v1
    body = line.error(refusal.status, refusal.v2 if line.major == 3 else detail, title, bare=refusal.bare)
    kind = "application/json" if line.major == 3 else "application/problem+json"
    return AirflowResponse(refusal.status, json.dumps(body).encode(), kind)


def _success(result: Any) -> AirflowResponse:
    if isinstance(result, AirflowResponse):
        return result
    if result is None:
        return AirflowResponse(204)
    reply = result if isinstance(result, Reply) else Reply(result)
    content = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
    return AirflowResponse(reply.status, content.encode(), reply.media_type)


def _unreachable(state: State, deployment: dict[str, Any]) -> AirflowResponse:
    status, text = (503, UNREACHABLE) if deployment["status"] == "HIBERNATING" else (404, NO_BACKEND)
    standard = {"status": status, "body": text}
    ordered = [standard, *orders_for(state, "unreachable_airflow", deployment)][-1]
    media_type = "text/html" if ordered["body"].lstrip().startswith("<") else "text/plain"
    return AirflowResponse(ordered["status"], ordered["body"].encode(), media_type)
