"""The control API: faults, calls so far, Deployments. Without a counterpart at Astro, and outside ``/v1``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from astro_provider.emulator.core.faults import Fault
from astro_provider.emulator.core.problems import Problem, invalid, unknown
from astro_provider.emulator.emulator import STATUSES
from astro_provider.emulator.validation import CREATE, TEXT, Rule, check_fields

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request as HttpRequest

    from astro_provider.emulator.emulator import Emulator

    Endpoint = Callable[[HttpRequest], Awaitable[Response]]

STATUS = Rule(str, choices=STATUSES)
#: What a Deployment that is added may have beyond the fields of a create request.
ADDED = {"workspace_id": TEXT, "status": STATUS, "createdAt": TEXT, "updatedAt": TEXT, "createdBy": Rule(dict)}


def control_routes(emulator: Emulator) -> list[Route]:  # noqa: C901  (six small endpoints)
    """Return the routes of the control API.

    :param emulator: What they control.
    """

    async def health(http: HttpRequest) -> Response:
        return JSONResponse({"status": "healthy", "deployments": len(emulator.deployments)})

    async def faults(http: HttpRequest) -> Response:
        if http.method == "POST":
            _order(emulator, await _object(http))
        elif http.method == "DELETE":
            emulator.clear_faults()
        return JSONResponse({"faults": emulator.faults.waiting()})

    async def requests(http: HttpRequest) -> Response:
        if http.method == "DELETE":
            emulator.clear_requests()
        return JSONResponse({"requests": [request.public() for request in emulator.requests]})

    async def deployments(http: HttpRequest) -> Response:
        return JSONResponse({"id": _add(emulator, await _object(http))})

    async def status(http: HttpRequest) -> Response:
        wanted = await _object(http)
        check_fields(wanted, {"status": STATUS, "reason": TEXT}, ("status",))
        try:
            emulator.set_status(http.path_params["id"], wanted["status"], wanted.get("reason"))
        except KeyError as error:
            raise Problem(404, f"unknown: {error}") from None
        return JSONResponse(wanted)

    async def reset(http: HttpRequest) -> Response:
        emulator.reset()
        return JSONResponse({})

    return [
        Route("/_emulator/health", health, methods=["GET"]),
        Route("/_emulator/faults", _answering(faults), methods=["GET", "POST", "DELETE"]),
        Route("/_emulator/requests", requests, methods=["GET", "DELETE"]),
        Route("/_emulator/deployments", _answering(deployments), methods=["POST"]),
        Route("/_emulator/deployments/{id}/status", _answering(status), methods=["POST"]),
        Route("/_emulator/reset", reset, methods=["POST"]),
    ]


def _answering(endpoint: Endpoint) -> Endpoint:
    """Answer problems in the API's own form."""

    async def answer(http: HttpRequest) -> Response:
        try:
            return await endpoint(http)
        except Problem as problem:
            return JSONResponse(problem.body(), problem.status)

    return answer


async def _object(http: HttpRequest) -> dict[str, Any]:
    try:
        given = json.loads(await http.body())
    except ValueError as error:
        raise invalid(f"the body is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise invalid("the body must be a JSON object")
    return given


def _order(emulator: Emulator, given: dict[str, Any]) -> None:
    try:
        emulator.faults.add(Fault.ordered(**given))
    except (TypeError, ValueError) as error:
        raise invalid(str(error)) from None


def _add(emulator: Emulator, given: dict[str, Any]) -> str:
    kind = given.get("type", "STANDARD")
    rules = {**CREATE.get(str(kind), CREATE["STANDARD"]), **ADDED}
    del rules["workspaceId"]
    for name in given:
        if name not in rules:
            raise invalid(unknown("field of a Deployment", name, rules))
    check_fields(given, rules, ("name",))
    try:
        return emulator.add_deployment(**given)
    except KeyError as error:
        names = [str(workspace["name"]) for workspace in emulator.store.all("workspace")]
        raise Problem(404, unknown("Workspace", str(error.args[0]), names)) from None
