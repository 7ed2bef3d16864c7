"""How statuses move on."""

from __future__ import annotations

import pytest
import requests

from astro_provider.emulator import Emulator
from tests.emulator.calls import Caller, as_update, least


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        ("immediately", ["HEALTHY", "HEALTHY"]),
        ("reads:2", ["CREATING", "CREATING", "UNHEALTHY", "UNHEALTHY", "HEALTHY"]),
    ],
)
def test_a_status_moves_on_with_reads(progress, expected):
    with Emulator(progress=progress) as astro, requests.Session() as session:
        call = Caller(astro, astro.token, session)
        made = call("POST", "/deployments", least(astro)).json()
        assert made["status"] == "CREATING"
        assert [call("GET", f"/deployments/{made['id']}").json()["status"] for _ in expected] == expected


def test_a_status_moves_on_with_time():
    now = [1000.0]
    with Emulator(progress="seconds:5", clock=lambda: now[0]) as astro, requests.Session() as session:
        call = Caller(astro, astro.token, session)
        made = call("POST", "/deployments", least(astro)).json()
        seen = []
        for now[0] in (1004, 1005, 1009, 1010):
            seen.append(call("GET", f"/deployments/{made['id']}").json()["status"])
        assert seen == ["CREATING", "UNHEALTHY", "UNHEALTHY", "HEALTHY"]


def shown(astro):
    """The statuses as a test looks at them: without a read through the API."""
    return [deployment["status"] for deployment in astro.deployments]


def test_with_immediately_a_look_shows_what_each_change_leads_to(astro, call, bodies):
    made = call("POST", "/deployments", bodies["STANDARD"]).json()["id"]
    assert shown(astro) == ["HEALTHY"]
    override = f"/deployments/{made}/hibernation-override"
    for asleep, status in ((True, "HIBERNATING"), (False, "HEALTHY"), (True, "HIBERNATING")):
        call("POST", override, {"isHibernating": asleep})
        assert shown(astro) == [status]
    (deployment,) = astro.deployments
    assert deployment["scalingStatus"]["hibernationStatus"]["isHibernating"] is True
    call("DELETE", override)
    assert shown(astro) == ["HEALTHY"]
    answer = call("POST", f"/deployments/{made}", as_update(bodies["STANDARD"], description="new"))
    assert (answer.json()["status"], answer.json()["description"]) == ("DEPLOYING", "new")
    assert shown(astro) == ["HEALTHY"]
    call("DELETE", f"/deployments/{made}")
    assert shown(astro) == []


def test_with_immediately_a_look_shows_how_a_dag_run_ended(astro, call):
    made = astro.add_deployment("one")
    astro.add_dag(made, "etl")
    base = astro.deployments[0]["apiUrl"].removeprefix(astro.url.removesuffix("/v1"))
    url = f"{astro.url.removesuffix('/v1')}{base}/dags/etl/dagRuns"
    headers = {"Authorization": f"Bearer {astro.token}"}
    body = {"logical_date": None, "dag_run_id": "r"}
    assert requests.post(url, json=body, headers=headers, timeout=10).json()["state"] == "queued"
    (run,) = astro.dag_runs(made)
    assert (run["state"], [task["state"] for task in run["tasks"]]) == ("success", ["success"])


def test_a_look_does_not_count_as_a_read():
    with Emulator(progress="reads:1") as astro, requests.Session() as session:
        call = Caller(astro, astro.token, session)
        call("POST", "/deployments", least(astro))
        assert [shown(astro) for _ in range(3)] == [["CREATING"]] * 3


def test_a_look_leaves_a_stale_status_to_the_reads(astro, call, bodies):
    astro.stale_healthy_reads = 1
    made = call("POST", "/deployments", bodies["STANDARD"]).json()["id"]
    astro.set_status(made, "UNHEALTHY")
    call("POST", f"/deployments/{made}", as_update(bodies["STANDARD"]))
    assert [shown(astro) for _ in range(3)] == [["UNHEALTHY"]] * 3
    assert [call("GET", f"/deployments/{made}").json()["status"] for _ in range(2)] == ["UNHEALTHY", "HEALTHY"]
