"""Airflow's REST API: much quicker than Airflow's commands, each of which imports all of Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Mapping


class Rest:
    """The REST API of a local Airflow.

    :param url: Address of the API server.
    :param login: User and password for Airflow 2; ``None`` for Airflow 3, where everybody is an admin.
    """

    def __init__(self, url: str, login: tuple[str, str] | None = None) -> None:
        self.url = url
        self._session = requests.Session()
        if login:
            self._session.auth = login
        else:
            token = self._session.get(f"{url}/auth/token", timeout=60).json()["access_token"]
            self._session.headers["Authorization"] = f"Bearer {token}"

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> requests.Response:
        """Return the response to a request, whatever its status.

        :param method: The HTTP method.
        :param path: The path, with the query if there is one.
        :param body: What to send as JSON.
        """
        return self._session.request(method, self.url + path, json=body, timeout=60)

    def unpause(self, dag_id: str) -> bool:
        """Let the runs of a DAG start; returns whether Airflow did it.

        :param dag_id: The DAG.
        """
        return self._done("PATCH", f"/api/v2/dags/{dag_id}?update_mask=is_paused", {"is_paused": False})

    def start(self, dag_id: str, run_id: str, conf: Mapping[str, object] | None) -> bool:
        """Start a DAG run; returns whether it is there.

        :param dag_id: The DAG.
        :param run_id: The run.
        :param conf: Its configuration.
        """
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf or {})}
        return self._done("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)

    def _done(self, *request: Any) -> bool:
        response = self.send(*request)
        if response.status_code == 500:  # SQLite is busy with other runs; it may have been done all the same
            return False
        if response.status_code != 409:
            response.raise_for_status()
        return True
