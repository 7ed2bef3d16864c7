"""Bodies that are not JSON, over a real socket: what arrives, and what arrives at the second attempt."""

from __future__ import annotations

import io
import tempfile
from functools import partial

import pytest

from astro_provider.http.api import Api
from astro_provider.http.profile import ErrorBody, Profile
from astro_provider.http.retry import Backoff

PLAIN = Profile(headers={}, limits={}, read_error=lambda body: ErrorBody(), takes_token=lambda url: False)


@pytest.fixture
def api(store):
    api = Api(PLAIN, store.url, None, backoff=Backoff(max_retries=3), sleep=lambda _: None)
    yield api
    api.close()


@pytest.mark.parametrize(
    "new_file",
    [
        io.BytesIO,
        partial(tempfile.SpooledTemporaryFile, 10),
        partial(tempfile.SpooledTemporaryFile, 10_000_000),
    ],
    ids=["BytesIO", "on disk", "in memory"],
)
def test_each_attempt_sends_the_whole_file_with_its_length(api, store, new_file):
    store.failures = 2  # a 503, then a connection that is dropped
    with new_file() as file:
        file.write(b"some bytes" * 9999)
        assert api.send("PUT", "/", content=file, headers={"Content-Type": "a/b"}).status == 201
    assert [body for _, body in store.received] == [b"some bytes" * 9999] * 3
    for headers, _ in store.received:
        assert headers["content-length"] == "99990"
        assert headers["content-type"] == "a/b"
        assert "transfer-encoding" not in headers
        assert "authorization" not in headers


@pytest.mark.parametrize("content", [b"", io.BytesIO()], ids=["bytes", "file"])
def test_content_that_is_empty_has_a_length_too(api, store, content):
    assert api.send("PUT", "/", content=content).status == 201
    headers, body = store.received[0]
    assert (headers["content-length"], body) == ("0", b"")
    assert "transfer-encoding" not in headers


def test_a_file_is_not_read_into_memory(api, store, tmp_path):
    import tracemalloc

    size = 32 * 1024 * 1024
    with (tmp_path / "large").open("w+b") as file:
        file.truncate(size)
        tracemalloc.start()
        try:
            with pytest.MonkeyPatch.context() as patch:
                # The server runs in this process: it must not keep the body either.
                patch.setattr(store.server.RequestHandlerClass, "do_PUT", _drain)
                api.send("PUT", "/", content=file)
            assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
        finally:
            tracemalloc.stop()


def _drain(handler) -> None:
    left = int(handler.headers["Content-Length"])
    while left:
        left -= len(handler.rfile.read(min(left, 65536)))
    handler.send_response(201)
    handler.send_header("Content-Length", "0")
    handler.end_headers()
