"""Code to a signed URL: what goes there, what never does, and what nobody gets to read."""

from __future__ import annotations

import base64
import hashlib
import importlib
import io
import logging
import pkgutil
import traceback
from dataclasses import dataclass
from urllib.parse import unquote

import pytest
import requests
import urllib3
from urllib3.exceptions import MaxRetryError, NewConnectionError

from astro_provider.client import AstroClient
from astro_provider.errors import (
    BadRequestError,
    NoResponseError,
    RefusedError,
    ServerError,
    UnexpectedResponseError,
    UploadExpiredError,
)
from astro_provider.http.secrecy import LOGGERS
from tests.builders.addresses import ORG, URL

SIGNATURE = "aGVsbG8%2Bd29ybGQ%2FdGhpcyBpcyBzZWNyZXQ%3D"
TARGET = f"container/cldeployment/dags.tar.gz?sv=2024-08-04&sr=b&sp=cw&se=2026-11-26T02%3A00%3A00Z&sig={SIGNATURE}"
HOST = "https://astroproddagdeployment.blob.core.windows.net"
SIGNED = f"{HOST}/{TARGET}"
VERSION = "2026-11-26T01:02:03.1234567Z"
DATA = b"the code" * 1000
LABEL = f"PUT {HOST}/****"
MD5 = base64.b64encode(hashlib.md5(DATA).digest()).decode()


@dataclass
class Tarball:
    file: io.BytesIO
    md5: str
    size: int = len(DATA)


@pytest.fixture
def tarball():
    return Tarball(io.BytesIO(DATA), MD5)


@pytest.fixture
def taken(requests_mock):
    """The store of the signed URL, which takes what it gets."""
    return requests_mock.put(SIGNED, status_code=201, headers={"x-ms-version-id": VERSION})


def assert_hidden(text: str) -> None:
    for secret in (SIGNATURE, unquote(SIGNATURE), "cldeployment/dags", "sig=", SIGNATURE[:20]):
        assert secret not in text


def test_the_tarball_arrives_with_its_length_and_checksum_and_the_version_comes_back(store, tarball):
    with AstroClient("a-token", url="http://127.0.0.1:1/v1", organization_id=ORG) as client:
        assert client.deploys.upload(f"{store.url}/{TARGET}", tarball) == VERSION
    headers, body = store.received[0]
    assert (body, store.paths) == (DATA, [f"/{TARGET}"])
    assert {name: headers[name] for name in ("x-ms-blob-type", "content-length", "content-md5", "content-type")} == {
        "x-ms-blob-type": "BlockBlob",
        "content-length": "8000",
        "content-md5": MD5,
        "content-type": "application/x-tar",
    }


def test_nothing_about_the_token_or_the_api_goes_to_the_store(client, taken, tarball, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    client.deploys.upload(SIGNED, tarball)
    sent = taken.last_request
    assert not {"authorization", "cookie", "x-api-version"} & {name.lower() for name in sent.headers}
    assert "a-token" not in str(sent.headers)


def test_a_store_that_is_not_reachable_is_given_up_soon_but_has_time_to_store_a_large_file(client, taken, tarball):
    client.deploys.upload(SIGNED, tarball)
    assert taken.last_request.timeout == (30.0, pytest.approx(60.0, abs=0.01))
    tarball.size = 3_000_000_000
    client.deploys.upload(SIGNED, tarball)
    assert taken.last_request.timeout == (30.0, 360.0)


@pytest.mark.parametrize(
    "failure",
    [
        {"status_code": 503},
        {"status_code": 500, "text": "<?xml version='1.0'?><Error><Code>InternalError</Code></Error>"},
        {"exc": requests.exceptions.ReadTimeout},
        {"exc": requests.exceptions.ConnectionError},
        {"status_code": 400, "headers": {"x-ms-error-code": "Md5Mismatch"}},
    ],
    ids=str,
)
def test_after_a_failure_the_whole_file_is_sent_again_and_the_last_version_wins(
    client, requests_mock, tarball, pauses, failure
):
    sent = []

    def last(request, _):
        sent.append(request.text.read())
        return ""

    last_one = {"status_code": 201, "headers": {"x-ms-version-id": "second"}, "text": last}
    requests_mock.put(SIGNED, [failure, last_one])
    assert client.deploys.upload(SIGNED, tarball) == "second"
    assert sent == [DATA]
    assert len(pauses) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(400, BadRequestError), (403, UploadExpiredError), (503, ServerError)], ids=str
)
def test_an_error_names_the_host_and_hides_the_rest_wherever_the_store_repeats_it(
    client, requests_mock, tarball, status, kind, caplog
):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "requests_mock.adapter")
    body = f"<Error><Code>Wrong</Code>{'x' * 140}{SIGNED} {SIGNED.replace('&', '&amp;')} {unquote(SIGNATURE)}</Error>"
    requests_mock.put(SIGNED, status_code=status, text=body, headers={"Content-Type": "application/xml"})
    with pytest.raises(kind) as caught:
        client.deploys.upload(SIGNED, tarball)
    text = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert_hidden(text)
    assert f"{LABEL} returned {status}" in text
    assert "<Code>Wrong</Code>" in str(caught.value)


