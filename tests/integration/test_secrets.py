"""Secrets of deploys, copies and runs, and what a real Airflow has of them afterwards: nothing."""

from __future__ import annotations

import json
import secrets

import pytest

from tests.airflow_document import MAJOR

from .conftest import SECRET
from .leaks import leaks, served_logs, upload_signatures

pytestmark = pytest.mark.real_airflow
DAG = "secret_work"
RUNTIME = {2: "13.2.0", 3: "3.3-2"}[MAJOR]
ENDS = {
    **dict.fromkeys(("deploy", "run", "fill", "fill_from_here"), "success"),
    **dict.fromkeys(("refused_deploy", "refused_fill"), "failed"),
}
#: Values by the variables that the DAG takes them from.
FILLED = {name: f"{name}-{secrets.token_hex(12)}" for name in ("fill_one", "fill_two", "fill_three")}
OWN = {name: f"own-{name}-{secrets.token_hex(12)}" for name in ("password", "extra", "value")}
SHOWN = {name: f"shown-{name}-{secrets.token_hex(12)}" for name in ("extra", "value")}


def refusal(*values: str) -> dict[str, object]:
    """The body of a refusal that repeats what was sent, as both lines have them."""
    said = f"{values} are not of type 'object' - 'extra'"
    if MAJOR == 2:
        return {"title": "Bad Request", "status": 400, "detail": said}
    return {"detail": [{"type": "object", "loc": ["body"], "msg": said, "input": {"password": values[0]}}]}


@pytest.fixture(scope="module")
def deployments(astro):
    names = ("secret-source", "secret-target", "secret-refusing")
    source, target, refusing = (astro.add_deployment(name, astroRuntimeVersion=RUNTIME) for name in names)
    extra = json.dumps({"region": SHOWN["extra"], "token": "masked"})
    astro.add_airflow_connection(source, "warehouse", conn_type="postgres", host="h", password="masked", extra=extra)
    astro.add_airflow_variable(source, "region", SHOWN["value"])
    astro.add_airflow_variable(source, "api_token", "masked")
    astro.order_dag_runs(target, "deployed_etl", failed_tasks=["check"], log="it failed", times=1)
    astro.fault("PUT", f"/uploads/{refusing}", status=403, times=99)
    body = refusal(FILLED["fill_one"], FILLED["fill_two"], SHOWN["extra"])  # all of it was sent in this request
    for method in ("POST", "PATCH"):
        path = f"/airflow/{refusing}/api/v{MAJOR - 1}/connections"
        astro.fault(method, path, status=400 if MAJOR == 2 else 422, body=body, times=99)
    yield {"target": target, "refusing": refusing}
    astro.clear_faults()


@pytest.fixture(scope="module")
def run_id(airflow, deployments):
    airflow.store_variables({**FILLED, "own_value": OWN["value"]})
    extra = json.dumps({"key": OWN["extra"]})
    airflow.store_connections({"own_warehouse": {"conn_type": "http", "password": OWN["password"], "extra": extra}})
    run_id = airflow.trigger(DAG)
    airflow.finish(DAG, run_id)
    return run_id


def test_the_tasks_end_as_they_should(airflow, run_id):
    states = {name: task.state for name, task in airflow.metadata.tasks(DAG, run_id).items()}
    assert states == ENDS, "\n".join(airflow.task_log(DAG, run_id, name) for name in ENDS if ENDS[name] != states[name])
    assert "403" in airflow.task_log(DAG, run_id, "refused_deploy")
    assert "check" in airflow.task_log(DAG, run_id, "run")


def test_the_secrets_arrive(astro, deployments, run_id):
    target = deployments["target"]
    warehouse = astro.airflow_connection(target, "warehouse")
    assert warehouse["password"] == FILLED["fill_one"]
    assert json.loads(warehouse["extra"]) == {"region": SHOWN["extra"], "token": FILLED["fill_two"]}
    own = astro.airflow_connection(target, "own_warehouse")
    assert (own["password"], json.loads(own["extra"])) == (OWN["password"], {"key": OWN["extra"]})
    values = {key: astro.airflow_variable(target, key) for key in ("region", "api_token", "own_value")}
    assert values == {"region": SHOWN["value"], "api_token": FILLED["fill_three"], "own_value": OWN["value"]}
    assert [run["conf"] for run in astro.dag_runs(target)] == [{"password": SECRET}]


def test_no_secret_is_in_the_metadata_database_or_in_any_file_or_log(airflow, astro, deployments, run_id):
    hidden = {
        "the token": astro.token,
        "the run's conf": SECRET,
        **FILLED,
        **{f"own {name}": value for name, value in OWN.items()},
        **{f"shown {name}": value for name, value in SHOWN.items()},
        **upload_signatures(astro),
    }
    assert any(deployments["target"] in name for name in hidden)
    assert leaks(airflow, hidden) == []
    logs = served_logs(airflow, DAG, run_id)
    assert {task_id for task_id, _ in logs} == ENDS.keys()
    assert [(log, name) for log, text in logs.items() for name, value in hidden.items() if value in text] == []
