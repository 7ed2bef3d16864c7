"""Things that go wrong on order."""

from __future__ import annotations

import re

import pytest
import requests

from astro_provider.emulator.operations import OPERATIONS


def test_a_status_with_headers_and_body_takes_the_place_of_the_effect(call, astro, bodies):
    astro.fault("POST", "/organizations/*/deployments", status=503, headers={"Retry-After": "3"}, body="<html>")
    answer = call("POST", "/deployments", bodies["STANDARD"])
    assert (answer.status_code, answer.headers["Retry-After"], answer.text) == (503, "3", "<html>")
    assert astro.deployments == []
    assert call("POST", "/deployments", bodies["STANDARD"]).status_code == 200


@pytest.mark.parametrize(("drop", "left"), [("before", 0), ("after", 1)])
def test_a_connection_drops_before_or_after_the_effect(call, astro, bodies, drop, left):
    astro.fault("POST", drop=drop)
    with pytest.raises(requests.exceptions.ConnectionError):
        call("POST", "/deployments", bodies["STANDARD"])
    assert len(astro.deployments) == left
    assert astro.requests[-1].status is None


def test_an_answer_is_cut_off(call, astro):
    astro.fault("GET", truncate=20)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        call("GET", "/deployments")


def test_times_skip_method_and_path_choose_the_calls(call, astro):
    astro.fault("GET", "/organizations/*/deployments", status=500, times=2, skip=1)
    assert [call("GET", "/deployments").status_code for _ in range(4)] == [200, 500, 500, 200]
    astro.fault("DELETE", status=500)
    assert call("GET", "/deployments").status_code == 200
    astro.clear_faults()
    assert call("DELETE", f"/deployments/{astro.add_deployment('x')}").status_code == 204


def test_an_effect_may_come_before_the_error(call, astro, bodies):
    astro.fault("POST", status=502, after_effect=True)
    assert call("POST", "/deployments", bodies["STANDARD"]).status_code == 502
    assert len(astro.deployments) == 1


def test_a_wrong_fault_in_python_names_the_right_one(astro):
    with pytest.raises(TypeError, match=r"'stauts'\. Did you mean 'status'"):
        astro.fault("GET", stauts=500)


UNREACHABLE = {
    "no Airflow's API": (
        ("POST", "/airflow/*/dagRuns"),
        r"'/airflow/\*/dagRuns', so the fault cannot happen\. Did you mean '/airflow/\*/api/\*/dags/\*/dagRuns'\?",
    ),
    "a typo": (("GET", "/organizations/*/deployment"), r"Did you mean '/organizations/\*/deployments'\?"),
    "the version": (("GET", "/v1/organizations/*/deployments"), r"Did you mean '/organizations/\*/deployments'\?"),
    "no slash": (("GET", "organizations/*/deployments"), r"Did you mean '/organizations/\*/deployments'\?"),
    "a segment too few": (("GET", "/deployments"), r"'\*' matches within one segment"),
    "a query": (("GET", "/organizations/*/deployments?limit=5"), r"Did you mean '/organizations/\*/deployments'\?"),
    "a blank segment": (("GET", "/organizations//deployments"), r"Did you mean '/organizations/\*/deployments'\?"),
    "an upload": (("PUT", "/uploads"), r"Did you mean '/uploads/\*'\?"),
    "another method": (
        ("PUT", "/organizations/*/deployments"),
        r"the method PUT and the path '/organizations/\*/deployments', .* Methods of this path: GET, HEAD, POST\.",
    ),
    "a method in lower case": (("get", "*"), r"There is no HTTP method 'get'\. Did you mean 'GET'\?"),
}


@pytest.mark.parametrize(("target", "said"), UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_a_fault_that_can_happen_to_no_request_is_refused(astro, target, said):
    with pytest.raises(ValueError, match=said):
        astro.fault(*target, status=500)
    assert astro.faults.waiting() == []


@pytest.mark.parametrize(
    "path",
    [
        "/organizations",
        "/organizations/*",
        "/organizations/*/deployments*",
        "/organizations/*/*/cm1*",
        "/*/*/deployments/*/deploys*",
        "/users/self",
        "/airflow/*/api/v2/plugins",
        "/airflow/*/api/*/dags*",
        "/airflow/cm1/api/v1/dags/etl/dagRuns/a/taskInstances/b/logs/1",
        "/uploads/cm1",
    ],
)
def test_a_fault_that_can_happen_is_accepted(astro, path):
    astro.fault("GET", path, status=500)
    astro.fault(path=path, status=500)
    assert len(astro.faults.waiting()) == 2


def test_a_fault_of_every_operation_is_accepted(astro):
    for operation in OPERATIONS:
        astro.fault(operation.method, re.sub(r"\{\w+\}", "*", operation.path), status=500)
    assert len(astro.faults.waiting()) == len(OPERATIONS)
