"""What the control API adds to the Airflow of a Deployment in a running emulator."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.emulator.calls import control

PAGE = Path(__file__).parents[3] / "docs" / "emulator.md"
CONNECTION = {
    "connection_id": "warehouse",
    "conn_type": "postgres",
    "description": "d",
    "host": "h",
    "login": "l",
    "schema": "s",
    "port": 5432,
    "password": "s3cret",
    "extra": '{"token": "t0p"}',
}


def test_a_connection_a_variable_and_a_pool_are_added_over_http(astro):
    made = astro.add_deployment("sales")
    variable = {"key": "api_key", "value": "s3cret", "description": "d"}
    pool = {"name": "db", "slots": -1, "description": "d", "include_deferred": True}
    answers = [
        control(astro, "POST", f"/deployments/{made}/connections", CONNECTION),
        control(astro, "POST", f"/deployments/{made}/variables", variable),
        control(astro, "POST", f"/deployments/{made}/pools", pool),
    ]
    assert [each.json() for each in answers] == [{"connection_id": "warehouse"}, {"key": "api_key"}, {"name": "db"}]
    assert astro.airflow_connection(made, "warehouse") == CONNECTION
    assert astro.airflow_variable(made, "api_key") == "s3cret"
    assert astro.airflow_pool(made, "db") == pool


def test_what_is_left_out_is_as_in_python(astro):
    over_http, in_python = astro.add_deployment("one"), astro.add_deployment("two")
    control(astro, "POST", f"/deployments/{over_http}/connections", {"connection_id": "c"})
    control(astro, "POST", f"/deployments/{over_http}/pools", {"name": "p", "slots": 1})
    astro.add_airflow_connection(in_python, "c")
    astro.add_airflow_pool(in_python, "p", 1)
    assert astro.airflow_connection(over_http, "c") == astro.airflow_connection(in_python, "c")
    assert astro.airflow_pool(over_http, "p") == astro.airflow_pool(in_python, "p")


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("connections", {"conn_id": "c"}, "has no field 'conn_id'. Did you mean 'connection_id'?"),
        ("connections", {"conn_type": "http", "password": "s3cret"}, "connection_id failed check on required"),
        ("connections", {"connection_id": "c", "extra": {"token": "s3cret"}}, "extra should be a string"),
        ("connections", {"connection_id": "c", "port": "s3cret"}, "port should be an integer"),
        ("variables", {"key": "k", "value": ["s3cret"]}, "value should be a string"),
        ("variables", {"key": " ", "value": "s3cret"}, "key failed check on required"),
        ("variables", {"key": "k", "val": "s3cret"}, "has no field 'val'. Did you mean 'value'?"),
        ("pools", {"name": "p"}, "slots failed check on required"),
        ("pools", {"name": "p", "slots": -2}, "slots should be min: -1"),
    ],
)
def test_what_cannot_be_is_refused_and_its_secret_is_not_repeated(astro, kind, body, said):
    made = astro.add_deployment("sales")
    refused = control(astro, "POST", f"/deployments/{made}/{kind}", body)
    assert refused.status_code == 400
    assert said in refused.json()["message"]
    assert "s3cret" not in refused.text


def test_an_unknown_deployment_is_a_404_that_says_what_exists(astro):
    made = astro.add_deployment("sales")
    refused = control(astro, "POST", "/deployments/sales/connections", {"connection_id": "c", "password": "s3cret"})
    assert (refused.status_code, refused.json()["message"]) == (
        404,
        f"There is no Deployment with the id 'sales'. Ids: {made} (sales).",
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_the_commands_of_the_page_can_be_typed(astro):
    typed = [text for text in re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL) if "curl" in text]
    script = "".join(typed).replace("127.0.0.1:8899", astro.address)
    subprocess.run(["bash", "-euc", script], check=True, capture_output=True, timeout=60)
    sales = next(each["id"] for each in astro.deployments if each["name"] == "sales")
    assert astro.airflow_connection(sales, "warehouse")["password"] == "s3cret"
    assert (astro.airflow_variable(sales, "region"), astro.airflow_pool(sales, "db")["slots"]) == ("eu", 4)
    later = astro.add_deployment("pr-1")
    astro.add_dag(later, "check_orders", ["no_nulls"])
    astro.add_dag_run(later, "check_orders", "r")
    assert [run["state"] for run in astro.dag_runs(later)] == ["failed"]
