"""Requests to a Deployment's emulated Airflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

from astro_provider.emulator import Emulator

#: Astro Runtime versions with each line of Airflow.
RUNTIMES = {2: "13.2.0", 3: "3.3-2"}


@dataclass
class AirflowCaller:
    """Plain HTTP to the Airflow of one Deployment."""

    astro: Emulator
    major: int
    deployment_id: str
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def base(self) -> str:
        shown = next(each for each in self.astro.deployments if each["id"] == self.deployment_id)
        return str(shown["apiUrl"])

    def __call__(self, method: str, path: str, body: Any = None, *, token: str | None = None, **more: Any):
        headers = {"Authorization": f"Bearer {self.astro.token if token is None else token}", **more.pop("headers", {})}
        return self.session.request(method, self.base + path, json=body, headers=headers, timeout=10, **more)

    def trigger(self, dag_id: str, run_id: str, **fields: Any) -> requests.Response:
        """Start a run with the least body of this line."""
        date = {"logical_date": None} if self.major == 3 else {}
        return self("POST", f"/dags/{dag_id}/dagRuns", {**date, "dag_run_id": run_id, **fields})
