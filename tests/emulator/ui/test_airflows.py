"""The pages of a Deployment's Airflow, as they come over HTTP, and the way on to a real Airflow."""

from __future__ import annotations

import pytest

from astro_provider.airflow_api.connect import airflow_client_by_id
from astro_provider.client import AstroClient
from astro_provider.rules.dag_runs import run_url, task_url


@pytest.fixture(params=["3.1-5", "13.6.0"], ids=["Airflow 3", "Airflow 2"])
def deployment(astro, request):
    """A Deployment with a DAG that ran, one that is paused, and what a copy may have brought."""
    deployment_id = astro.add_deployment("sales", astroRuntimeVersion=request.param)
    tasks = {"extract": [], "load": ["extract"]}
    astro.add_dag(deployment_id, "etl", tasks, tags=["nightly"])
    astro.add_dag(deployment_id, "later", paused=True)
    astro.add_dag_run(deployment_id, "etl", "nightly 1", state="failed")
    astro.set_task_state(deployment_id, "etl", "nightly 1", "load", "failed")
    astro.add_import_error(deployment_id, "dags/broken.py", "SyntaxError: invalid syntax")
    astro.add_airflow_connection(deployment_id, "warehouse", conn_type="postgres", password="s3cret")
    astro.add_airflow_variable(deployment_id, "tables", "s3cret")
    astro.add_airflow_pool(deployment_id, "few", 3)
    return AstroClient(astro.token, url=astro.url).deployments.get(deployment_id)


def test_the_airflow_of_a_deployment_shows_its_dags_and_what_it_has(visit, deployment):
    answer = visit(deployment.airflow_url)
    assert answer.status_code == 200
    for said in ("Airflow of sales", "etl", "nightly", "later", "paused", "nightly 1", "dags/broken.py", "SyntaxError"):
        assert said in answer.text
    assert "warehouse</td>" in answer.text
    assert "few (3)" in answer.text
    assert "tables" in answer.text
    assert "s3cret" not in answer.text


def test_the_link_to_a_run_or_to_a_task_leads_to_its_page(visit, deployment):
    major = 3 if deployment.api_url.endswith("v2") else 2
    run = run_url(deployment.airflow_url, major, "etl", "nightly 1")
    for url in (run, task_url(run, major, "extract"), task_url(run, major, "load", 1)):
        answer = visit(url)
        assert answer.status_code == 200
        assert "<h1>nightly 1" in answer.text
        assert "<td>load</td>" in answer.text
        assert "failed" in answer.text


def test_a_run_or_a_dag_that_is_not_there_is_a_404_that_says_so(visit, deployment):
    run = visit(run_url(deployment.airflow_url, 3, "etl", "none"))
    assert (run.status_code, "The DAG etl has no run none." in run.text) == (404, True)
    dag = visit(run_url(deployment.airflow_url, 3, "nothing", "none"))
    assert (dag.status_code, "There is no DAG nothing in this Deployment." in dag.text) == (404, True)


def test_the_airflow_of_no_deployment_is_a_404_that_says_so(visit):
    for path in ("/airflow/clnone", "/airflow/clnone/", "/airflow/clnone/dags/etl/runs/x"):
        answer = visit(path)
        assert (answer.status_code, "There is no Deployment clnone." in answer.text) == (404, True)


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [("HIBERNATING", 503, "It hibernates"), ("CREATING", 404, "Its Airflow is not there yet.")],
)
def test_an_airflow_that_is_not_running_says_why(astro, visit, status, code, said):
    deployment_id = astro.add_deployment("sales")
    astro.set_status(deployment_id, status)
    for path in ("", "/dags/etl/runs/x"):
        answer = visit(f"/airflow/{deployment_id}{path}")
        assert (answer.status_code, said in answer.text) == (code, True)


def test_its_api_still_wants_a_token(visit, deployment):
    for path in ("/api/v1/dags", "/api/v2/dags", "/api/v2/dags/etl/dagRuns"):
        answer = visit(f"/airflow/{deployment.id}{path}")
        assert (answer.status_code, answer.text) == (401, "")


def test_the_pages_of_a_real_airflow_are_where_it_is(astro, visit, deployment):
    astro.bind_airflow("sales", "http://admin:s3cret@airflow.example.com:8080/base")
    real = "http://airflow.example.com:8080/base"
    for asked, there in (
        (deployment.airflow_url, f"{real}/"),
        (run_url(deployment.airflow_url, 3, "etl", "a/b c"), f"{real}/dags/etl/runs/a%2Fb%20c"),
        (run_url(deployment.airflow_url, 2, "etl", "a+b"), f"{real}/dags/etl/grid?dag_run_id=a%2Bb"),
    ):
        answer = visit(asked)
        assert (answer.status_code, answer.headers["Location"]) == (302, there)
    astro.set_status(deployment.id, "HIBERNATING")
    assert visit(deployment.airflow_url).status_code == 503


def test_a_run_that_moves_with_time_is_where_it_is_by_now(astro, visit):
    deployment_id = astro.add_deployment("sales")
    astro.add_dag(deployment_id, "etl")
    path = f"http://{astro.address}/airflow/{deployment_id}"
    client = AstroClient(astro.token, url=astro.url)
    airflow_client_by_id(client, deployment_id).dag_runs.create("etl", "r")
    assert "success" in visit(path).text
