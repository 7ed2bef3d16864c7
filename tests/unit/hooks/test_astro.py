"""The connection: where token, Organization and limits come from, and what the Test button says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import ssl
import time

import pytest
import requests
from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.utils.strings import get_random_string
from requests_mock import ANY

from astro_provider._provider_info import CONN_FIELDS
from astro_provider.errors import ConfigurationError
from astro_provider.hooks.astro import AstroHook
from astro_provider.operators.deployment import ListDeploymentsOperator
from dev.conditions import free_port
from tests.builders import workspaces
from tests.builders.addresses import URL
from tests.builders.deployments import listing
from tests.builders.tokens import token

WORKSPACE = "clworkspace00000000000002"
OWN = token(permissions=["apiTokenId:clt", "organizationId:clown", "workspaceId:clws"])


@pytest.fixture
def connect(monkeypatch):
    for name in ("ASTRO_API_TOKEN", "ASTRO_ORGANIZATION_ID"):
        monkeypatch.delenv(name, raising=False)

    def connect(password: str | None = OWN, host: str | None = URL, **extra: object) -> AstroHook:
        fields = {"conn_type": "astro", "password": password, "host": host, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", json.dumps({k: v for k, v in fields.items() if v}))
        return AstroHook()

    return connect


def sees(requests_mock, organization: str = "clown", **answer: object) -> None:
    url = f"{URL}/organizations/{organization}/deployments"
    requests_mock.get(url, **(answer or {"json": listing(total=3)}))


def test_the_token_alone_is_enough(connect):
    client = connect(host=None).client
    assert client.url == "https://api.astronomer.io/v1"
    assert client.organization_id == "clown"
    assert client.workspace_id == "clws"


def test_the_connection_wins_over_the_token_and_the_environment(connect, monkeypatch):
    hook = connect(organization_id="clother", workspace_id=WORKSPACE)
    monkeypatch.setenv("ASTRO_ORGANIZATION_ID", "clenv")
    monkeypatch.setenv("ASTRO_API_TOKEN", "env-token")
    assert (hook.client.organization_id, hook.client.workspace_id) == ("clother", WORKSPACE)


def test_the_token_wins_over_the_environments_organization(connect, monkeypatch):
    hook = connect()
    monkeypatch.setenv("ASTRO_ORGANIZATION_ID", "clenv")
    assert hook.client.organization_id == "clown"


def test_the_environment_stands_in_for_a_missing_connection(monkeypatch):
    monkeypatch.setenv("ASTRO_API_TOKEN", "env-token")
    monkeypatch.setenv("ASTRO_ORGANIZATION_ID", "clenv")
    client = AstroHook("there_is_none").client
    assert client.organization_id == "clenv"


def test_without_connection_and_environment_the_error_says_what_to_do(monkeypatch):
    monkeypatch.delenv("ASTRO_API_TOKEN", raising=False)
    with pytest.raises(ConfigurationError, match=r"there_is_none.*type Astro.*ASTRO_API_TOKEN"):
        _ = AstroHook("there_is_none").client


def test_a_connection_without_token_says_which_field(connect):
    with pytest.raises(ConfigurationError, match=r"astro_default.*API Token"):
        _ = connect(password=None).client


def test_a_token_that_names_no_organization_needs_one(connect):
    with pytest.raises(ConfigurationError, match="organization_id"):
        _ = connect(password=token(permissions=["apiTokenId:clt"])).client


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("opaque", "The token is not an Astro API token. Astro's tokens are JWTs"),
        ("two words", "The API token contains characters that no token has."),
        (token(sub="u"), "The Organization is unknown: the token does not contain it."),
    ],
)
def test_what_is_no_usable_token_is_told_so_with_its_connection(connect, password, words):
    with pytest.raises(ConfigurationError, match=re.escape(f"Connection 'astro_default': {words}")):
        _ = connect(password=password).client
    # The UI tests a connection under an id of its own, which nobody knows.
    ok, message = connect(password=password).test_connection()
    assert not ok
    assert message.startswith(words)


@pytest.mark.parametrize(
    ("key", "meant"),
    [("workspace", "workspace_id"), ("max_retrys", "max_retries"), ("organisation_id", "organization_id")],
)
def test_a_misspelt_key_of_extra_is_refused(connect, requests_mock, key, meant):
    ok, message = connect(**{key: "x"}).test_connection()
    assert not ok
    assert re.search(f"unknown key '{key}' in its extra. Did you mean '{meant}'[?] Known: organization_id, ", message)
    assert requests_mock.call_count == 0


def test_what_others_keep_in_extra_is_left_alone(connect):
    fields = {"owned_by": "platform team", "extra__astro__workspace_id": ""}  # the latter is the form of Airflow 2.11
    assert connect(**fields).client.organization_id == "clown"


def test_a_workspaces_name_is_no_workspace_id(connect, requests_mock):
    ok, message = connect(workspace_id="Development").test_connection()
    assert not ok
    assert "workspace_id = 'Development' in its extra, which does not look like an id" in message
    assert requests_mock.call_count == 0


def test_the_test_button_notices_a_workspace_that_the_token_does_not_see(connect, requests_mock):
    sees(requests_mock)
    pages = [{"json": workspaces.listing(*found)} for found in ([], [workspaces.workspace()])]
    requests_mock.get(f"{URL}/organizations/clown/workspaces", pages)
    ok, message = connect(workspace_id=WORKSPACE).test_connection()
    assert not ok
    assert f"There is no Workspace '{WORKSPACE}' that this token can see. Did you mean" in message
    assert "clworkspace00000000000001 (Development)" in message


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"request_timeout": "soon"}, "request_timeout = 'soon'.*1 to 600"),
        ({"request_timeout": 0}, "1 to 600"),
        ({"max_retries": -1}, "max_retries = -1.*0 to 20"),
    ],
)
def test_a_number_out_of_range_is_refused(connect, extra, words):
    with pytest.raises(ConfigurationError, match=words):
        _ = connect(**extra).client


def test_timeout_and_retries_are_the_connections(connect, requests_mock):
    sees(requests_mock, status_code=503)
    ok, message = connect(request_timeout="5", max_retries=0).test_connection()
    assert not ok
    assert "503" in message
    assert requests_mock.call_count == 1
    assert requests_mock.last_request.timeout == (5.0, 5.0)


def test_a_trigger_gets_its_client_without_blocking_the_loop(connect):
    hook = connect(request_timeout=600)

    async def run():
        return await hook.open_client()

    assert asyncio.run(run()).organization_id == "clown"


def test_the_test_button_makes_one_call_and_says_what_it_saw(connect, requests_mock):
    sees(requests_mock)
    ok, message = connect().test_connection()
    assert ok
    assert "clown" in message
    assert "3 Deployments" in message
    assert requests_mock.call_count == 1
    assert requests_mock.last_request.qs == {"limit": ["1"]}


def test_the_test_button_names_an_expired_tokens_day_without_a_call(connect, requests_mock):
    expired = token(permissions=["organizationId:clown"], exp=1_700_000_000)
    ok, message = connect(password=expired).test_connection()
    assert not ok
    assert message.endswith("expired on 2023-11-14 22:13 UTC. Create a new one in Astro, and put it in the connection.")
    assert requests_mock.call_count == 0


def test_a_token_from_the_environment_is_to_be_put_there_again(monkeypatch, requests_mock):
    monkeypatch.setenv("ASTRO_API_TOKEN", token(permissions=["organizationId:clown"], exp=1_700_000_000))
    message = AstroHook("there_is_none").test_connection()[1]
    assert message.endswith("Create a new one in Astro, and put it in the environment variable ASTRO_API_TOKEN.")
    monkeypatch.setenv("ASTRO_API_TOKEN", OWN)
    requests_mock.get("https://api.astronomer.io/v1/organizations/clown/deployments", status_code=401)
    message = AstroHook("there_is_none").test_connection()[1]
    assert "revoked or rotated. Put a valid token in the environment variable ASTRO_API_TOKEN." in message


@pytest.mark.parametrize("organization_id", ["", "clown"])
def test_what_is_no_token_is_told_so_with_its_variable(monkeypatch, requests_mock, organization_id):
    monkeypatch.setenv("ASTRO_API_TOKEN", "opaque")
    monkeypatch.setenv("ASTRO_ORGANIZATION_ID", organization_id)
    requests_mock.get("https://api.astronomer.io/v1/organizations/clown/deployments", status_code=401)
    with pytest.raises((ConfigurationError, AirflowFailException)) as caught:
        ListDeploymentsOperator(task_id="list", astro_conn_id="there_is_none").execute({})
    assert str(caught.value).startswith(
        "The environment variable ASTRO_API_TOKEN: The token is not an Astro API token."
    )


def test_the_test_button_says_when_a_good_token_ends(connect, requests_mock):
    sees(requests_mock)
    good = token(permissions=["organizationId:clown"], exp=int(time.time()) + 86400)
    assert "The token expires on" in connect(password=good).test_connection()[1]


@pytest.mark.parametrize(
    ("password", "extra", "answer", "words"),
    [
        ("gibberish", {"organization_id": "clown"}, {"status_code": 401}, "not an Astro API token"),
        (token(sub="u"), {"organization_id": "clown"}, {"status_code": 401}, "session token"),
        (OWN, {}, {"status_code": 401}, "revoked or rotated"),
        (OWN, {"organization_id": "clnot"}, {"status_code": 403}, "belongs to Organization clown"),
        (OWN, {"organization_id": "clnot"}, {"status_code": 404}, "belongs to Organization clown"),
        (OWN, {}, {"status_code": 403, "json": {"message": "no", "requestId": "req-9"}}, "allow listing.*req-9"),
        (OWN, {}, {"status_code": 404}, "no Organization clown"),
        (OWN, {"max_retries": 0}, {"exc": requests.exceptions.ConnectTimeout}, "could not be reached"),
        (OWN, {}, {"text": "<html>hello</html>"}, "not JSON"),
    ],
)
def test_the_test_button_says_what_is_wrong(connect, requests_mock, password, extra, answer, words):
    for organization in ("clown", "clnot"):
        sees(requests_mock, organization, **answer)
    ok, message = connect(password=password, **extra).test_connection()
    assert not ok
    assert re.search(words, message, re.DOTALL), message
    assert password not in message


def test_the_test_button_does_not_let_a_person_wait(connect, requests_mock):
    sees(requests_mock, exc=requests.exceptions.ConnectionError)
    ok, message = connect(request_timeout=600, max_retries=20).test_connection()
    assert not ok
    assert "could not be reached" in message
    assert requests_mock.call_count == 1
    assert requests_mock.last_request.timeout == (10.0, 10.0)


def test_the_test_button_ends_in_one_mark(connect, requests_mock):
    sees(requests_mock, exc=requests.exceptions.SSLError)
    assert connect().test_connection()[1].endswith("is the server's certificate valid?")


def test_the_test_button_says_what_to_do_about_a_certificate_that_is_not_trusted(connect, requests_mock):
    sees(requests_mock, exc=requests.exceptions.SSLError(ssl.SSLCertVerificationError(1, "self-signed certificate")))
    assert connect().test_connection()[1].startswith("api.example.com presented a TLS certificate that this")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_the_test_button_asks_whether_anything_listens_on_this_machine(connect, name):
    port = free_port()
    ok, message = connect(host=f"http://{name}:{port}").test_connection()
    assert not ok
    assert message == (
        f"Nothing on this machine is listening at {name}:{port}. Is the emulator running? "
        f"Start it with: python -m astro_provider.emulator --port {port}"
    )


def test_the_test_button_knows_an_address_without_tls(astro, connect):
    host = f"127.0.0.1:{astro.port}"
    assert connect(host=host).test_connection() == (
        False,
        f"{host} is on this machine, and does not accept TLS connections. If it is the emulator, write its address "
        f"with http: http://{host}/v1",
    )


@pytest.mark.parametrize("wrong", [{"password": None}, {"workspace_id": "Development"}, {"max_retrys": 3}])
def test_the_test_button_does_not_name_the_random_id_under_which_airflow_tests(connect, monkeypatch, wrong):
    connect(**wrong)
    assert AstroHook().test_connection()[1].startswith("The connection 'astro_default' has ")
    conn_id = get_random_string()
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", os.environ["AIRFLOW_CONN_ASTRO_DEFAULT"])
    assert AstroHook(conn_id).test_connection()[1].startswith("The connection has ")


def test_another_machine_that_refuses_a_connection_is_no_emulator(connect, requests_mock):
    requests_mock.get(ANY, exc=requests.exceptions.ConnectionError(ConnectionRefusedError()))
    message = connect(host="https://api.example.com").test_connection()[1]
    assert message == "https://api.example.com/v1 could not be reached: connection refused."


@pytest.mark.parametrize("host", ["https://api.example.com", "http://127.0.0.1:8899"])
def test_a_connection_that_nobody_refused_is_no_emulator_that_is_not_running(connect, requests_mock, host):
    requests_mock.get(ANY, exc=requests.exceptions.ConnectTimeout)
    message = connect(host=host).test_connection()[1]
    assert message == f"{host}/v1 could not be reached: no connection within 10 s."


def test_the_test_button_explains_a_plain_http_host(connect):
    ok, message = connect(host="http://api.example.com").test_connection()
    assert not ok
    assert "unencrypted" in message


#: What Flask and Airflow say of themselves while the form's libraries are imported.
not_ours = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@not_ours
def test_both_connection_forms_show_the_same_fields():
    widgets = pytest.importorskip("wtforms", reason="Airflow 3 draws the form from the provider's own description")
    assert widgets
    form = AstroHook.get_connection_form_widgets()
    assert list(form) == list(CONN_FIELDS)
    behaviour = AstroHook.get_ui_field_behaviour()
    assert behaviour["relabeling"]["password"] == "API Token"
    assert set(behaviour["hidden_fields"]) == {"schema", "login", "port", "extra"}


@pytest.mark.slow
@not_ours
def test_airflow_accepts_what_the_provider_says_about_itself(caplog):
    from airflow.providers_manager import ProvidersManager

    manager = ProvidersManager()
    assert manager.hooks["astro"].hook_name == "Astro"
    assert "password" in manager.field_behaviours["astro"]["relabeling"]
    fields = [name for name in manager.connection_form_widgets if name.startswith("extra__astro__")]
    assert sorted(fields) == sorted(f"extra__astro__{name}" for name in CONN_FIELDS)
    assert "astro_provider.links.OpenInAstroLink" in manager.extra_links_class_names
    assert [record for record in caplog.records if "astro" in record.getMessage().lower()] == []
