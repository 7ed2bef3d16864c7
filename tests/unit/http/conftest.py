"""A place to send content to, over a real socket."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Store:
    """Keeps what it is sent, and fails as often as it is told."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []
        self.failures = 0
        self.response: tuple[int, dict[str, str], bytes] = (
            201,
            {"x-ms-version-id": "2026-11-26T01:02:03.1234567Z"},
            b"",
        )
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self) -> None:
                length = self.headers.get("Content-Length")
                body = b"" if length is None else self.rfile.read(int(length))
                store.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                store.paths.append(self.path)
                store.failures -= 1
                if store.failures == 0:
                    self.close_connection = True
                    return
                status, headers, body = (503, {}, b"") if store.failures > 0 else store.response
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()
