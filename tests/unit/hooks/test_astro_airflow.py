"""One connection serves the Airflow of every Deployment."""

from __future__ import annotations

import json

import pytest

from astro_provider.errors import ConfigurationError, HibernatingError, NameLookupError
from astro_provider.hooks.astro import AstroHook
from tests.builders import airflow as build
from tests.builders.addresses import ORG, URL, path
from tests.builders.deployments import deployment, listing

ID = "cldeployment0000000000001"


@pytest.fixture
def connect(monkeypatch):
    def connect(**extra: object) -> AstroHook:
        fields = {"conn_type": "astro", "password": "a-token", "host": URL, "extra": {"organization_id": ORG, **extra}}
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(fields))
        return AstroHook()

    return connect


def test_the_airflow_of_a_deployment_is_found_by_its_id_or_its_name(connect, requests_mock):
    found = deployment(apiUrl="https://org.astronomer.run/d/api/v2", environmentVariables=[])
    requests_mock.get(path(f"/deployments/{ID}"), json=found)
    requests_mock.get(path("/deployments"), json=listing(found))
    requests_mock.get("https://org.astronomer.run/d/api/v2/dags/etl", json=build.dag(3))
    hook = connect()
    assert hook.airflow(ID).dags.get("etl").bundle_name == "main"
    assert hook.airflow(deployment_name="staging").dags.get("etl").dag_id == "etl"
    assert requests_mock.last_request.headers["Authorization"] == "Bearer a-token"


def test_a_deployment_that_does_not_exist_or_hibernates_is_a_clear_error(connect, requests_mock):
    requests_mock.get(path("/deployments"), json=listing())
    with pytest.raises(NameLookupError, match="'staging' does not exist"):
        connect().airflow(deployment_name="staging")
    requests_mock.get(path(f"/deployments/{ID}"), json=deployment(status="HIBERNATING"))
    with pytest.raises(HibernatingError):
        connect().airflow(ID)


@pytest.mark.parametrize(
    "domains",
    ["airflow.example.com", " a.example.com , airflow.example.com,", ["a.example.com", "airflow.example.com"]],
    ids=str,
)
def test_domains_come_from_the_connection_as_a_list_or_with_commas(connect, requests_mock, domains):
    requests_mock.get(path(f"/deployments/{ID}"), json=deployment(apiUrl="https://x.airflow.example.com/api/v2"))
    with pytest.raises(ConfigurationError, match="airflow_domains"):
        connect().airflow(ID)
    assert connect(airflow_domains=domains).airflow(ID).major == 3


@pytest.mark.parametrize("domains", ["*.example.com", ["https://example.com"], {"a": 1}, 7, "com"], ids=str)
def test_domains_that_are_none_are_an_error_of_the_connection(connect, domains):
    with pytest.raises(ConfigurationError, match=r"connection 'astro_default'.*airflow_domains.*is not a domain"):
        _ = connect(airflow_domains=domains).client


def test_the_hook_does_not_explain_an_error_of_airflow_by_the_token(connect, requests_mock):
    requests_mock.get(path(f"/deployments/{ID}"), json=deployment())
    requests_mock.get("https://example.astronomer.run/abc/api/v2/dags/etl", status_code=401, text="")
    hook = connect()
    with pytest.raises(Exception, match="no access to the Airflow") as caught:
        hook.airflow(ID).dags.get("etl")
    assert hook.explain(caught.value) is None
