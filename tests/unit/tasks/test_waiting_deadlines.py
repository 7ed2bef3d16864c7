"""A wait's deadline is a moment, not a duration: a triggerer that was away neither extends nor shortens the wait."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from astro_provider.triggers.deployment import DeploymentStatusTrigger

URL = "https://cloud.astronomer.io/w/deployments/d"


def after_a_restart(deployment_id: str, *, began: float, deadline: float) -> tuple[dict[str, Any], float]:
    """Wait as a triggerer does that has just taken the wait over; returns the verdict and the seconds it took."""
    now = time.time()
    arguments = {"deployment_id": deployment_id, "started_at": now + began, "deadline": now + deadline, "url": URL}
    arguments |= {"astro_conn_id": "astro_default", "poll_interval": 0.05, "last_status": "CREATING"}
    _, kept = DeploymentStatusTrigger(**arguments).serialize()

    async def run() -> dict[str, Any]:
        async for event in DeploymentStatusTrigger(**kept).run():
            return event.payload
        raise AssertionError("no event")

    return asyncio.run(run()), time.time() - now


def test_a_deadline_that_passed_meanwhile_leaves_one_look_and_a_success_counts(astro):
    verdict, took = after_a_restart(astro.add_deployment("late"), began=-7200, deadline=-3600)
    assert verdict["outcome"] == "done"
    assert "HEALTHY after 2:00:0" in verdict["message"]
    assert took < 5


def test_the_timeout_counts_from_the_beginning_and_names_status_reason_and_address(astro):
    waiting = astro.add_deployment("slow")
    astro.set_status(waiting, "UNHEALTHY", "The scheduler is starting")
    verdict, took = after_a_restart(waiting, began=-3599.7, deadline=0.3)
    assert verdict["outcome"] == "timed out"
    assert verdict["message"] == (
        f"Deployment 'slow' ({waiting}) is not HEALTHY after 1:00:00; "
        f"its last status is UNHEALTHY (The scheduler is starting). Look at {URL}"
    )
    assert took < 5


@pytest.mark.parametrize("deadline", [-5, 0.3], ids=["passed meanwhile", "passes now"])
def test_an_outage_at_the_deadline_is_named_beside_the_status_before_the_restart(astro, deadline):
    waiting = astro.add_deployment("unseen", status="UNHEALTHY")
    astro.fault("GET", status=503, times=1000)
    verdict, took = after_a_restart(waiting, began=-60, deadline=deadline)
    assert verdict["outcome"] == "timed out"
    assert "its last status is CREATING. The last read failed: GET" in verdict["message"]
    assert "503" in verdict["message"]
    assert verdict["message"].endswith(f"Look at {URL}")
    assert took < 5
