"""Audit logs over a real socket: what tells the end of a body from a connection that broke."""

from __future__ import annotations

import gzip
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from astro_provider.client import AstroClient
from astro_provider.errors import NoResponseError, UnexpectedResponseError
from astro_provider.http import transport

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 11, 1, tzinfo=timezone.utc)
BODY = b'{"timestamp": "2026-11-01T12:00:00Z"}\n' * 500
PACKED = gzip.compress(BODY)


def chunks(body: bytes, size: int = 40) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"


@pytest.fixture
def export():
    """Export from a server that sends these bytes after these headers, does ``then``, and closes the connection."""
    servers = []

    def export(
        sent: bytes, *, then: Callable[[], object] = lambda: None, timeout: float = 60, **headers: str
    ) -> tuple[bytes, int]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.send_response(200)
                for name, value in {**headers, "Connection": "close"}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(sent)
                self.wfile.flush()
                then()

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/v1"
        published = []

        @contextmanager
        def output():
            written = bytearray()
            yield type("Output", (), {"write": lambda _, data: written.extend(data)})()
            published.append(bytes(written))

        with AstroClient("token", url=url, organization_id="clorg", max_retries=0, request_timeout=timeout) as client:
            try:
                done = client.audit_logs.export(output, start=START, end=START + timedelta(days=1))
            except Exception:
                assert published == []
                raise
        return published[0], done.records

    yield export
    for server in servers:
        server.shutdown()
        server.server_close()


def test_chunks_are_put_together(export):
    assert export(chunks(PACKED), Transfer_Encoding="chunked", Content_Encoding="gzip") == (PACKED, 500)
    stored, records = export(chunks(BODY), Transfer_Encoding="chunked")
    assert (gzip.decompress(stored), records) == (BODY, 500)


@pytest.mark.parametrize("percent", range(2, 100, 7))
@pytest.mark.parametrize("body", [PACKED, BODY], ids=["gzip", "plain"])
def test_chunks_that_break_off_are_not_an_export(export, body, percent):
    sent = chunks(body)
    with pytest.raises((NoResponseError, UnexpectedResponseError)):
        export(sent[: len(sent) * percent // 100], Transfer_Encoding="chunked")


def test_a_missing_last_chunk_is_noticed_though_every_line_is_whole(export):
    with pytest.raises(NoResponseError, match="the body ended early, after"):
        export(chunks(BODY).removesuffix(b"0\r\n\r\n"), Transfer_Encoding="chunked")


def test_a_connection_that_just_closes_ends_gzip_but_nothing_else(export):
    assert export(PACKED) == (PACKED, 500)
    with pytest.raises(UnexpectedResponseError, match="show where it ends"):
        export(BODY)


def test_a_length_that_is_not_met_is_noticed(export):
    with pytest.raises(NoResponseError, match="the body ended early, after"):
        export(BODY, Content_Length=str(len(BODY) + 1))


def test_a_server_that_falls_silent_is_not_waited_for_without_end(export, monkeypatch):
    monkeypatch.setattr(transport, "PIECE", len(PACKED))
    heard = threading.Event()
    try:
        with pytest.raises(NoResponseError, match=f"nothing more arrived after {len(PACKED)} bytes"):
            export(PACKED, then=heard.wait, timeout=0.2, Content_Length=str(len(PACKED) + 1))
    finally:
        heard.set()
