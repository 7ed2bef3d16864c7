"""Every way in which Airflow lets a person write a connection, times every form of the host: one client, or one error.

The connections are Airflow's own objects, made by the code that makes them when a task asks for one.
"""

from __future__ import annotations

import inspect
import json
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from airflow.cli import cli_parser
from airflow.cli.commands import connection_command
from airflow.models import Connection

from astro_provider.errors import ConfigurationError
from astro_provider.hooks.astro import AstroHook, client_from_connection
from tests.builders.tokens import token
from tests.slow import mostly_slow

try:
    from airflow.sdk.definitions.connection import Connection as TaskConnection
except ImportError:  # Airflow 2 has one class for both
    TaskConnection = None

ID = "astro_default"
TOKEN = token(permissions=["apiTokenId:clt", "organizationId:clown"])
ASTRO = "https://api.astronomer.io/v1"
STAGE = "https://api.astronomer-stage.io/v1"
V4, V6 = "http://127.0.0.1:8899/v1", "http://[::1]:8899/v1"

#: Fields of a connection -> the client's address.
FIELDS = {
    "nothing": ({}, ASTRO),
    "bare": ({"host": "api.astronomer.io"}, ASTRO),
    "bare with a slash": ({"host": "api.astronomer.io/"}, ASTRO),
    "bare with path": ({"host": "api.astronomer.io/v1"}, ASTRO),
    "bare with path and slash": ({"host": "api.astronomer-stage.io/v1/"}, STAGE),
    "upper case": ({"host": "API.astronomer.io"}, ASTRO),
    "blanks": ({"host": "  api.astronomer.io "}, ASTRO),
    "https": ({"host": "https://api.astronomer.io"}, ASTRO),
    "https with path": ({"host": "https://api.astronomer.io/v1"}, ASTRO),
    "https with path and slash": ({"host": "https://api.astronomer.io/v1/"}, ASTRO),
    "path of one's own": ({"host": "https://gateway.example.com/astro/v1"}, "https://gateway.example.com/astro/v1"),
    "port in the host": ({"host": "api.example.com:8443"}, "https://api.example.com:8443/v1"),
    "port in its field": ({"host": "api.example.com", "port": 8443}, "https://api.example.com:8443/v1"),
    "port beside https": ({"host": "https://api.example.com", "port": 8443}, "https://api.example.com:8443/v1"),
    "port beside a path": ({"host": "https://api.example.com/v1/", "port": 8443}, "https://api.example.com:8443/v1"),
    "port twice": ({"host": "https://api.example.com:8443", "port": 8443}, "https://api.example.com:8443/v1"),
    "schema https": ({"host": "api.astronomer.io", "schema": "https"}, ASTRO),
    "schema https alone": ({"schema": "https"}, ASTRO),
    "schema https twice": ({"host": "https://api.astronomer.io", "schema": "HTTPS"}, ASTRO),
    "schema with slashes": ({"host": "api.astronomer.io", "schema": "https://"}, ASTRO),
    "schema v1": ({"host": "api.astronomer.io", "schema": "v1"}, ASTRO),
    "schema /v1/": ({"host": "api.astronomer.io", "schema": "/v1/"}, ASTRO),
    "schema v1 and path": ({"host": "https://api.astronomer.io/v1", "schema": "v1"}, ASTRO),
    "schema v1 alone": ({"schema": "v1"}, ASTRO),
    "loopback": ({"host": "http://127.0.0.1:8899"}, V4),
    "loopback with path": ({"host": "http://127.0.0.1:8899/v1/"}, V4),
    "loopback, port apart": ({"host": "http://127.0.0.1", "port": 8899}, V4),
    "loopback, all apart": ({"host": "127.0.0.1", "port": 8899, "schema": "http"}, V4),
    "localhost": ({"host": "http://localhost:8899"}, "http://localhost:8899/v1"),
    "IPv6": ({"host": "http://[::1]:8899"}, V6),
    "IPv6, port apart": ({"host": "http://[::1]", "port": 8899}, V6),
    "IPv6 without brackets": ({"host": "http://::1", "port": 8899, "schema": "v1"}, V6),
    "IPv6, all apart": ({"host": "::1", "port": 8899, "schema": "http"}, V6),
    "IPv6 with TLS": ({"host": "2001:db8::7"}, "https://[2001:db8::7]/v1"),
}
#: Fields of a connection -> what the error says besides the connection and what to write.
WRONG = {
    "plain http": ({"host": "http://api.astronomer.io"}, "would send the API token unencrypted"),
    "schema http": ({"host": "api.astronomer.io", "schema": "http"}, "would send the API token unencrypted"),
    "schema http alone": ({"schema": "http"}, "a port or a schema, but no host"),
    "port alone": ({"port": 443}, "a port or a schema, but no host"),
    "two schemes": ({"host": "https://127.0.0.1", "schema": "http"}, "scheme https, but another field says http"),
    "two ports": ({"host": "https://x.example.com:1", "port": 2}, "port 1, but another field says 2"),
    "two paths": ({"host": "https://x.example.com/a/v1", "schema": "v1"}, "path /a/v1, but another field says /v1"),
    "schema of a database": (
        {"host": "api.astronomer.io", "schema": "public"},
        "'public' is not http, https or the API's path",
    ),
    "an older API": ({"host": "api.astronomer.io/platform/v1beta1"}, "belongs to an older Astro API"),
    "another protocol": ({"host": "ftp://api.astronomer.io"}, "not an API base URL"),
    "a port that is none": ({"host": "api.astronomer.io:https"}, "is not a URL"),
    "one slash": ({"host": "https:/api.astronomer.io"}, "scheme that is misspelled or given twice"),
    "no colon": ({"host": "https//api.astronomer.io"}, "scheme that is misspelled or given twice"),
    "no slash": ({"host": "https:api.astronomer.io"}, "scheme that is misspelled or given twice"),
    "a scheme twice": ({"host": "https://https://api.astronomer.io"}, "scheme that is misspelled or given twice"),
    "a path without v1": ({"host": "https://gateway.example.com/astro"}, "path '/astro' does not end in /v1"),
    "the page of a Deployment": ({"host": "https://cloud.astronomer.io/w/deployments"}, "does not end in /v1"),
    "a blank within": ({"host": "https://api astronomer.io"}, "is not a URL"),
    "a query": ({"host": "https://api.astronomer.io/v1?x=1"}, "not an API base URL"),
    "a user": ({"host": "https://me:secret@api.astronomer.io"}, "not an API base URL"),
}


