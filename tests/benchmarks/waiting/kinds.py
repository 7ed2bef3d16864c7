"""What the waits of the benchmark are for: Deployments of one Organization, or DAG runs in twenty Deployments."""

from __future__ import annotations

import json
import time
import urllib.request
from datetime import datetime, timezone
from typing import Any, ClassVar

from astro_provider.emulator import Emulator

HERE = "tests.benchmarks.waiting.one_by_one"
#: How many Deployments the runs are spread over.
PLACES = 20
NOW = datetime.now(timezone.utc).isoformat(timespec="seconds")


def variables() -> list[dict[str, Any]]:
    """A Deployment's environment variables: a realistic handful, so that responses have a realistic size."""
    return [{"key": f"SETTING_{number}", "value": "x" * 20, "isSecret": False} for number in range(20)]


def limits() -> dict[str, Any]:
    """What each wait on a board needs besides what it is for."""
    now = time.time()
    return {"astro_conn_id": "astro_default", "started_at": now, "deadline": now + 3600}


class Deployments:
    """Deployments that stay UNHEALTHY."""

    ways: ClassVar[dict[str, str]] = {
        "board": "astro_provider.triggers.deployment.DeploymentStatusTrigger",
        "one by one": f"{HERE}.OneByOneTrigger",
    }

    def fill(self, astro: Emulator, waits: int) -> list[str]:
        """Add what is waited for; returns a key of each."""
        given = {"status": "UNHEALTHY", "environmentVariables": variables()}
        return [astro.add_deployment(f"d{number:04}", **given) for number in range(max(1, waits))]

    def arguments(self, way: str, key: str, interval: float) -> dict[str, Any]:
        """A trigger's arguments."""
        return {"deployment_id": key, "poll_interval": interval, **({} if way == "one by one" else limits())}

    def end(self, key: str, address: str, token: str) -> urllib.request.Request:
        """The request that ends a wait."""
        body = b'{"status": "HEALTHY"}'
        path = f"{address}/_emulator/deployments/{key}/status"
        return urllib.request.Request(path, body, {"Content-Type": "application/json"})


class Runs:
    """DAG runs that go on running, the same number in each of twenty Deployments, half of which run Airflow 2."""

    ways: ClassVar[dict[str, str]] = {
        "board": "astro_provider.triggers.dag_runs.DagRunStatusTrigger",
        "one by one": f"{HERE}.OneByOneRunTrigger",
    }

    def fill(self, astro: Emulator, waits: int) -> list[str]:
        """Add what is waited for; returns a key of each."""
        keys = []
        for place in range(PLACES):
            fields = {"astroRuntimeVersion": "3.1-5" if place % 2 else "13.6.0", "environmentVariables": variables()}
            deployment_id = astro.add_deployment(f"d{place:02}", **fields)
            astro.add_dag(deployment_id, "etl", ["extract", "load"])
            for number in range(waits // PLACES):
                moment = NOW.replace("+00:00", f".{number:03}000+00:00")
                at = {"logical_date": moment, "run_after": moment}
                astro.add_dag_run(deployment_id, "etl", f"astro__{number}", state="running", **at)
                keys.append(f"{deployment_id}/v{1 + place % 2}/astro__{number}")
        return keys

    def arguments(self, way: str, key: str, interval: float) -> dict[str, Any]:
        """A trigger's arguments."""
        deployment_id, _, run_id = key.split("/")
        about = {"deployment_id": deployment_id, "dag_id": "etl", "poll_interval": interval}
        if way == "one by one":
            return {**about, "run_id": run_id}
        number = int(run_id.removeprefix("astro__"))
        moment = NOW.replace("+00:00", f".{number:03}000+00:00")
        return {**about, **limits(), "by": "run_id", "value": run_id, "moment": moment, "failure_statuses": ["failed"]}

    def end(self, key: str, address: str, token: str) -> urllib.request.Request:
        """The request that ends a wait."""
        deployment_id, version, run_id = key.split("/")
        path = f"{address}/airflow/{deployment_id}/api/{version}/dags/etl/dagRuns/{run_id}"
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        return urllib.request.Request(path, json.dumps({"state": "success"}).encode(), headers, method="PATCH")


KINDS: dict[str, Deployments | Runs] = {"Deployments": Deployments(), "DAG runs": Runs()}
