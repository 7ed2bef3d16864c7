"""The control API: faults, requests so far, Deployments, deploys, DAG runs. Astro has none; outside ``/v1``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Field
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from astro_provider.emulator.airflow import setup
from astro_provider.emulator.airflow.binding import BoundAirflow
from astro_provider.emulator.core.bodies import Body, Moment, Text
from astro_provider.emulator.core.problems import Problem, check_fields, invalid, unknown
from astro_provider.emulator.resources import reset as reset_state
from astro_provider.emulator.resources.deployments.bodies import CREATE
from astro_provider.emulator.resources.deployments.setup import add_deployment, check_deployment_fields, set_status
from astro_provider.emulator.resources.deploys.setup import dag_version, dags, fail_deploys
from astro_provider.emulator.targets import ordered_fault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request as HttpRequest

    from astro_provider.emulator.state import State

    Endpoint = Callable[[HttpRequest], Awaitable[Response]]

Status = Literal["CREATING", "DEPLOYING", "HEALTHY", "UNHEALTHY", "UNKNOWN", "HIBERNATING"]


class HeldStatus(Body):
    """A status to hold."""

    status: Status
    reason: str | None = None


class Bound(Body):
    """A real Airflow that is to stand for the Airflow of Deployments."""

    deployments: str
    url: str
    username: str | None = None
    password: str | None = None
    dags_folder: str | None = Field(None, alias="dags_folder")


class Added(Body):
    """What a Deployment that is added may have beyond the fields of a create request."""

    workspace_id: str | None = Field(None, alias="workspace_id")
    status: Status | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    created_by: dict[str, Any] | None = None


class Failures(Body):
    """How many deploys are to fail."""

    times: Annotated[int, Field(ge=0)] | None = None


class _Named(Body):
    """A body whose fields have the names of Python's arguments."""

    model_config = ConfigDict(alias_generator=str)


class DagRuns(_Named):
    """How runs of a DAG are to go."""

    dag_id: str
    run_id: str | None = None
    state: str | None = None
    failed_tasks: list[str] | None = None
    log: str | None = None
    progress: str | None = None
    times: Annotated[int, Field(ge=0)] | None = None


class AddedConnection(_Named):
    """A connection in the Airflow of a Deployment."""

    connection_id: Text
    conn_type: str | None = None
    description: str | None = None
    host: str | None = None
    login: str | None = None
    schema_: str | None = Field(None, alias="schema")
    port: int | None = None
    password: str | None = None
    extra: str | None = None


class AddedVariable(_Named):
    """A variable in the Airflow of a Deployment."""

    key: Text
    value: str
    description: str | None = None


class AddedPool(_Named):
    """A pool in the Airflow of a Deployment."""

    name: Text
    slots: Annotated[int, Field(ge=-1)]
    description: str | None = None
    include_deferred: bool | None = None


#: What is added to a Deployment's Airflow: the path's last part -> the body, what adds it, and the field that names it.
AIRFLOW_OBJECTS: dict[str, tuple[type[Body], Callable[..., None], str]] = {
    "connections": (AddedConnection, setup.add_connection, "connection_id"),
    "variables": (AddedVariable, setup.add_variable, "key"),
    "pools": (AddedPool, setup.add_pool, "name"),
}


def control_routes(state: State) -> list[Route]:
    """Return the routes of the control API.

    :param state: What they control.
    """
    return [*_server_routes(state), *_deployment_routes(state), *_airflow_routes(state)]


def _server_routes(state: State) -> list[Route]:
    """Return the routes about the emulator as a whole."""

    async def health(http: HttpRequest) -> Response:
        return JSONResponse({"status": "healthy", "deployments": len(state.store.all("deployment"))})

    async def faults(http: HttpRequest) -> Response:
        if http.method == "POST":
            _order(state, await _object(http))
        elif http.method == "DELETE":
            state.faults.clear()
        return JSONResponse({"faults": state.faults.waiting()})

    async def requests(http: HttpRequest) -> Response:
        if http.method == "DELETE":
            state.journal.clear()
        return JSONResponse({"requests": [request.public() for request in state.journal]})

    async def airflows(http: HttpRequest) -> Response:
        given = _read(Bound, await _object(http))
        auth = (given.pop("username", ""), given.pop("password", ""))
        try:
            state.airflows.append(BoundAirflow.made(auth=auth if any(auth) else None, **{"dags_folder": None, **given}))
        except ValueError as error:
            raise invalid(str(error)) from None
        return JSONResponse({})

    async def reset(http: HttpRequest) -> Response:
        reset_state(state)
        return JSONResponse({})

    return [
        Route("/_emulator/health", health, methods=["GET"]),
        Route("/_emulator/faults", _answering(faults), methods=["GET", "POST", "DELETE"]),
        Route("/_emulator/requests", requests, methods=["GET", "DELETE"]),
        Route("/_emulator/airflows", _answering(airflows), methods=["POST"]),
        Route("/_emulator/reset", reset, methods=["POST"]),
    ]


