"""Who may do what in a Deployment's Airflow, and what stands there while it sleeps."""

from __future__ import annotations

import pytest
import requests

from astro_provider.emulator import Emulator

from .calls import AirflowCaller


@pytest.mark.parametrize("token", ["", "no.such.token"])
def test_a_token_that_is_not_valid_gets_a_bare_401(airflow, token):
    answer = airflow("GET", "/dags", token=token)
    assert (answer.status_code, answer.content) == (401, b"")


def test_an_expired_token_and_one_of_another_workspace_get_the_same_bare_401(astro, airflow):
    other = astro.issue_token(workspace_id=astro.add_workspace("Other"))
    for token in (astro.issue_token(expires_in=-1), other, astro.issue_token("ORGANIZATION_MEMBER")):
        answer = airflow("GET", "/dags", token=token)
        assert (answer.status_code, answer.content) == (401, b"")


def test_a_member_may_look_but_not_start_a_run(astro, airflow):
    member = astro.issue_token("WORKSPACE_MEMBER")
    assert airflow("GET", "/dags/etl/dagRuns", token=member).status_code == 200
    assert airflow("POST", "/dags/~/dagRuns/list", {}, token=member).status_code == 200
    answer = airflow("POST", "/dags/etl/dagRuns", {"logical_date": None}, token=member)
    assert answer.status_code == 403
    expected = {"detail": "Forbidden"} if airflow.major == 3 else {"detail": None, "status": 403, "title": "Forbidden"}
    assert expected.items() <= answer.json().items()
    assert astro.dag_runs(airflow.deployment_id) == []


def test_an_author_starts_runs(astro, airflow):
    author = astro.issue_token("WORKSPACE_AUTHOR", name="an-author")
    body = {"logical_date": None, "dag_run_id": "r"} if airflow.major == 3 else {"dag_run_id": "r"}
    answer = airflow("POST", "/dags/etl/dagRuns", body, token=author)
    assert answer.status_code == 200
    assert airflow.major == 2 or answer.json()["triggering_user_name"] == "an-author"
    assert airflow("PATCH", "/dags/etl", {"is_paused": True}, token=author).status_code == 200


def test_a_hibernating_deployment_answers_something_that_is_no_json(astro, airflow):
    astro.set_status(airflow.deployment_id, "HIBERNATING")
    answer = airflow("GET", "/dags")
    assert answer.status_code == 503
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    astro.order_unreachable_airflow(airflow.deployment_id, 200, "<html>Hibernating</html>")
    ordered = airflow("GET", "/dags")
    assert (ordered.status_code, ordered.headers["content-type"]) == (200, "text/html")


def test_a_deployment_that_is_being_created_has_no_airflow_yet():
    with Emulator(progress="reads:1") as astro:
        made = astro.add_deployment("new", status="CREATING")
        answer = AirflowCaller(astro, 3, made)("GET", "/version")
        assert (answer.status_code, answer.text) == (404, "default backend - 404")


def test_the_other_lines_api_is_not_there(astro, airflow):
    other = airflow.base.replace(f"/v{airflow.major - 1}", f"/v{4 - airflow.major}")
    answer = requests.get(f"{other}/dags", headers={"Authorization": f"Bearer {astro.token}"}, timeout=10)
    assert answer.status_code == 404
    if airflow.major == 3:
        assert answer.json()["detail"].startswith("/api/v1 has been removed in Airflow 3")


def test_faults_and_the_journal_know_airflows_paths(astro, airflow):
    astro.fault("GET", f"/airflow/{airflow.deployment_id}/api/*/dags", status=502, body="bad gateway")
    assert airflow("GET", "/dags").text == "bad gateway"
    airflow("POST", "/dags/etl/dagRuns", {"conf": {"password": "s3cret"}})
    shown = astro.requests[-1].public()
    assert shown["path"].endswith("/dags/etl/dagRuns")
    assert "s3cret" not in str(shown)
