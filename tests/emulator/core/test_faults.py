"""Things that go wrong on order."""

from __future__ import annotations

import pytest
import requests


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
