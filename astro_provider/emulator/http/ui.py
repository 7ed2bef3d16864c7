"""HTTP for the pages: at the paths of the Astro UI, and at those of the Deployments' Airflow UIs."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from astro_provider.emulator.ui.airflows import airflow_page, real_address
from astro_provider.emulator.ui.calls import calls_page
from astro_provider.emulator.ui.deployments import deployment_page, deploys_page, start_page, workspace_page
from astro_provider.emulator.ui.rendering import Page, missing, segment, style

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request as HttpRequest

    from astro_provider.emulator.state import State

    Endpoint = Callable[[HttpRequest], Awaitable[Response]]

#: Beginnings of paths that are not Workspaces.
RESERVED = {"v1", "_emulator", "airflow"}


def ui_routes(state: State) -> list[Route]:
    """Return the routes of the pages about Workspaces, Deployments and requests.

    :param state: The state that they show.
    """

    def page(path: str, show: Callable[..., Page]) -> Route:
        async def serve(http: HttpRequest) -> Response:
            if http.path_params.get("workspace_id") in RESERVED:
                raise HTTPException(404)
            with state.store.lock:
                return sent(show(state, **http.path_params))

        return Route(path, serve, methods=["GET"])

    deployment = "/{workspace_id}/deployments/{deployment_id}"
    return [
        page("/", start_page),
        page("/calls", calls_page),
        page("/{workspace_id}/deployments", workspace_page),
        page(deployment, deployment_page),
        page(f"{deployment}/deploy-history", deploys_page),
    ]


def airflow_ui_routes(state: State) -> list[Route]:
    """Return the routes of the pages about Deployments' Airflows; those of a real one redirect to it.

    :param state: The state that they show.
    """

    async def serve(http: HttpRequest) -> Response:
        deployment_id = http.path_params["deployment_id"]
        # As it was sent: a slash in the id of a run is written as %2F.
        raw = http.scope["raw_path"].decode("ascii").partition("?")[0]
        rest = raw.removeprefix(f"/airflow/{segment(deployment_id)}")
        with state.store.lock:
            if address := real_address(state, deployment_id, rest, http.url.query):
                return RedirectResponse(address, 302, {"Cache-Control": "no-store"})
            run = _run_at(rest, http.query_params.get("dag_run_id", ""))
            return sent(airflow_page(state, deployment_id, run))

    base = "/airflow/{deployment_id}"
    return [
        Route(path, serve, methods=["GET"]) for path in (base, f"{base}/", f"{base}/dags", f"{base}/dags/{{_:path}}")
    ]


def _run_at(path: str, asked: str) -> tuple[str, str] | None:
    """Return the DAG and the run that a path of Airflow's UI is about, if it is about one.

    Airflow 3 has ``/dags/DAG/runs/RUN``, and its tasks below that; Airflow 2 has ``/dags/DAG/grid?dag_run_id=RUN``.
    """
    match [unquote(part) for part in path.strip("/").split("/")]:
        case ["dags", dag_id, "runs", run_id, *_]:
            return dag_id, run_id
        case ["dags", dag_id, "grid"] if asked:
            return dag_id, asked
    return None


def sent(page: Page) -> Response:
    """Return the response that sends a page: nothing in it is loaded from elsewhere, and nothing in it runs.

    :param page: The page.
    """
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": f"default-src 'none'; style-src '{_style_digest()}'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(page.html, page.status, headers, "text/html")


def no_such_page(http: HttpRequest) -> Response:
    """Return the response to a browser that asks for what is nowhere.

    :param http: The request.
    """
    return sent(missing(f"There is no page at {http.url.path}."))


@cache
def _style_digest() -> str:
    return f"sha256-{b64encode(hashlib.sha256(style().encode()).digest()).decode()}"
