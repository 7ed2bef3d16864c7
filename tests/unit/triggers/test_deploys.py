"""Waits for deploys in one triggerer: what they share, and what survives from one process to the next."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter

import pytest

from astro_provider.triggers.deploys import DeployStatusTrigger

DAG = b"from airflow import DAG\nDAG('one', schedule=None)\n"


def trigger(deployment_id: str, deploy_id: str, **fields) -> DeployStatusTrigger:
    limits = {"started_at": time.time(), "deadline": time.time() + 20, "poll_interval": 0.01}
    given = {"astro_conn_id": "astro_default", "deployment_id": deployment_id, "deploy_id": deploy_id}
    return DeployStatusTrigger(**{**given, **limits, **fields})


def events(*triggers: DeployStatusTrigger) -> list[dict]:
    async def first(one: DeployStatusTrigger) -> dict:
        _, arguments = one.serialize()
        async for event in DeployStatusTrigger(**json.loads(json.dumps(arguments))).run():
            return event.payload
        raise AssertionError("no event")

    async def every() -> list[dict]:
        return await asyncio.gather(*map(first, triggers))

    return asyncio.run(every())


@pytest.mark.slow
def test_many_waits_read_their_deployments_with_one_request(astro):
    waits = []
    for number in range(12):
        made = astro.add_deployment(f"d{number}")
        deploy = astro.add_deploy(made, {"dags/one.py": DAG})
        version = astro.store.get("deploy", deploy)["dagTarballVersion"]
        waits.append(trigger(made, deploy, version=version))
    found = events(*waits)
    assert [event["outcome"] for event in found] == ["done"] * 12
    assert all("LIVE (1 DAG parsed)" in event["message"] for event in found)
    kinds = Counter(r.path.rpartition("/")[2] for r in astro.requests if "/deploys/" not in r.path)
    assert kinds["deployments"] == 1
    assert (kinds["dags"], kinds["importErrors"]) == (12, 12)


def test_every_field_survives_serialization_and_none_is_secret(astro):
    fields = {
        "version": "v2",
        "previous_version": "v1",
        "expect_dags": ["a", "b"],
        "fail_on_import_errors": False,
        "check_dags": False,
        "in_place_at": 5.5,
    }
    path, arguments = trigger("cl1", "cl2", **fields).serialize()
    assert path == "astro_provider.triggers.deploys.DeployStatusTrigger"
    assert fields.items() <= arguments.items()
    again = DeployStatusTrigger(**json.loads(json.dumps(arguments)))
    assert again.serialize() == (path, arguments)
    assert astro.token not in json.dumps(arguments)


def test_a_deployment_that_is_deleted_meanwhile_ends_the_wait(astro):
    (event,) = events(trigger("cldeploymentgone00000000x", "cldeploy"))
    assert event["outcome"] == "gone"
