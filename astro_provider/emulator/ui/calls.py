"""The requests so far, the newest first, with secret values hidden."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from astro_provider.emulator.ui.rendering import Page, render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from astro_provider.emulator.core.journal import Request
    from astro_provider.emulator.state import State

#: How many requests a page shows.
MOST = 200


class History(NamedTuple):
    """Requests as a page shows them.

    :param shown: The newest ones, the newest first.
    :param total: How many there are.
    """

    shown: list[dict[str, Any]]
    total: int


def calls_page(state: State) -> Page:
    """Return the page of all requests.

    :param state: The emulator's state.
    """
    return render("calls.html", calls=history(state.journal))


def calls_about(state: State, deployment_id: str, name: str | None = None) -> History:
    """Return the requests about one Deployment: to it or to its Airflow, or those that look for it.

    :param state: The emulator's state.
    :param deployment_id: The Deployment.
    :param name: Its name, if it is known.
    """
    return history(request for request in state.journal if _is_about(request, deployment_id, name))


def history(requests: Iterable[Request]) -> History:
    """Return requests as a page shows them.

    :param requests: The requests, the oldest first.
    """
    found = list(requests)
    return History([_shown(request) for request in reversed(found[-MOST:])], len(found))


def _is_about(request: Request, deployment_id: str, name: str | None) -> bool:
    names = {value for key, value in request.query if key == "names"}
    values = {value for _, value in request.query}
    return (
        deployment_id == request.object_id
        or deployment_id in request.path.split("/")
        or deployment_id in values
        or (name in names and request.path.endswith("/deployments"))
    )


def _shown(request: Request) -> dict[str, Any]:
    public = request.public()
    query = "&".join(f"{name}={value}" for name, value in request.query)
    body = "" if public["body"] is None else json.dumps(public["body"], indent=2, ensure_ascii=False)
    return {
        "at": request.at,
        "method": request.method,
        "path": f"{request.path}?{query}" if query else request.path,
        "status": request.status,
        "body": body,
    }
