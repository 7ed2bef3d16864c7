"""What goes over the wire, what is sent again, and what an error says."""

from __future__ import annotations

import traceback

import pytest
import requests

from astro_provider import __version__
from astro_provider.client import AstroClient
from astro_provider.errors import (
    ApiError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    ForbiddenError,
    NoResponseError,
    NotFoundError,
    ServerError,
    UnauthorizedError,
    UnexpectedResponseError,
)
from astro_provider.http.messages import Request
from astro_provider.http.transport import RequestsTransport
from tests.builders.addresses import ORG, URL, path
from tests.builders.deployments import deployment
from tests.builders.errors import error

ONE = "/deployments/cldeployment0000000000001"
ID = "cldeployment0000000000001"


def test_every_call_names_the_client_and_pins_the_api_version(client, requests_mock):
    requests_mock.get(path(ONE), json=deployment())
    assert client.deployments.get(ID).name == "staging"
    sent = requests_mock.last_request
    assert sent.headers["Authorization"] == "Bearer a-token"
    assert sent.headers["X-API-Version"] == "1.0"
    assert sent.headers["X-Astro-Client-Identifier"] == "airflow-provider-astro"
    assert sent.headers["X-Astro-Client-Version"] == __version__
    assert sent.headers["User-Agent"] == f"airflow-provider-astro/{__version__}"
    assert sent.timeout == (10.0, 60.0)


def test_a_netrc_entry_does_not_replace_the_token(client, requests_mock, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.example.com login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    requests_mock.get(path(ONE), json=deployment())
    client.deployments.get(ID)
    assert requests_mock.last_request.headers["Authorization"] == "Bearer a-token"


def test_proxies_and_certificates_come_from_the_environment(client, requests_mock, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "direct.example.com")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", __file__)
    requests_mock.get(path(ONE), json=deployment())
    client.deployments.get(ID)
    client.deployments.get(ID)
    transport = RequestsTransport()
    for host in ("direct.example.com", "other.example.com"):
        requests_mock.get(f"https://{host}/file", text="x")
        transport.send(Request("GET", f"https://{host}/file"), "/file")
    used = [(sent.hostname, sent.proxies.get("https"), sent.verify) for sent in requests_mock.request_history]
    proxy = "http://proxy.example.com:3128"
    assert used == [
        ("api.example.com", proxy, __file__),
        ("api.example.com", proxy, __file__),
        ("direct.example.com", None, __file__),
        ("other.example.com", proxy, __file__),
    ]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, UnauthorizedError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, ConflictError),
        (412, ConflictError),
        (405, ApiError),
        (501, ServerError),
    ],
)
def test_a_lasting_error_is_raised_at_once_with_all_the_api_said(client, requests_mock, status, kind):
    field = {"field": "name", "code": "max", "message": "is too long"}
    body = error(status, "No, because of this", requestId="req-17", fieldErrors=[field])
    requests_mock.get(path(ONE), status_code=status, json=body)
    with pytest.raises(kind) as caught:
        client.deployments.get(ID)
    assert requests_mock.call_count == 1
    for part in ("GET", ONE, str(status), "No, because of this", "req-17", "name", "is too long", "max"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"text": ""}, "empty"),
        ({"text": "<html>Sign in to the proxy</html>", "headers": {"Content-Type": "text/html"}}, "Sign in"),
        ({"text": '{"id": "x", "na'}, "not JSON"),
        ({"text": "[1]"}, "list"),
        ({"json": {"id": "x"}}, "createdAt"),
    ],
    ids=["empty", "html", "truncated", "wrong root", "missing fields"],
)
def test_a_success_that_is_not_the_apis_is_a_typed_error(client, requests_mock, answer, words):
    requests_mock.get(path(ONE), **answer)
    with pytest.raises(UnexpectedResponseError, match=words):
        client.deployments.get(ID)