def test_a_connection_that_fails_keeps_the_url_to_itself(client, requests_mock, tarball, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "requests_mock.adapter")
    error = MaxRetryError(None, f"/{TARGET}", NewConnectionError(None, f"refused /{TARGET}"))
    requests_mock.put(SIGNED, exc=requests.exceptions.ConnectionError(error))
    with pytest.raises(NoResponseError, match=rf"{LABEL.replace('*', '[*]')} got no response") as caught:
        client.deploys.upload(SIGNED, tarball)
    seen = caught.value
    assert seen.__cause__ is None
    assert seen.__context__ is None, "it would carry the request along"
    assert_hidden("".join(traceback.format_exception(seen)) + caplog.text)


def test_the_http_librarys_own_log_lines_do_not_have_the_url(store, tarball, caplog):
    caplog.set_level(logging.DEBUG)
    with AstroClient("a-token", url="http://127.0.0.1:1/v1", organization_id=ORG) as client:
        client.deploys.upload(f"{store.url}/{TARGET}", tarball)
    assert_hidden(caplog.text)
    assert f"PUT {store.url}/**** returned 201" in caplog.text


def test_other_requests_are_logged_by_the_http_library_as_before(store, caplog):
    caplog.set_level(logging.DEBUG)
    requests.put(f"{store.url}/visible", timeout=5).close()
    assert "/visible" in caplog.text


def test_every_part_of_the_http_library_that_logs_is_on_the_list():
    found = set()
    for module in pkgutil.walk_packages(urllib3.__path__, "urllib3."):
        if ".contrib." not in module.name and not module.name.startswith("urllib3.http2"):
            loaded = importlib.import_module(module.name)
            if isinstance(getattr(loaded, "log", None), logging.Logger):
                found.add(module.name)
    assert found <= set(LOGGERS)


@pytest.mark.parametrize(
    "location", [f"{HOST}/elsewhere", "https://evil.example.com/x", "/elsewhere", f"{SIGNED}&again=1", ""]
)
def test_no_redirect_is_followed(client, requests_mock, tarball, location):
    requests_mock.put(SIGNED, status_code=307, headers={"Location": location})
    with pytest.raises(UnexpectedResponseError, match=r"\*{4} returned 307, but it redirects") as caught:
        client.deploys.upload(SIGNED, tarball)
    assert requests_mock.call_count == 1
    assert_hidden(str(caught.value))


@pytest.mark.parametrize("headers", [{}, {"x-ms-version-id": ""}], ids=["none", "empty"])
def test_a_response_without_a_version_is_an_error_that_says_so(client, requests_mock, tarball, headers):
    requests_mock.put(SIGNED, status_code=201, headers=headers)
    with pytest.raises(UnexpectedResponseError, match="x-ms-version-id") as caught:
        client.deploys.upload(SIGNED, tarball)
    assert not caught.value.retryable
    assert_hidden(str(caught.value))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"http://astroproddagdeployment.blob.core.windows.net/{TARGET}", "is not https"),
        (f"ftp://127.0.0.1/{TARGET}", "is not https"),
        (f"https://api.example.com/{TARGET}", "the API's own address, 'api.example.com'"),
        (f"https://API.example.com.:443/{TARGET}", "the API's own address"),
        (f"https://api.example.com:8443/{TARGET}", "the API's own address"),
        (f"https://user:pw@store.example.com/{TARGET}", "not one that a file can be sent to"),
        (f"https://api.example.com\\@store.example.com/{TARGET}", "not one that a file can be sent to"),
        (f"https://store.example.com/\n{TARGET}", "not one that a file can be sent to"),
        (f"https:///{TARGET}", "not one that a file can be sent to"),
        (f"https://[oops/{TARGET}", "is not a URL"),
        (f"https://store.example.com:99999/{TARGET}", "is not a URL"),
        ("", "not one that a file can be sent to"),
    ],
    ids=str,
)
def test_a_url_that_code_must_not_go_to_is_refused_before_anything_is_sent(client, requests_mock, tarball, url, words):
    with pytest.raises(RefusedError, match=words) as caught:
        client.deploys.upload(url, tarball)
    assert requests_mock.call_count == 0
    assert_hidden(str(caught.value))
    assert "pw@" not in str(caught.value)


def test_an_emulator_takes_uploads_on_this_machine_but_not_where_its_api_is(requests_mock, tarball):
    requests_mock.put("http://127.0.0.1:9000/x", status_code=201, headers={"x-ms-version-id": VERSION})
    with AstroClient("a-token", url="http://localhost:8899/v1", organization_id=ORG) as client:
        assert client.deploys.upload("http://127.0.0.1:9000/x", tarball) == VERSION
        with pytest.raises(RefusedError, match="the API's own address"):
            client.deploys.upload("http://127.0.0.1:8899/x", tarball)


def test_the_api_is_spoken_to_as_before_after_an_upload(client, taken, tarball, requests_mock):
    client.deploys.upload(SIGNED, tarball)
    requests_mock.get(f"{URL}/organizations/{ORG}/deployments/cldeployment1/deploys", json={"deploys": []})
    client.deploys.list("cldeployment1")
    assert requests_mock.last_request.headers["Authorization"] == "Bearer a-token"