def parts(fields):
    """``airflow connections add`` with parts, and the form of both lines."""
    return Connection(conn_id=ID, conn_type="astro", password=TOKEN, **fields)


def as_json(fields):
    return Connection.from_json(json.dumps({"conn_type": "astro", "password": TOKEN, **fields}), conn_id=ID)


def as_json_texts(fields):
    """JSON with every value as text."""
    return as_json({key: str(value) for key, value in fields.items()})


def as_uri(fields):
    """The URI that Airflow itself writes, as ``airflow connections export`` does."""
    return Connection(conn_id=ID, uri=parts(fields).get_uri())


def in_a_task(fields):
    """What a task gets from Airflow: in Airflow 3 another class than the database's."""
    return TaskConnection(conn_id=ID, conn_type="astro", password=TOKEN, **fields)


def in_a_task_by_uri(fields):
    return TaskConnection(conn_id=ID, uri=in_a_task(fields).get_uri())


WAYS = [parts, as_json, as_json_texts, as_uri, *([in_a_task, in_a_task_by_uri] if TaskConnection else [])]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("ASTRO_API_TOKEN", "ASTRO_ORGANIZATION_ID"):
        monkeypatch.delenv(name, raising=False)


def client(connection):
    return client_from_connection(connection, ID)


@pytest.mark.parametrize("way", mostly_slow(WAYS))
@pytest.mark.parametrize("form", FIELDS)
def test_however_it_is_written_it_is_the_same_client(way, form):
    fields, url = FIELDS[form]
    made = client(way(fields))
    assert (made.url, made.organization_id) == (url, "clown")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", WRONG)
def test_what_makes_no_address_is_one_error_that_names_the_connection_and_what_to_write(way, form):
    fields, words = WRONG[form]
    with pytest.raises(ConfigurationError) as caught:
        client(way(fields))
    message = str(caught.value)
    assert f"The connection '{ID}' has no usable address: " in message
    assert words in message
    assert "https://" in message
    assert TOKEN not in message
    assert "secret" not in message


#: URIs as people write them by hand -> the client's address.
URIS = {
    "astro://:{}@api.astronomer.io": ASTRO,
    "astro://:{}@api.astronomer.io/": ASTRO,
    "astro://:{}@api.astronomer.io/v1": ASTRO,
    "astro://:{}@api.astronomer.io/v1/": ASTRO,
    "astro://:{}@api.astronomer.io:443/v1": "https://api.astronomer.io:443/v1",
    "astro://:{}@/": ASTRO,
    "astro://:{}@api.astronomer.io/https": ASTRO,
    "astro://https://:{}@api.astronomer.io": ASTRO,
    "astro://https://:{}@api.astronomer.io/v1": ASTRO,
    "astro://https://:{}@api.astronomer.io:443/v1": "https://api.astronomer.io:443/v1",
    "astro://:{}@https%3A%2F%2Fapi.astronomer.io%2Fv1": ASTRO,
    "astro://:{}@127.0.0.1:8899/http": V4,
    "astro://http://:{}@127.0.0.1:8899": V4,
    "astro://http://:{}@127.0.0.1:8899/v1": V4,
    "astro://http://:{}@[::1]:8899/v1": V6,
    "astro://:{}@[::1]:8899/http": V6,
    "astro://:{}@http%3A%2F%2F127.0.0.1%3A8899%2Fv1": V4,
    "astro://:{}@gateway.example.com/astro%2Fv1": "https://gateway.example.com/astro/v1",
    "astro://:{}@gateway.example.com/astro/v1": "https://gateway.example.com/astro/v1",
}


