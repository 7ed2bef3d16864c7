from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from astro_provider.emulator import Emulator

from .calls import AMOUNTS, Caller


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
