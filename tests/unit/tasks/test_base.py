"""How a task fails: what helps stands first, and the log has one traceback."""

from __future__ import annotations

import asyncio
import json
import ssl
import traceback

import pytest
import requests
import requests_mock as mocking
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from astro_provider.errors import AstroError, ConfigurationError, NoResponseError, RateLimitedError
from astro_provider.hooks.astro import AstroHook
from astro_provider.operators.dag_runs import TriggerDeploymentDagRunOperator
from astro_provider.operators.deployment import (
    CreateDeploymentFromTemplateOperator,
    DeleteDeploymentOperator,
    InspectDeploymentOperator,
    ListDeploymentsOperator,
)
from astro_provider.sensors.deployment import DeploymentStatusSensor
from dev.conditions import free_port
from tests.unit.running import TEMPLATE

GOOD = {"template": TEMPLATE, "deployment_name": "new", "environment_variables": {"PASSWORD": "x"}}
#: What somebody does wrong: the operator, its arguments, fields of the connection, and a fault of Astro.
MISTAKES = {
    "no connection": (InspectDeploymentOperator, {"deployment_id": "x", "astro_conn_id": "none"}, {}, {}),
    "another type": (ListDeploymentsOperator, {}, {"conn_type": "http"}, {}),
    "a wrong token": (ListDeploymentsOperator, {}, {"password": "hunter2"}, {}),
    "a role too low": (ListDeploymentsOperator, {}, {}, {"status": 403}),
    "a name that is not there": (InspectDeploymentOperator, {"deployment_name": "nobody"}, {}, {}),
    "a name for an id": (InspectDeploymentOperator, {"deployment_id": "staging"}, {}, {}),
    "a guard": (DeleteDeploymentOperator, {"deployment_name": "staging", "require_name_pattern": "pr-*"}, {}, {}),
    "a file that is not there": (CreateDeploymentFromTemplateOperator, {**GOOD, "template": "no.yaml"}, {}, {}),
    "a key misspelt": (
        CreateDeploymentFromTemplateOperator,
        {**GOOD, "template": TEMPLATE.replace("executor", "exekutor")},
        {},
        {},
    ),
    "what is not possible": (
        CreateDeploymentFromTemplateOperator,
        {**GOOD, "template": TEMPLATE.replace("A5", "A500")},
        {},
        {},
    ),
    "a template that gives nothing": (DeleteDeploymentOperator, {"deployment_id": "{{ none }}"}, {}, {}),
    "a DAG that is not there": (
        TriggerDeploymentDagRunOperator,
        {"deployment_name": "staging", "trigger_dag_id": "etl"},
        {},
        {},
    ),
    "a status in vain": (
        DeploymentStatusSensor,
        {"deployment_name": "staging", "timeout": 0, "deferrable": True},
        {},
        {},
    ),
    "too many requests": (ListDeploymentsOperator, {}, {}, {"status": 429}),
    "no response": (ListDeploymentsOperator, {}, {}, {"drop": "before"}),
}


@pytest.fixture
def fails(astro, runner, monkeypatch):
    """Run a task in vain; returns its error."""
    astro.set_status(astro.add_deployment("staging"), "CREATING")
    astro.add_deployment("awake")

    def fails(operator, arguments=(), connection=(), fault=()):
        fields = {**astro.connection(), "extra": {"max_retries": 0, "organization_id": astro.organization_id}}
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps({**fields, **dict(connection)}))
        if fault:
            astro.fault("GET", "/organizations/*/deployments", times=9, **fault)
        with pytest.raises((AirflowException, AstroError)) as caught:
            runner.run(operator, **dict(arguments))
        return caught.value

    return fails


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_log_has_one_traceback(fails, mistake):
    logged = "".join(traceback.format_exception(fails(*MISTAKES[mistake])))
    assert logged.count("Traceback (most recent call last)") == 1, logged


def test_an_address_without_an_answer_is_named_with_its_connection(fails, requests_mock):
    requests_mock.get(mocking.ANY, exc=requests.exceptions.ConnectTimeout)
    error = fails(ListDeploymentsOperator, {}, {"host": "https://api.example.com"})
    assert isinstance(error, NoResponseError)
    first, second = str(error).splitlines()
    assert first.startswith("Connection 'astro_default': api.example.com cannot be reached from this machine. Check")
    assert second.startswith("GET /organizations/")
    assert " got no response from api.example.com: no connection within " in second


@pytest.mark.parametrize("proxy", [False, True], ids=["", "through a proxy"])
def test_a_certificate_that_is_not_trusted_is_no_address_that_cannot_be_reached(fails, requests_mock, proxy):
    untrusted = requests.exceptions.SSLError(ssl.SSLCertVerificationError(1, "self-signed certificate in chain"))
    requests_mock.get(mocking.ANY, exc=requests.exceptions.ProxyError(untrusted) if proxy else untrusted)
    error = fails(ListDeploymentsOperator, {}, {"host": "https://api.example.com"})
    assert isinstance(error, NoResponseError)
    first, second = str(error).splitlines()
    assert first == (
        "Connection 'astro_default': api.example.com presented a TLS certificate that this machine does not "
        "trust. If a proxy in between replaces certificates, set the environment variable REQUESTS_CA_BUNDLE to the "
        "path of a CA bundle that contains the proxy's CA certificate."
    )
    assert second.endswith(" the server's TLS certificate is not trusted.")