@pytest.mark.parametrize("uri", URIS)
def test_a_uri_in_the_environment_is_read_as_its_author_meant_it(uri, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", uri.format(TOKEN))
    assert AstroHook().client.url == URIS[uri]


@pytest.mark.parametrize("uri", URIS)
def test_the_same_uri_may_have_an_extra(uri, monkeypatch):
    text = f"{uri.format(TOKEN)}?workspace_id=clworkspace00000000000002"
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", text)
    assert AstroHook().client.workspace_id == "clworkspace00000000000002"


@pytest.mark.parametrize(
    "text", ["astro://:{}@https://api.astronomer.io/v1", '{{"conn_type": "astro", "password": "{}"']
)
def test_what_airflow_cannot_read_is_not_taken_for_a_missing_connection(text, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", text.format(TOKEN))
    monkeypatch.setenv("ASTRO_API_TOKEN", "another.token.altogether")
    with pytest.raises(ConfigurationError) as caught:
        _ = AstroHook().client
    assert "The connection 'astro_default'" in str(caught.value)
    assert "astro://:" in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("password", [None, ""])
def test_a_token_in_the_place_of_the_login_is_told_so_and_no_other_is_used(password, monkeypatch):
    monkeypatch.setenv("ASTRO_API_TOKEN", token(organizationId="clelse"))
    with pytest.raises(ConfigurationError, match=r"'astro_default' has a login, .* astro://:TOKEN@"):
        client(Connection(conn_id=ID, conn_type="astro", login=TOKEN, password=password))


def test_a_login_beside_a_token_is_of_no_use_and_does_no_harm():
    assert client(Connection(conn_id=ID, conn_type="astro", login="cli", password=TOKEN)).url == ASTRO


@pytest.mark.parametrize("domains", [["one.example.com"], "one.example.com, two.example.com"])
def test_airflow_domains_are_a_known_key_of_extra(domains):
    extra = json.dumps({"airflow_domains": domains})
    assert client(Connection(conn_id=ID, conn_type="astro", password=TOKEN, extra=extra)).url == ASTRO


#: Arguments of ``airflow connections add`` -> the client's address.
COMMANDS = {
    "--conn-type astro --conn-password {t}": ASTRO,
    "--conn-type astro --conn-password {t} --conn-host api.astronomer.io": ASTRO,
    "--conn-type astro --conn-password {t} --conn-host 127.0.0.1 --conn-port 8899 --conn-schema http": V4,
    "--conn-type astro --conn-password {t} --conn-host http://127.0.0.1 --conn-port 8899": V4,
    "--conn-type astro --conn-password {t} --conn-host api.astronomer.io --conn-schema v1": ASTRO,
    '--conn-type astro --conn-password {t} --conn-host http://[::1]:8899/ --conn-extra {{"max_retries":1}}': V6,
    "--conn-uri astro://:{t}@api.astronomer.io/v1": ASTRO,
    "--conn-uri astro://http://:{t}@127.0.0.1:8899/v1": V4,
    '--conn-json {{"conn_type":"astro","password":"{t}","host":"http://127.0.0.1","port":8899}}': V4,
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # Airflow's of itself
@pytest.mark.parametrize("command", mostly_slow(COMMANDS))
def test_the_command_line_adds_a_connection_that_works(command, monkeypatch):
    added = []

    @contextmanager
    def session():
        yield SimpleNamespace(scalar=lambda *_: None, add=added.append)

    monkeypatch.setattr(connection_command, "create_session", session)
    arguments = ["connections", "add", ID, *(part.format(t=TOKEN) for part in command.split())]
    args = cli_parser.get_parser().parse_args(arguments)
    inspect.unwrap(connection_command.connections_add)(args)  # without what logs the command in a database
    assert client(added[0]).url == COMMANDS[command]


def test_quoting_the_token_changes_nothing(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_ASTRO_DEFAULT", f"astro://:{quote(TOKEN, safe='')}@api.astronomer.io/v1")
    assert AstroHook().client.organization_id == "clown"
