from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from astro_provider.emulator import Emulator

#: What every hosted Deployment without Remote Execution needs.
AMOUNTS = {
    "defaultTaskPodCpu": "0.25",
    "defaultTaskPodMemory": "0.5Gi",
    "resourceQuotaCpu": "10",
    "resourceQuotaMemory": "20Gi",
}


@dataclass
class Caller:
    """Plain HTTP to an emulator, so that nothing of the package's own client stands between."""

    astro: Emulator
    token: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def path(self, rest: str) -> str:
        return f"/organizations/{self.astro.organization_id}{rest}"

    def __call__(self, method: str, rest: str, body: Any = None, *, token: str | None = None, **more: Any):
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        url = self.astro.url + (self.path(rest) if not rest.startswith("/organizations") else rest)
        return self.session.request(method, url, json=body, headers=headers, timeout=10, **more)


@pytest.fixture
def astro() -> Iterator[Emulator]:
    with Emulator(progress="immediately") as astro:
        yield astro


@pytest.fixture
def call(astro) -> Iterator[Caller]:
    with requests.Session() as session:
        yield Caller(astro, astro.token, session)


@pytest.fixture
def hybrid(astro):
    """The HYBRID cluster that every emulator has."""
    return next(c for c in astro.store.all("cluster") if c["type"] == "HYBRID")


@pytest.fixture
def dedicated(astro):
    """The DEDICATED cluster that every emulator has."""
    return next(c for c in astro.store.all("cluster") if c["type"] == "DEDICATED")


@pytest.fixture
def bodies(astro, hybrid, dedicated) -> dict[str, dict[str, Any]]:
    """A full create body for each type."""
    secret = {"key": "PASSWORD", "value": "s3cret", "isSecret": True}
    counts = {"isDefault": True, "maxWorkerCount": 5, "minWorkerCount": 0, "workerConcurrency": 5}
    common = {
        "workspaceId": astro.workspace_id,
        "description": "for a test",
        "astroRuntimeVersion": "3.1-5",
        "executor": "CELERY",
        "isCicdEnforced": False,
        "isDagDeployEnabled": True,
        "contactEmails": ["team@example.com"],
        "environmentVariables": [secret, {"key": "GREETING", "value": "hello", "isSecret": False}],
    }
    hosted = {
        **common,
        "isHighAvailability": False,
        "isDevelopmentMode": True,
        "schedulerSize": "SMALL",
        **AMOUNTS,
        "workerQueues": [{"name": "default", "astroMachine": "A5", **counts}],
    }
    pools = [{"name": "default", "nodePoolId": hybrid["nodePools"][0]["id"], **counts}]
    place = {"cloudProvider": "AWS", "region": "us-east-1"}
    return {
        "STANDARD": {**hosted, **place, "type": "STANDARD", "name": "standard"},
        "DEDICATED": {**hosted, "type": "DEDICATED", "name": "dedicated", "clusterId": dedicated["id"]},
        "HYBRID": {
            **common,
            "type": "HYBRID",
            "name": "hybrid",
            "clusterId": hybrid["id"],
            "scheduler": {"au": 5, "replicas": 1},
            "workerQueues": pools,
        },
    }


def as_update(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The update body that says the same as a create body."""
    fixed = {"astroRuntimeVersion", "cloudProvider", "region", "clusterId"}
    return {**{key: value for key, value in body.items() if key not in fixed}, **changes}
