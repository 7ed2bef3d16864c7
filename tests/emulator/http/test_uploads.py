"""The upload store: what it takes, what it refuses, and what goes wrong on order."""

from __future__ import annotations

import hashlib
import io
import logging
import re
from base64 import b64encode
from email.utils import formatdate

import pytest
import requests

from astro_provider.emulator import Emulator
from astro_provider.emulator.core import uploads
from dev.conditions import wait_until
from tests.emulator.calls import Caller

BLOB = {"x-ms-blob-type": "BlockBlob"}


@pytest.fixture
def address(call, astro):
    """A signed address for an upload."""
    deployment = astro.add_deployment("one")
    return call("POST", f"/deployments/{deployment}/deploys", {"type": "DAG_ONLY"}).json()["dagsUploadUrl"]


@pytest.fixture
def put(call, address):
    def put(content=b"content", url=address, headers=BLOB, method="PUT"):
        return call.session.request(method, url, data=content, headers=headers, timeout=10)

    return put


def stored(astro, address, version):
    blob = address.split("/uploads/")[1].split("?")[0]
    with astro.uploads.open(blob, version) as file:
        return file.read()


def code(answer):
    assert answer.headers["x-ms-error-code"] in answer.text
    return answer.status_code, answer.headers["x-ms-error-code"]


def test_each_upload_is_a_version(put, astro, address):
    answers = [put(b"first"), put(b"second")]
    assert [answer.status_code for answer in answers] == [201, 201]
    versions = [answer.headers["x-ms-version-id"] for answer in answers]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", version) for version in versions)
    assert versions == sorted(set(versions))
    assert [stored(astro, address, version) for version in versions] == [b"first", b"second"]
    assert answers[0].headers["ETag"] != answers[1].headers["ETag"]


def test_the_api_and_the_store_have_ports_of_their_own(astro, address):
    assert astro.upload_port != astro.port
    assert requests.put(address.replace(str(astro.upload_port), str(astro.port)), timeout=10).status_code == 404


def test_a_token_is_refused(put):
    assert code(put(headers={**BLOB, "Authorization": "Bearer x"})) == (400, "InvalidAuthenticationInfo")


def test_the_blob_type_is_needed(put):
    assert code(put(headers={})) == (400, "MissingRequiredHeader")
    assert code(put(headers={"x-ms-blob-type": "PageBlob"})) == (400, "InvalidHeaderValue")


def test_the_length_is_needed(put):
    assert code(put(iter([b"a", b"b"]))) == (411, "MissingContentLengthHeader")


def test_the_checksum_is_checked(put):
    right = b64encode(hashlib.md5(b"content").digest()).decode()
    wrong = b64encode(hashlib.md5(b"other").digest()).decode()
    assert put(headers={**BLOB, "Content-MD5": right}).status_code == 201
    assert code(put(headers={**BLOB, "Content-MD5": wrong})) == (400, "Md5Mismatch")
    for nonsense in ("x", "!!", b64encode(b"short").decode()):
        assert code(put(headers={**BLOB, "Content-MD5": nonsense})) == (400, "InvalidMd5")


def test_an_address_for_one_blob_is_not_good_for_another_nor_without_its_signature(put, address, astro):
    start, _, query = address.partition("?")
    longer = re.sub("se=20", "se=21", query)
    for url in (start, f"{start}?{longer}", f"{start[:-3]}abc?{query}", f"{start}?{query.replace('sig=', 'sig=x')}"):
        assert code(put(url=url)) == (403, "AuthenticationFailed")
    assert code(put(method="GET")) == (403, "AuthorizationPermissionMismatch")
    assert code(put(url=f"{address}&comp=page")) == (400, "InvalidQueryParameterValue")


def test_an_address_expires():
    now = [1_800_000_000.0]
    with Emulator(clock=lambda: now[0]) as astro, requests.Session() as session:
        call = Caller(astro, astro.token, session)
        rest = f"/deployments/{astro.add_deployment('one')}/deploys"
        made = call("POST", rest, {"type": "DAG_ONLY"}).json()
        now[0] += uploads.LIFETIME - 1
        assert session.put(made["dagsUploadUrl"], b"x", headers=BLOB, timeout=10).status_code == 201
        now[0] += 1
        refused = session.put(made["dagsUploadUrl"], b"x", headers=BLOB, timeout=10)
        assert code(refused) == (403, "AuthenticationFailed")
        again = call("GET", f"{rest}/{made['id']}").json()
        assert again["dagsUploadUrl"] == made["dagsUploadUrl"]


