from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.calls import AMOUNTS, as_update

DROP = object()


@pytest.fixture
def create(call, bodies):
    """Create a Deployment of a full body with changes; a field that is DROP is left out."""

    def create(kind: str = "STANDARD", **changes: Any):
        body = {**bodies[kind], **changes}
        return call("POST", "/deployments", {name: value for name, value in body.items() if value is not DROP})

    return create


@pytest.fixture
def update(call, bodies):
    """Update a Deployment with the full body of its type and changes."""

    def update(made: dict[str, Any], **changes: Any):
        body = as_update({**bodies[made["type"]], "name": made["name"]}, **changes)
        rest = f"/deployments/{made['id']}"
        return call("POST", rest, {name: value for name, value in body.items() if value is not DROP})

    return update


@pytest.fixture
def remote() -> dict[str, Any]:
    """What makes a Deployment of a full body one with Remote Execution."""
    changes = {"executor": "ASTRO", "isDagDeployEnabled": False, "remoteExecution": {"enabled": True}}
    return {**changes, **dict.fromkeys([*AMOUNTS, "workerQueues"], DROP)}
