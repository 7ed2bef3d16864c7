"""The token goes to the Airflow that Astro names for a Deployment, and to no other host."""

from __future__ import annotations

import pytest

from astro_provider.airflow_api import connect
from astro_provider.airflow_api.connect import airflow_client, airflow_client_by_id
from astro_provider.client import AstroClient
from astro_provider.errors import ConfigurationError, HibernatingError, UnexpectedResponseError
from astro_provider.models.deployments import Deployment
from tests.builders import airflow as build
from tests.builders.addresses import ORG, URL, path
from tests.builders.deployments import deployment

ID = "cldeployment0000000000001"


def a_deployment(**fields: object) -> Deployment:
    return Deployment.model_validate(deployment(**fields))


def with_domains(*domains: str) -> AstroClient:
    return AstroClient("a-token", url=URL, organization_id=ORG, airflow_domains=domains)


@pytest.mark.parametrize(
    "url",
    [
        "https://org.astronomer.run/d/api/v2",
        "https://ORG.Astronomer.Run/d/api/v2",
        "https://a.b.astronomer.run:8443/d/api/v2?orgId=org_1",
        "org.astronomer.run/d/api/v2",
        "http://127.0.0.1:8899/airflow/d/api/v2",
        "http://localhost:8899/airflow/d/api/v2",
        "http://[::1]:8899/airflow/d/api/v2",
    ],
)
def test_the_token_goes_below_astros_own_domain_and_to_this_machine(client, requests_mock, url):
    airflow = airflow_client(client, a_deployment(apiUrl=url))
    requests_mock.get("/d/api/v2/dags", json=build.page("dags"))
    requests_mock.get("/airflow/d/api/v2/dags", json=build.page("dags"))
    assert airflow.dags.list() == []
    assert requests_mock.last_request.headers["Authorization"] == "Bearer a-token"


@pytest.mark.parametrize(
    "url",
    [
        "http://org.astronomer.run/d/api/v2",
        "https://astronomer.run.example.com/d/api/v2",
        "https://notastronomer.run/d/api/v2",
        "https://example.com/astronomer.run/api/v2",
        "https://org.astronomer.run@example.com/api/v2",
        "https://user:password@org.astronomer.run/api/v2",
        "https://example.com\\.astronomer.run/api/v2",
        "https://example.com%2f.astronomer.run/api/v2",
        "https://example.com\t.astronomer.run/api/v2",
        "https://example.com\n.astronomer.run/api/v2",
        "https://exämple.com#.astronomer.run/api/v2",
        "ftp://org.astronomer.run/api/v2",
        "https://[::1",
        "https:///api/v2",
        "https://10.0.0.1/api/v2",
        "http://127.0.0.1.example.com/api/v2",
    ],
)
def test_every_other_address_is_refused_before_anything_is_sent(client, requests_mock, url):
    with pytest.raises(ConfigurationError, match="airflow_domains") as caught:
        airflow_client(client, a_deployment(apiUrl=url))
    assert "a-token" not in str(caught.value)
    assert "password" not in str(caught.value)
    assert requests_mock.request_history == []


def test_a_domain_of_the_connection_is_allowed_with_the_hosts_below_it():
    client = with_domains(" .Airflow.Example.com. ")
    for host in ("airflow.example.com", "one.airflow.example.com"):
        airflow_client(client, a_deployment(apiUrl=f"https://{host}/api/v2"))
    for host in ("example.com", "other-airflow.example.com"):
        with pytest.raises(ConfigurationError, match=r"astronomer\.run, airflow\.example\.com"):
            airflow_client(client, a_deployment(apiUrl=f"https://{host}/api/v2"))
    with pytest.raises(ConfigurationError):
        airflow_client(client, a_deployment(apiUrl="http://airflow.example.com/api/v2"))


@pytest.mark.parametrize(
    "domain",
    ["com", "*.example.com", "https://example.com", "example.com/x", "example.com:8080", "10.0.0.1", "", "a b.c"],
)
def test_what_is_no_domain_is_refused_with_an_example(domain):
    with pytest.raises(ConfigurationError, match=r"airflow\.example\.com"):
        with_domains(domain)


def test_a_redirect_to_another_host_is_refused(line, requests_mock):
    requests_mock.get(f"{line.url}/dags", status_code=302, headers={"Location": "https://login.example.com/"})
    requests_mock.get("https://login.example.com/", text="give me your token")
    requests_mock.get(path(f"/deployments/{ID}"), json=deployment())
    with pytest.raises(UnexpectedResponseError, match="another host"):
        line.airflow.dags.list()
    assert all(sent.hostname != "login.example.com" for sent in requests_mock.request_history)


@pytest.mark.parametrize(
    ("version", "url_path", "sent_to"),
    [
        ("2.10.5", "/d/api/v1", "/d/api/v1/dags"),
        ("3.1.0", "/d/api/v2/", "/d/api/v2/dags"),
        ("3.0.1+astro.1", "/d/api/v1", "/d/api/v2/dags"),  # an upgrade that the address does not show yet
        (None, "/d/api/v1", "/d/api/v1/dags"),
        ("3.1.0", "/d", "/d/api/v2/dags"),
    ],
)
def test_the_api_is_chosen_by_the_deployments_airflow_version(client, requests_mock, version, url_path, sent_to):
    found = a_deployment(apiUrl=f"https://org.astronomer.run{url_path}", airflowVersion=version)
    requests_mock.get(f"https://org.astronomer.run{sent_to}", json=build.page("dags"))
    assert airflow_client(client, found).dags.list() == []


@pytest.mark.parametrize(("version", "url"), [("1.10.15", "/api/v1"), ("4.0.0", "/api/v3"), (None, "/d")])
def test_an_airflow_that_this_package_does_not_know_is_refused(client, version, url):
    found = a_deployment(apiUrl=f"https://org.astronomer.run{url}", airflowVersion=version)
    with pytest.raises(ConfigurationError, match="Airflow 2 and Airflow 3"):
        airflow_client(client, found)


def test_a_deployment_that_hibernates_is_refused_before_anything_is_sent(client, requests_mock):
    with pytest.raises(HibernatingError, match=r"staging.*hibernating"):
        airflow_client(client, a_deployment(status="HIBERNATING"))
    assert requests_mock.request_history == []


def test_a_deployment_is_read_once_for_many_calls_and_again_after_a_while(client, requests_mock, monkeypatch):
    reads = requests_mock.get(path(f"/deployments/{ID}"), json=deployment())
    first = airflow_client_by_id(client, ID)
    assert airflow_client_by_id(client, ID) is first
    assert reads.call_count == 1
    now = connect.time.monotonic()
    monkeypatch.setattr(connect.time, "monotonic", lambda: now + connect.LIFE + 1)
    assert airflow_client_by_id(client, ID) is not first
    assert reads.call_count == 2