def test_blocks_make_a_blob_in_the_order_of_their_list(put, astro, address):
    ids = [b64encode(f"block-{number}".encode()).decode() for number in range(3)]
    for number in (2, 0, 1):
        answer = put(b"%d" % number * 1000, f"{address}&comp=block&blockid={ids[number]}", headers={})
        assert answer.status_code == 201
        assert "x-ms-version-id" not in answer.headers
    listed = "".join(f"<Latest>{block}</Latest>" for block in ids)
    body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'
    answer = put(body.encode(), f"{address}&comp=blocklist", headers={})
    assert answer.status_code == 201
    assert stored(astro, address, answer.headers["x-ms-version-id"]) == b"0" * 1000 + b"1" * 1000 + b"2" * 1000
    assert code(put(body.encode(), f"{address}&comp=blocklist", headers={})) == (400, "InvalidBlockList")
    assert code(put(b"x", f"{address}&comp=block&blockid=!", headers={})) == (400, "InvalidQueryParameterValue")


def test_a_large_upload_goes_through_a_file_and_what_does_not_fit_is_refused(put, astro, address, monkeypatch):
    large = 8 * 1024**2
    monkeypatch.setattr(astro.uploads, "_most_bytes", large + 100)
    assert put(io.BytesIO(b"x" * large)).status_code == 201
    assert code(put(io.BytesIO(b"x" * large))) == (413, "RequestBodyTooLarge")
    assert put(b"small").status_code == 201


def test_faults_are_ordered_as_for_the_api(put, astro):
    astro.fault("PUT", "/uploads/*", status=503, headers={"Retry-After": "1"})
    astro.fault("PUT", "/uploads/*", drop="before")
    astro.fault("PUT", "/uploads/*", drop="after")
    refused = put(io.BytesIO(b"x" * 3_000_000))
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            put()
    assert put().status_code == 201


def test_neither_log_nor_journal_show_the_signature(call, astro, address, put, caplog):
    astro.quiet = False
    with caplog.at_level(logging.INFO, "astro_provider.emulator"):
        put()
        put(url=f"{address}&comp=block&blockid=eA==", headers={})
    signature = address.split("sig=")[1]
    shown = requests.get(astro.url.replace("/v1", "/_emulator/requests"), timeout=10).json()["requests"]
    assert [entry["path"].split("/")[1] for entry in shown[-2:]] == ["uploads", "uploads"]
    assert shown[-1]["query"] == [["comp", "block"], ["blockid", "eA=="]]
    for text in (caplog.text, str(shown), str(astro.requests)):
        assert "uploads" in text
        assert signature not in text


def test_nothing_is_left_of_the_files_after_it_has_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Emulator() as astro, requests.Session() as session:
        call = Caller(astro, astro.token, session)
        rest = f"/deployments/{astro.add_deployment('one')}/deploys"
        address = call("POST", rest, {"type": "DAG_ONLY"}).json()["dagsUploadUrl"]
        assert session.put(address, b"x", headers=BLOB, timeout=10).status_code == 201
        assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    assert list(tmp_path.iterdir()) == []


def test_an_upload_that_breaks_off_leaves_nothing(astro, address, tmp_path, monkeypatch):
    def broken():
        yield b"first"
        raise OSError("the line is cut")

    before = len(astro.requests)
    headers = {**BLOB, "Content-Length": "100", "Date": formatdate()}
    with pytest.raises(OSError, match="the line is cut"):
        requests.put(address, data=broken(), headers=headers, timeout=10)
    going_on = [[], [None]]
    wait_until(
        lambda: [r.status for r in astro.requests[before:]] not in going_on, 30, lambda: "the upload did not end"
    )
    assert requests.put(address, b"x", headers=BLOB, timeout=10).status_code == 201
    assert [path.name for path in astro.uploads._files() if "arriving" in path.name] == []