def test_an_address_of_this_machine_asks_for_the_emulator(fails, caplog):
    port = free_port()
    error = fails(ListDeploymentsOperator, {}, {"host": f"http://127.0.0.1:{port}", "extra": {"max_retries": 2}})
    first, second = (line for line in caplog.messages if line.startswith("Trying again"))
    hint = " Nothing on this machine is listening there; is the emulator running?"
    assert first.endswith(f"connection refused.{hint}")
    assert hint not in second
    assert isinstance(error, NoResponseError)
    first, second = str(error).splitlines()
    assert first == (
        f"Connection 'astro_default': Nothing on this machine is listening at 127.0.0.1:{port}. "
        f"Is the emulator running? Start it with: python -m astro_provider.emulator --port {port}"
    )
    assert second.startswith("GET /organizations/")
    assert second.endswith(f" got no response from 127.0.0.1:{port}: connection refused.")


def test_an_address_of_this_machine_without_a_scheme_asks_for_it_at_once(fails, astro, caplog):
    fails(ListDeploymentsOperator, {}, {"host": f"127.0.0.1:{astro.port}", "extra": {"max_retries": 2}})
    first, second = (line for line in caplog.messages if line.startswith("Trying again"))
    hint = " The server is on this machine, and may not accept TLS; does its address need http://?"
    assert (first.endswith(hint), hint in second) == (True, False)


def test_a_timeout_is_no_address_that_cannot_be_reached(fails):
    error = fails(ListDeploymentsOperator, {}, {}, {"drop": "after"})
    assert str(error).startswith("Connection 'astro_default': 127.0.0.1:")
    assert "did not return a complete response; it may have received the request" in str(error)


@pytest.mark.parametrize(("pause", "when"), [(1, "a minute"), (600, "10 minutes")])
def test_a_rate_limit_says_whose_it_is_and_when_to_try_again(fails, pause, when):
    error = fails(ListDeploymentsOperator, {}, {}, {"status": 429, "headers": {"Retry-After": str(pause)}})
    assert isinstance(error, RateLimitedError)
    said, _, _ = str(error).partition("\n")
    assert said.startswith("Connection 'astro_default': Astro's rate limit has been exceeded")
    assert said.endswith(f" Try again in {when}.")


def test_a_name_that_is_not_in_the_connections_workspace_may_be_in_another(fails, astro):
    extra = {"organization_id": astro.organization_id, "workspace_id": astro.add_workspace("Other")}
    error = fails(InspectDeploymentOperator, {"deployment_name": "nobody"}, {"extra": extra})
    assert str(error) == (
        f"Deployment 'nobody' in Workspace {extra['workspace_id']} does not exist, or this token cannot see it. "
        "To look in another Workspace, set the argument workspace."
    )


def test_a_token_of_one_workspace_is_not_sent_to_another(fails, astro):
    own = {"password": astro.issue_token("WORKSPACE_OPERATOR"), "extra": {}}
    error = fails(InspectDeploymentOperator, {"deployment_name": "stagin"}, own)
    assert str(error).endswith("or this token cannot see it. Did you mean 'staging'?")


@pytest.mark.parametrize("place", ["Connection 'astro_default'", "The environment variable ASTRO_API_TOKEN"])
def test_a_token_that_lacks_a_permission_is_named_by_its_place(fails, astro, monkeypatch, place):
    monkeypatch.setenv("ASTRO_API_TOKEN", astro.token)
    kept = {} if place.startswith("Connection") else {"password": None}
    error = fails(ListDeploymentsOperator, {}, kept, {"status": 403})
    assert str(error).startswith(f"{place}: The token may lack the permission for this request; see")


def test_the_rate_limit_of_a_deployments_airflow_is_not_astros(fails, astro):
    astro.fault("GET", "/airflow/*/api/*/dags/*", times=9, status=429)
    error = fails(TriggerDeploymentDagRunOperator, {"deployment_name": "awake", "trigger_dag_id": "etl"})
    assert isinstance(error, RateLimitedError)
    assert "Astro's rate limit" not in str(error)


def test_a_forbidden_request_says_that_the_token_may_lack_a_permission(fails):
    error = fails(ListDeploymentsOperator, {}, {}, {"status": 403})
    assert isinstance(error, AirflowFailException)
    assert str(error).startswith("Connection 'astro_default': The token may lack the permission for this request; see")
    assert "\nGET /organizations/" in str(error)


def test_what_to_do_stands_before_what_was_sent(fails):
    error = fails(ListDeploymentsOperator, {}, {"password": "hunter2"})
    assert isinstance(error, AirflowFailException)
    assert str(error).startswith("Connection 'astro_default': The token is not an Astro API token")
    assert "\nGET /organizations/" in str(error)


def test_a_connection_of_another_type_is_refused_by_name_and_nothing_is_sent(astro, fails):
    error = fails(ListDeploymentsOperator, {}, {"conn_type": "postgres"})
    assert str(error).startswith("The connection 'astro_default' is of type 'postgres', not 'astro'.")
    assert astro.requests == []


@pytest.mark.usefixtures("astro")
def test_a_trigger_refuses_it_too(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", "http://:token@api.example.com")
    with pytest.raises(ConfigurationError, match="connection 'other' is of type 'http', not 'astro'"):
        asyncio.run(AstroHook("other").open_client())


def test_a_connection_without_a_type_is_taken(astro, runner, monkeypatch):
    fields = {name: value for name, value in astro.connection().items() if name != "conn_type"}
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps(fields))
    assert runner.run(ListDeploymentsOperator) == []


def test_what_the_original_error_was_can_be_asked(fails):
    error = fails(ListDeploymentsOperator, {}, {"conn_type": "postgres"})
    assert isinstance(error.__context__, ConfigurationError)
