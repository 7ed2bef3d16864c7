"""Astro is asked before Airflow is blamed, and every refusal says what to change."""

from __future__ import annotations

import pytest
import requests

from astro_provider.errors import (
    ForbiddenError,
    HibernatingError,
    NoResponseError,
    NotFoundError,
    ServerError,
    UnauthorizedError,
    UnexpectedResponseError,
)
from tests.builders import airflow as build
from tests.builders.addresses import path
from tests.builders.deployments import deployment
from tests.builders.errors import error

ID = "cldeployment0000000000001"
UPSTREAM = "upstream connect error or disconnect/reset before headers. reset reason: connection failure"
#: What a proxy may say of a Deployment whose Airflow does not run; Astro does not document it.
SAID = [
    {"status_code": 503, "text": UPSTREAM},
    {"status_code": 404, "text": "Not Found"},
    {"status_code": 404, "text": "<html>no such host</html>"},
    {"status_code": 401, "text": ""},
    {"status_code": 403, "text": "Forbidden"},
    {"status_code": 502, "text": ""},
    {"status_code": 200, "text": "<html>This Deployment is asleep</html>"},
    {"exc": requests.exceptions.ConnectTimeout},
]


def astro_says(requests_mock, **fields):
    return requests_mock.get(path(f"/deployments/{ID}"), json=deployment(**fields))


@pytest.mark.parametrize("said", SAID, ids=lambda said: str(said.get("status_code", "timeout")))
def test_a_hibernating_deployment_is_recognized_at_the_first_attempt(line, requests_mock, pauses, said):
    asked = requests_mock.get(f"{line.url}/dags/etl", **said)
    astro_says(requests_mock, status="HIBERNATING")
    with pytest.raises(HibernatingError, match="hibernating") as caught:
        line.airflow.dags.get("etl")
    assert caught.value.retryable
    assert asked.call_count == 1
    assert pauses == []


def test_plain_text_from_the_proxy_passes(line, requests_mock, pauses):
    good = {"json": build.dag(line.major)}
    requests_mock.get(f"{line.url}/dags/etl", [SAID[0], SAID[1], good])
    astro_says(requests_mock)
    assert line.airflow.dags.get("etl").dag_id == "etl"
    assert len(pauses) == 2


def test_a_404_that_is_not_airflows_does_not_mean_that_something_is_missing(line, requests_mock):
    requests_mock.get(f"{line.url}/dags/etl", status_code=404, text="no route")
    astro_says(requests_mock, status="CREATING")
    with pytest.raises(UnexpectedResponseError, match="is CREATING") as caught:
        line.airflow.dags.get("etl")
    assert caught.value.retryable


def test_a_404_of_airflows_own_costs_no_further_request(line, requests_mock):
    body = build.refusal(line.major, 404, "The DAG with dag_id: `etl` was not found")
    requests_mock.get(f"{line.url}/dags/etl", status_code=404, json=body)
    with pytest.raises(NotFoundError, match="The DAG with dag_id: `etl` was not found"):
        line.airflow.dags.get("etl")
    assert requests_mock.call_count == 1


def test_a_deployment_that_is_gone_is_reported_as_such(line, requests_mock):
    requests_mock.get(f"{line.url}/dags/etl", status_code=503, text=UPSTREAM)
    requests_mock.get(path(f"/deployments/{ID}"), status_code=404, json=error(404, "Deployment not found"))
    with pytest.raises(NotFoundError, match="Deployment not found"):
        line.airflow.dags.get("etl")


def test_a_401_of_a_token_that_astro_accepts_names_the_deployment(line, requests_mock):
    requests_mock.get(f"{line.url}/dags/etl", status_code=401, text="")
    astro_says(requests_mock)
    with pytest.raises(
        UnauthorizedError, match=r"no access to the Airflow of .*staging.* Give the token a role in this Deployment"
    ):
        line.airflow.dags.get("etl")


def test_a_401_of_a_token_that_astro_refuses_too_says_so(line, requests_mock):
    requests_mock.get(f"{line.url}/dags/etl", status_code=401, text="")
    requests_mock.get(path(f"/deployments/{ID}"), status_code=401, json=error(401, "no"))
    with pytest.raises(
        UnauthorizedError, match=r"also refuses the token; it may have been revoked or rotated\. Use a valid token\."
    ):
        line.airflow.dags.get("etl")


def test_a_403_is_explained_by_the_role_in_airflow(line, requests_mock):
    requests_mock.patch(f"{line.url}/dags/etl", status_code=403, json=build.refusal(line.major, 403, "Forbidden"))
    with pytest.raises(ForbiddenError, match=r"role does not allow this request in the Airflow of .*staging"):
        line.airflow.dags.update("etl", is_paused=True)
    assert requests_mock.call_count == 1


@pytest.mark.parametrize("astro", [{"status_code": 500}, {"exc": requests.exceptions.ConnectionError}])
def test_that_astro_cannot_be_asked_changes_nothing(line, requests_mock, astro):
    requests_mock.get(f"{line.url}/dags/etl", status_code=503, text=UPSTREAM)
    requests_mock.get(path(f"/deployments/{ID}"), **astro)
    with pytest.raises(ServerError, match="upstream connect error"):
        line.airflow.dags.get("etl")


def test_a_connection_that_fails_keeps_its_own_words(line, requests_mock):
    requests_mock.get(f"{line.url}/dags/etl", exc=requests.exceptions.ReadTimeout)
    astro_says(requests_mock)
    with pytest.raises(NoResponseError, match="timed out"):
        line.airflow.dags.get("etl")
