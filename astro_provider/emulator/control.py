"""The control API: faults, calls so far, statuses. Without a counterpart at Astro, and outside ``/v1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from astro_provider.emulator.faults import Fault
from astro_provider.emulator.problems import Problem

if TYPE_CHECKING:
    from starlette.requests import Request as HttpRequest

    from astro_provider.emulator.server import Emulator


def control_routes(emulator: Emulator) -> list[Route]:  # noqa: C901  (five small endpoints)
    """Return the routes of the control API.

    :param emulator: What they control.
    """

    async def health(http: HttpRequest) -> Response:
        return JSONResponse({"status": "healthy", "deployments": len(emulator.deployments)})

    async def faults(http: HttpRequest) -> Response:
        if http.method == "POST":
            try:
                emulator.faults.add(Fault(**await http.json()))
            except (TypeError, ValueError) as error:
                return JSONResponse(Problem(400, str(error)).body(), 400)
        elif http.method == "DELETE":
            emulator.clear_faults()
        return JSONResponse({"faults": emulator.faults.waiting()})

    async def requests(http: HttpRequest) -> Response:
        if http.method == "DELETE":
            emulator.clear_requests()
        return JSONResponse({"requests": [request.public() for request in emulator.requests]})

    async def status(http: HttpRequest) -> Response:
        wanted = await http.json()
        try:
            emulator.set_status(http.path_params["id"], wanted["status"], wanted.get("reason"))
        except KeyError as error:
            return JSONResponse(Problem(404, f"unknown: {error}").body(), 404)
        return JSONResponse(wanted)

    async def reset(http: HttpRequest) -> Response:
        emulator.reset()
        return JSONResponse({})

    return [
        Route("/_emulator/health", health, methods=["GET"]),
        Route("/_emulator/faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/_emulator/requests", requests, methods=["GET", "DELETE"]),
        Route("/_emulator/deployments/{id}/status", status, methods=["POST"]),
        Route("/_emulator/reset", reset, methods=["POST"]),
    ]
