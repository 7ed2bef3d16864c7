"""Whatever happens to a write, once or to the end of the try, the target ends in the same state."""

from __future__ import annotations

import json

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.client import AstroClient
from astro_provider.errors import AstroError
from astro_provider.operators.airflow_objects import CopyAirflowObjectsOperator as Copy
from tests.slow import mostly_slow

PASSWORD = "hunter2-and-more"
FAULTS = {
    "429": {"status": 429},
    "503 of the proxy": {"status": 503, "body": "upstream connect error or disconnect/reset before headers"},
    "404 of the proxy": {"status": 404, "body": "no route"},
    "500 after the effect": {"status": 500, "body": "oops", "after_effect": True},
    "reset before": {"drop": "before"},
    "reset after the effect": {"drop": "after"},
    "truncated": {"truncate": 5},
}
#: The calls that write, by method and the last part of their paths.
WRITES = [
    ("POST", "connections"),
    ("PATCH", "connections/*"),
    ("POST", "variables"),
    ("PATCH", "variables/*"),
    ("POST", "pools"),
    ("PATCH", "pools/*"),
    ("DELETE", "variables/*"),
]
READS = [("GET", "connections"), ("GET", "variables"), ("GET", "pools")]


class Target:
    """A full Deployment as the source, and one that lacks some of it, and has some of it otherwise."""

    def __init__(self, astro, runner, major):
        self.astro, self.runner = astro, runner
        self.prefix = {2: "api/v1", 3: "api/v2"}[major]
        source = astro.add_deployment("source", astroRuntimeVersion="3.3-2")
        self.id = astro.add_deployment("target", astroRuntimeVersion={2: "13.2.0", 3: "3.3-2"}[major])
        for name in ("new", "old"):
            astro.add_airflow_connection(source, name, conn_type="http", host="new", password=PASSWORD)
            astro.add_airflow_variable(source, name, "new")
            astro.add_airflow_pool(source, name, slots=5)
        astro.add_airflow_connection(self.id, "old", conn_type="http", host="old", password="old")
        astro.add_airflow_variable(self.id, "old", "old")
        astro.add_airflow_variable(self.id, "gone", "old")
        astro.add_airflow_pool(self.id, "old", slots=1)
        self.source = source

    def copy(self):
        secrets = {name: {"password": PASSWORD} for name in ("new", "old")}
        arguments = {"source_deployment_id": self.source, "deployment_id": self.id, "secrets": secrets}
        return self.runner.run(Copy, **arguments, delete_unlisted=True)

    def strike(self, call, fault, times=1):
        method, rest = call
        self.astro.fault(method, f"/airflow/{self.id}/{self.prefix}/{rest}", times=times, **FAULTS[fault])

    def state(self):
        connections = [self.astro.airflow_connection(self.id, name) for name in ("new", "old")]
        return {
            "connections": [(each and each["host"], each and each["password"]) for each in connections],
            "variables": [self.astro.airflow_variable(self.id, name) for name in ("new", "old", "gone")],
            "pools": [(self.astro.airflow_pool(self.id, name) or {}).get("slots") for name in ("new", "old")],
        }


WHOLE = {
    "connections": [("new", PASSWORD), ("new", PASSWORD)],
    "variables": ["new", "new", None],
    "pools": [5, 5],
}


@pytest.fixture
def pauses(monkeypatch):
    found = []
    monkeypatch.setitem(AstroClient.__init__.__kwdefaults__, "sleep", found.append)
    return found


@pytest.fixture(params=mostly_slow([3, 2]), ids=["to-3", "to-2"])
def target(request, astro, runner, pauses):
    return Target(astro, runner, request.param)


@pytest.mark.parametrize("fault", mostly_slow(FAULTS))
def test_a_fault_at_the_first_call_of_each_kind_changes_nothing_in_the_end(target, runner, fault):
    for call in (*WRITES, *READS):
        target.strike(call, fault)
    for runner.ti.try_number in range(1, 6):
        try:
            target.copy()
            break
        except AirflowFailException as error:
            pytest.fail(f"no retry would follow: {error}")
        except AstroError as error:  # Airflow retries the task
            assert error.retryable
    assert target.state() == WHOLE
    assert target.astro.faults.waiting() == []


KINDS = ["connections", "variables", "pools"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_create_that_takes_effect_after_it_was_given_up_on_is_no_failure(target, kind):
    not_yet_there = {"status": 404, "body": {"detail": f"{kind} `new` was not found", "title": "Not Found"}}
    path = f"/airflow/{target.id}/{target.prefix}/{kind}"
    target.strike(("POST", kind), "reset after the effect")
    target.astro.fault("PATCH", f"{path}/new", **not_yet_there)
    since = len(target.astro.requests)
    target.copy()
    writes = [r for r in target.astro.requests[since:] if r.path in {path, f"{path}/new"} and r.method != "GET"]
    sets = kind == "variables" and target.prefix == "api/v1"  # Airflow 2 creates a variable that exists by setting it
    rest = [("POST", 200)] if sets else [("POST", 409), ("PATCH", 200)]
    assert [(r.method, r.status) for r in writes] == [("POST", None), ("PATCH", 404), *rest]
    assert target.state() == WHOLE


def test_a_connection_that_vanishes_before_its_update_is_not_created_from_what_changes(target):
    gone = {"status": 404, "body": {"detail": "The Connection was not found", "title": "Not Found"}}
    target.astro.fault("PATCH", f"/airflow/{target.id}/{target.prefix}/connections/old", **gone)
    since = len(target.astro.requests)
    with pytest.raises(Exception, match=r"connection 'old': PATCH .* returned 404"):
        target.copy()
    created = [r for r in target.astro.requests[since:] if r.method == "POST" and r.path.endswith("/connections")]
    assert len(created) == 1  # the new one


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", mostly_slow(["503 of the proxy", "reset after the effect"]))
def test_a_try_that_ends_anywhere_is_mended_by_the_next(target, runner, kind, fault):
    for call in WRITES:
        if call[1].startswith(kind):
            target.strike(call, fault, times=100)
    with pytest.raises(Exception, match=r"503|no response"):
        target.copy()
    target.astro.clear_faults()
    runner.ti.try_number = 2
    target.copy()
    assert target.state() == WHOLE
    assert PASSWORD not in json.dumps(runner.ti.xcoms)
