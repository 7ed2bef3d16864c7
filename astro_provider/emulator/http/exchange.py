"""One request and its response: noted, delayed, and disturbed by the fault that is ordered for it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from starlette.responses import Response

from astro_provider.emulator.airflow.binding import bring_code
from astro_provider.emulator.http.breakable import abort, cut

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request as HttpRequest

    from astro_provider.emulator.core.faults import Fault
    from astro_provider.emulator.core.journal import Request
    from astro_provider.emulator.state import State

log = logging.getLogger("astro_provider.emulator")


async def exchange(
    state: State, http: HttpRequest, request: Request, respond: Callable[[], Awaitable[Response]]
) -> Response:
    """Return the response to a request, or what an ordered fault makes of it.

    :param state: The emulator's state.
    :param http: The request.
    :param request: The same, as the journal shows it.
    :param respond: Lets the request take effect.
    """
    state.journal.append(request)
    fault = state.faults.take(request.method, request.path)
    await asyncio.sleep(state.latency + (fault.delay if fault else 0.0))
    if fault and fault.drop == "before":
        abort(http.scope)
        return Response()
    if fault and fault.status is not None and not fault.after_effect:
        return await _finished(state, http, request, _ordered(fault), fault)
    response = await respond()
    if state.airflows:
        await asyncio.to_thread(bring_code, state)
    if fault and fault.drop == "after":
        abort(http.scope)
        return Response()
    if fault and fault.status is not None:
        response = _ordered(fault)
    return await _finished(state, http, request, response, fault)


async def _finished(
    state: State, http: HttpRequest, request: Request, response: Response, fault: Fault | None
) -> Response:
    request.status = response.status_code
    if not state.quiet:
        log.info("%s %s %d", request.method, request.path, response.status_code)
    if fault and fault.truncate is not None:
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        await cut(http.scope, response.status_code, headers, bytes(response.body), fault.truncate)
        return Response()
    return response


def _ordered(fault: Fault) -> Response:
    assert fault.status is not None  # noqa: S101  (the caller asked)
    kind = "application/json" if not isinstance(fault.body, str) else "text/html"
    return Response(fault.payload(), fault.status, headers={"content-type": kind, **fault.headers})
