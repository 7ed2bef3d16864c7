"""Exactly one run of an id, whatever happens to the response; and runs found by the filters that Airflow has."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
import requests

from astro_provider.errors import (
    AlreadyExistsError,
    BadRequestError,
    ConflictError,
    NoResponseError,
    NotFoundError,
    ServerError,
)
from tests.builders import airflow as build
from tests.builders.addresses import path
from tests.builders.deployments import deployment

NOW = datetime(2026, 11, 1, 12, tzinfo=timezone.utc)
RUN = "astro__1"
LOST = [
    {"exc": requests.exceptions.ReadTimeout},
    {"exc": requests.exceptions.ConnectionError},
    {"status_code": 500, "text": "oops"},
    {"status_code": 503, "text": "upstream connect error"},
    {"status_code": 200, "text": "{"},
    {"status_code": 200, "text": ""},
]


class Runs:
    """The runs that the other side has, however it responds."""

    def __init__(self, line, requests_mock):
        self.line, self.mock, self.has_run, self.sent = line, requests_mock, False, 0
        requests_mock.get(f"{line.url}/dags/etl/dagRuns/{RUN}", json=self.get)
        requests_mock.get(path("/deployments/cldeployment0000000000001"), json=deployment())

    def get(self, request, context):
        if self.has_run:
            return build.dag_run(self.line.major)
        context.status_code = 404
        return build.refusal(self.line.major, 404, "DAGRun not found")

    def post(self, *responses, takes_effect=(True,)):
        self.sent = 0

        def answer(request, context):
            response = responses[min(self.sent, len(responses) - 1)]
            self.has_run = self.has_run or takes_effect[min(self.sent, len(takes_effect) - 1)]
            self.sent += 1
            if "exc" in response:
                raise response["exc"]
            context.status_code = response.get("status_code", 200)
            return response["text"] if "text" in response else json.dumps(response["json"])

        self.mock.post(f"{self.line.url}/dags/etl/dagRuns", text=answer)


@pytest.fixture
def runs(line, requests_mock):
    return Runs(line, requests_mock)


def created(line):
    return {"json": build.dag_run(line.major)}


def taken(line):
    return {"status_code": 409, "json": build.refusal(line.major, 409, "Unique constraint violation")}


@pytest.mark.parametrize("lost", LOST)
def test_a_run_whose_response_was_lost_is_found_and_not_started_again(line, runs, lost):
    runs.post(lost)
    assert line.airflow.dag_runs.create("etl", RUN).dag_run_id == RUN
    assert runs.sent == 1


@pytest.mark.parametrize("lost", LOST)
def test_a_run_that_a_lost_request_did_not_start_is_started(line, runs, lost, pauses):
    runs.post(lost, created(line), takes_effect=(False, True))
    assert line.airflow.dag_runs.create("etl", RUN).dag_run_id == RUN
    assert runs.sent == 2
    assert len(pauses) == 1


def test_a_request_that_takes_effect_late_meets_its_own_run(line, runs):
    runs.post(LOST[0], taken(line), takes_effect=(False, True))
    assert line.airflow.dag_runs.create("etl", RUN).dag_run_id == RUN


def test_a_run_id_that_was_there_before_is_told_from_a_logical_date_that_is_taken(line, runs):
    runs.has_run = True
    runs.post(taken(line))
    with pytest.raises(AlreadyExistsError):
        line.airflow.dag_runs.create("etl", RUN)
    runs.has_run = False
    runs.post(taken(line), takes_effect=(False,))
    with pytest.raises(ConflictError, match="another run of the DAG has the same logical date") as caught:
        line.airflow.dag_runs.create("etl", RUN, logical_date=NOW)
    assert not isinstance(caught.value, AlreadyExistsError)


@pytest.mark.parametrize(("status", "error_class"), [(400, BadRequestError), (404, NotFoundError), (503, ServerError)])
def test_a_refusal_is_passed_on(line, runs, status, error_class):
    body = build.refusal(line.major, status, "DAG with dag_id: 'etl' has import errors")
    runs.post({"status_code": status, "json": body}, takes_effect=(False,) * 3)
    with pytest.raises(error_class, match="import errors"):
        line.airflow.dag_runs.create("etl", RUN)
    assert runs.sent == (3 if status == 503 else 1)


def test_the_date_of_a_run_is_said_as_each_line_wants_it(line, requests_mock):
    requests_mock.post(f"{line.url}/dags/etl/dagRuns", json=build.dag_run(line.major))
    line.airflow.dag_runs.create("etl", RUN)
    line.airflow.dag_runs.create("etl", RUN, logical_date=NOW, conf={"a": 1}, note="n")
    without, dated = [sent.json() for sent in requests_mock.request_history]
    assert without == {"dag_run_id": RUN, "conf": {}, **({} if line.major == 2 else {"logical_date": None})}
    assert dated == {"dag_run_id": RUN, "conf": {"a": 1}, "logical_date": "2026-11-01T12:00:00Z", "note": "n"}


def test_runs_are_narrowed_by_the_moment_that_each_line_has(line, requests_mock):
    listed = requests_mock.post(
        f"{line.url}/dags/~/dagRuns/list", json=build.page("dag_runs", build.dag_run(line.major, state="exploded"))
    )
    (run,) = line.airflow.dag_runs.list(["etl"], since=NOW, until=NOW, states=["failed"])
    assert run.status == "exploded"
    assert not run.is_finished
    assert run.moment == NOW
    field = "execution_date" if line.major == 2 else "run_after"
    body = listed.last_request.json()
    assert body[f"{field}_gte"] == body[f"{field}_lte"] == "2026-11-01T12:00:00Z"
    assert (body["dag_ids"], body["states"]) == (["etl"], ["failed"])


def test_the_newest_runs_come_in_one_request_in_the_order_that_each_line_has(line, requests_mock):
    page = build.page("dag_runs", build.dag_run(line.major), total=900)
    listed = requests_mock.post(f"{line.url}/dags/~/dagRuns/list", json=page)
    assert len(line.airflow.dag_runs.newest(["etl"])) == 1
    assert listed.last_request.json()["order_by"] == ("-execution_date" if line.major == 2 else "-run_after")
    assert listed.call_count == 1


@pytest.mark.parametrize("lost", LOST[:4])
def test_a_run_that_is_under_way_after_a_lost_clear_is_not_cleared_again(line, requests_mock, lost):
    requests_mock.get(path("/deployments/cldeployment0000000000001"), json=deployment())
    requests_mock.get(f"{line.url}/dags/etl/dagRuns/{RUN}", json=build.dag_run(line.major, state="running"))
    clear = requests_mock.post(f"{line.url}/dags/etl/clearTaskInstances", **lost)
    assert line.airflow.dag_runs.clear("etl", RUN, only_failed=True).state == "running"
    assert clear.call_count == 1
    sent = clear.last_request.json()
    assert (sent["dry_run"], sent["reset_dag_runs"], sent["only_failed"]) == (False, True, True)


def test_a_clear_that_did_not_arrive_is_sent_again(line, requests_mock, pauses):
    requests_mock.get(path("/deployments/cldeployment0000000000001"), json=deployment())
    states = [{"json": build.dag_run(line.major, state=state)} for state in ("failed", "queued")]
    requests_mock.get(f"{line.url}/dags/etl/dagRuns/{RUN}", states)
    cleared = {"json": {"task_instances": []}}
    clear = requests_mock.post(f"{line.url}/dags/etl/clearTaskInstances", [LOST[0], cleared])
    assert line.airflow.dag_runs.clear("etl", RUN).state == "queued"
    assert clear.call_count == 2


def test_a_lost_clear_of_a_run_that_was_under_way_before_is_sent_again(line, requests_mock, pauses):
    requests_mock.get(path("/deployments/cldeployment0000000000001"), json=deployment())
    requests_mock.get(f"{line.url}/dags/etl/dagRuns/{RUN}", json=build.dag_run(line.major, state="running"))
    cleared = {"json": {"task_instances": []}}
    clear = requests_mock.post(f"{line.url}/dags/etl/clearTaskInstances", [LOST[0], cleared])
    assert line.airflow.dag_runs.clear("etl", RUN, is_under_way=True).state == "running"
    assert clear.call_count == 2


def test_a_clear_that_never_gets_through_fails(line, requests_mock):
    requests_mock.get(path("/deployments/cldeployment0000000000001"), json=deployment())
    requests_mock.get(f"{line.url}/dags/etl/dagRuns/{RUN}", json=build.dag_run(line.major, state="failed"))
    requests_mock.post(f"{line.url}/dags/etl/clearTaskInstances", exc=requests.exceptions.ReadTimeout)
    with pytest.raises(NoResponseError):
        line.airflow.dag_runs.clear("etl", RUN)
