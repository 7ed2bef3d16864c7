"""A Deployment's Airflow that is a real one: requests are forwarded to it, under its own login."""

from __future__ import annotations

import base64
import http.client
import json
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from astro_provider.emulator.airflow.messages import AirflowRequest, AirflowResponse
from astro_provider.emulator.airflow.unpacking import DagsFolder
from astro_provider.emulator.core.moments import instant
from astro_provider.emulator.resources.deployments.orders import is_for
from astro_provider.emulator.resources.deploys.setup import dag_version, open_dags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from astro_provider.emulator.airflow.lines import Line
    from astro_provider.emulator.state import State

#: Seconds that a real Airflow has for a response.
PATIENCE = 60.0
#: Headers that are passed on to it.
PASSED_ON = ("accept", "content-type")


@dataclass
class BoundAirflow:
    """A real Airflow that stands for the Airflow of Deployments.

    :param deployments: A Deployment's id, or a pattern of names: ``ephemeral-*``.
    :param url: Address of its web or API server.
    :param auth: User name and password; ``None``: an Airflow 3 in which everybody is an admin.
    :param folder: Its DAGs folder; ``None``: deployed code does not reach it.
    """

    deployments: str
    url: str
    auth: tuple[str, str] | None = field(default=None, repr=False)
    folder: DagsFolder | None = None
    _login: str | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def made(
        cls, deployments: str, url: str, auth: tuple[str, str] | None, dags_folder: str | Path | None
    ) -> BoundAirflow:
        """Return a binding.

        :param deployments: A Deployment's id, or a pattern of names.
        :param url: Address of the Airflow; a user name and a password may be in it.
        :param auth: User name and password.
        :param dags_folder: Its DAGs folder.
        :raises ValueError: The address or the folder cannot be used.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("url must be the address of an Airflow, such as http://127.0.0.1:8080")
        if auth is None and parts.username:
            auth = (unquote(parts.username), unquote(parts.password or ""))
        place = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")
        return cls(deployments, place, auth, DagsFolder.at(dags_folder) if dags_folder else None)

    def is_for(self, deployment: Mapping[str, Any]) -> bool:
        """Whether it stands for the Airflow of a Deployment.

        :param deployment: The stored Deployment.
        """
        return is_for(self.deployments, deployment)

    def forward(self, request: AirflowRequest, line: Line, deployment_id: str, version: str | None) -> AirflowResponse:
        """Pass a request on; returns its response.

        :param request: The request.
        :param line: The Airflow that the Deployment says it runs.
        :param deployment_id: The Deployment.
        :param version: The version of the code that it runs.
        """
        try:
            answer = self._send(request, line)
            if answer.status == 401:  # its token has expired
                self._login = None
                answer = self._send(request, line)
        except (OSError, http.client.HTTPException) as error:
            return AirflowResponse(503, f"The Airflow at {self.url} cannot be reached: {error}".encode(), "text/plain")
        if self.folder is None or version is None or not answer.media_type.startswith("application/json"):
            return answer
        unpacked = self.folder.unpacked.get(deployment_id)
        return _with_bundle_version(answer, unpacked) if unpacked and unpacked.version == version else answer

    def _send(self, request: AirflowRequest, line: Line) -> AirflowResponse:
        headers = {**request.headers, "Authorization": self._authorization(line)}
        target = f"{request.raw_path}?{request.raw_query}" if request.raw_query else request.raw_path
        answer = _exchange(self.url, request.method, target, headers, request.content)
        # A redirect leads back here, and Astro's token never to the real Airflow.
        return replace(answer, location=request.base + urlsplit(answer.location).path) if answer.location else answer

    def _authorization(self, line: Line) -> str:
        with self._lock:
            if self._login is None:
                self._login = self._basic() if line.major == 2 else self._token()
            return self._login

    def _basic(self) -> str:
        user, password = self.auth or ("", "")
        return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"

    def _token(self) -> str:
        """Return a token of Airflow 3: its auth manager has one for everybody, or for a login."""
        if self.auth is None:
            answer = _exchange(self.url, "GET", "/auth/token", {}, b"")
        else:
            login = json.dumps({"username": self.auth[0], "password": self.auth[1]}).encode()
            answer = _exchange(self.url, "POST", "/auth/token", {"content-type": "application/json"}, login)
        if answer.status not in {200, 201}:
            raise http.client.HTTPException(f"its login answers {answer.status}")
        return f"Bearer {json.loads(answer.content)['access_token']}"


def binding_of(state: State, deployment: Mapping[str, Any]) -> BoundAirflow | None:
    """Return the real Airflow that stands for a Deployment's; ``None``: it is emulated.

    :param state: The emulator's state.
    :param deployment: The stored Deployment.
    """
    return next((bound for bound in reversed(state.airflows) if bound.is_for(deployment)), None)


def bring_code(state: State) -> None:
    """Bring the code that Deployments run to the DAGs folders of the real Airflows that stand for theirs.

    :param state: The emulator's state.
    """
    folders = [(bound, bound.folder) for bound in state.airflows if bound.folder is not None]
    if not folders:
        return
    with state.store.lock:
        deployments = state.store.all("deployment")
        for bound, folder in folders:
            known = {each["id"] for each in deployments if binding_of(state, each) is bound}
            for gone in folder.unpacked.keys() - known:
                folder.remove(gone)
            for deployment_id in known:
                version = dag_version(state, deployment_id)
                if version is not None and not folder.has(deployment_id, version):
                    with open_dags(state, deployment_id) as file:
                        folder.unpack(deployment_id, version, file)


def _exchange(url: str, method: str, target: str, headers: Mapping[str, str], content: bytes) -> AirflowResponse:
    parts = urlsplit(url)
    make: Callable[..., http.client.HTTPConnection]
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.request(method, parts.path + target, body=content or None, headers=dict(headers))
        answer = connection.getresponse()
        kind, location = (answer.headers.get(name, "") for name in ("content-type", "location"))
        return AirflowResponse(answer.status, answer.read(), kind, location)
    finally:
        connection.close()


def _with_bundle_version(answer: AirflowResponse, unpacked: Any) -> AirflowResponse:
    """Say which code a DAG was parsed from. Airflow's own bundle of a local folder has no versions."""
    try:
        body = json.loads(answer.content)
    except ValueError:
        return answer
    dags = body.get("dags", [body]) if isinstance(body, dict) else []
    for dag in dags:
        if not isinstance(dag, dict) or "fileloc" not in dag or dag.get("bundle_version", "") is not None:
            continue
        parsed, took = dag.get("last_parsed_time"), dag.get("last_parse_duration") or 0.0
        if parsed and unpacked.has(dag["fileloc"]) and instant(parsed).timestamp() - took > unpacked.at:
            dag["bundle_version"] = unpacked.version
    return replace(answer, content=json.dumps(body).encode())