def test_an_error_body_that_is_not_json_is_quoted_in_short(client, requests_mock):
    requests_mock.get(path(ONE), status_code=403, text="<html>" + "x" * 5000 + "</html>")
    with pytest.raises(ForbiddenError) as caught:
        client.deployments.get(ID)
    assert "<html>" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_redirect_to_another_host_is_refused_and_the_token_not_sent(client, requests_mock):
    requests_mock.get(path(ONE), status_code=302, headers={"Location": "https://evil.example.org/v1"})
    elsewhere = requests_mock.get("https://evil.example.org/v1", json={})
    with pytest.raises(UnexpectedResponseError, match=r"evil\.example\.org"):
        client.deployments.get(ID)
    assert not elsewhere.called
    assert requests_mock.call_count == 1


def test_a_redirect_on_the_same_host_is_followed_for_reads(client, requests_mock):
    requests_mock.get(path(ONE), status_code=307, headers={"Location": "/v1/moved"})
    requests_mock.get(f"{URL}/moved", json=deployment())
    assert client.deployments.get(ID).id == ID


def test_a_redirect_of_a_write_is_refused(client, requests_mock):
    requests_mock.post(path(ONE), status_code=307, headers={"Location": "/v1/moved"})
    with pytest.raises(UnexpectedResponseError, match="POST"):
        client.deployments.update(ID, {"name": "x"})


def test_neither_token_nor_secret_stands_in_an_error_or_its_traceback(client, requests_mock):
    secret = "s3cr3t-of-the-warehouse"
    body = {"name": "n", "workspaceId": "w", "environmentVariables": [{"key": "K", "value": secret, "isSecret": True}]}
    message = f"Bearer a-token: value {secret} of K is bad"
    requests_mock.post(path("/deployments"), status_code=400, json=error(400, message))
    with pytest.raises(BadRequestError) as caught:
        client.deployments.create(body)
    text = "".join(traceback.format_exception(caught.value))
    assert secret not in text
    assert "a-token" not in text
    assert "****" in str(caught.value)


def test_a_connection_error_does_not_keep_the_request_that_holds_the_token(client, requests_mock):
    requests_mock.get(path(ONE), exc=requests.exceptions.ReadTimeout)
    with pytest.raises(NoResponseError) as caught:
        client.deployments.get(ID)
    assert caught.value.__context__ is None
    assert "60 s" in str(caught.value)


@pytest.mark.parametrize(
    "host", ["http://api.example.com", "ftp://x", "https://user:pw@x", "https://x/v1?a=b", "https://x:nan"]
)
def test_an_address_that_is_not_safe_for_a_token_is_refused(host):
    with pytest.raises(ConfigurationError):
        AstroClient("t", url=host, organization_id=ORG)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        (None, "https://api.astronomer.io/v1"),
        ("", "https://api.astronomer.io/v1"),
        ("api.astronomer.io", "https://api.astronomer.io/v1"),
        ("https://api.astronomer.io/", "https://api.astronomer.io/v1"),
        ("https://api.astronomer-stage.io/v1/", "https://api.astronomer-stage.io/v1"),
        ("http://localhost:8899", "http://localhost:8899/v1"),
        ("http://127.0.0.1:8899/v1", "http://127.0.0.1:8899/v1"),
        ("http://[::1]:8899", "http://[::1]:8899/v1"),
    ],
)
def test_an_address_is_completed(host, url):
    assert AstroClient("t", url=host, organization_id=ORG).url == url


@pytest.mark.parametrize("token", ["", "   ", "two words", "tök"])
def test_what_cannot_be_a_token_is_refused_without_repeating_it(token):
    with pytest.raises(ConfigurationError) as caught:
        AstroClient(token, organization_id=ORG)
    assert token.strip() == "" or token not in str(caught.value)


@pytest.mark.parametrize("deployment_id", ["../users", "a/b", "", "x?y"])
def test_an_id_that_would_change_the_path_is_refused(client, requests_mock, deployment_id):
    with pytest.raises(ConfigurationError):
        client.deployments.get(deployment_id)
    assert requests_mock.call_count == 0