def _deployment_routes(state: State) -> list[Route]:
    """Return the routes about Deployments and their deploys."""

    async def deployments(http: HttpRequest) -> Response:
        return JSONResponse({"id": _add(state, await _object(http))})

    async def status(http: HttpRequest) -> Response:
        wanted = _read(HeldStatus, await _object(http))
        _of_deployment(http, set_status, state, status=wanted["status"], reason=wanted.get("reason"))
        return JSONResponse(wanted)

    async def failures(http: HttpRequest) -> Response:
        times = _read(Failures, await _object(http)).get("times", 1)
        _of_deployment(http, fail_deploys, state, times=times)
        return JSONResponse({"times": times})

    async def files(http: HttpRequest) -> Response:
        version = _of_deployment(http, dag_version, state)
        found = _of_deployment(http, dags, state)
        sizes = {path: len(content) for path, content in sorted(found.items())}
        return JSONResponse({"dagTarballVersion": version, "files": sizes})

    return [
        Route("/_emulator/deployments", _answering(deployments), methods=["POST"]),
        Route("/_emulator/deployments/{id}/status", _answering(status), methods=["POST"]),
        Route("/_emulator/deployments/{id}/failures", _answering(failures), methods=["POST"]),
        Route("/_emulator/deployments/{id}/dags", _answering(files), methods=["GET"]),
    ]


def _airflow_routes(state: State) -> list[Route]:
    """Return the routes about the Airflows of Deployments."""

    async def dag_runs(http: HttpRequest) -> Response:
        wanted = _read(DagRuns, await _object(http))
        order = {"run_id": None, "failed_tasks": [], "log": None, "times": None, **wanted}
        order |= {"end": order.pop("state", None), "pace": order.pop("progress", None)}
        _of_deployment(http, setup.order_dag_runs, state, **order)
        return JSONResponse(wanted)

    async def objects(http: HttpRequest) -> Response:
        model, add, name = AIRFLOW_OBJECTS[http.url.path.rpartition("/")[2]]
        given = _read(model, await _object(http))
        _of_deployment(http, add, state, **given)
        return JSONResponse({name: given[name]})  # the rest may be secret

    path = "/_emulator/deployments/{id}"
    return [
        Route(f"{path}/dag-runs", _answering(dag_runs), methods=["POST"]),
        *(Route(f"{path}/{kind}", _answering(objects), methods=["POST"]) for kind in AIRFLOW_OBJECTS),
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


def _order(state: State, given: dict[str, Any]) -> None:
    try:
        state.faults.add(ordered_fault(state, **given))
    except (TypeError, ValueError) as error:
        raise invalid(str(error)) from None


def _of_deployment(http: HttpRequest, act: Callable[..., Any], state: State, **more: Any) -> Any:
    try:
        return act(state, http.path_params["id"], **more)
    except KeyError as error:
        raise Problem(404, str(error)) from None
    except ValueError as error:
        raise invalid(str(error)) from None


def _add(state: State, given: dict[str, Any]) -> str:
    try:
        check_deployment_fields(given)
    except TypeError as error:
        raise invalid(str(error)) from None
    create, beyond = CREATE.get(str(given.get("type")), CREATE["STANDARD"]), Added.names()
    fields = Added.read({name: value for name, value in given.items() if name in beyond})
    body = {name: value for name, value in given.items() if name not in beyond}
    fields |= create.read({**body, "workspaceId": "its name or id is checked below"})
    del fields["workspaceId"]
    try:
        return add_deployment(state, **fields)
    except KeyError as error:
        names = [str(workspace["name"]) for workspace in state.store.all("workspace")]
        raise Problem(404, unknown("Workspace", str(error.args[0]), names)) from None


def _read(model: type[Body], given: dict[str, Any]) -> dict[str, Any]:
    try:
        check_fields("this request", given, model.names())
    except TypeError as error:
        raise invalid(str(error)) from None
    return model.read(given)
