"""A container registry in memory, for the demo, and the small image that goes into any registry. Standard library."""

from __future__ import annotations

import gzip
import hashlib
import json
import secrets
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

OCI = "application/vnd.oci"
MANIFEST = f"{OCI}.image.manifest.v1+json"


class ImageRegistry:
    """A registry that takes images from everybody; a subclass runs one at ``address``."""

    address = ""

    def push(self, repository: str, tag: str, runtime: str) -> None:
        """Put a small image there, as CI would.

        :param repository: Its name.
        :param tag: Its tag.
        :param runtime: The Astro Runtime version on its label.
        """
        labels = {"io.astronomer.docker.runtime.version": runtime}
        config = json.dumps({"os": "linux", "architecture": "amd64", "config": {"Labels": labels}}).encode()
        layer = gzip.compress(bytes(1024), mtime=0)
        kept = [self._blob(repository, content) for content in (config, layer)]
        kinds = ("image.config.v1+json", "image.layer.v1.tar+gzip")
        entries = [{"mediaType": f"{OCI}.{kind}", **blob} for kind, blob in zip(kinds, kept, strict=True)]
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": entries[0], "layers": entries[1:]}
        self._send("PUT", f"/v2/{repository}/manifests/{tag}", json.dumps(manifest).encode(), MANIFEST)

    def _blob(self, repository: str, content: bytes) -> dict[str, Any]:
        place = self._send("POST", f"/v2/{repository}/blobs/uploads/", b"")
        self._send("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest_of(content)}", content)
        return {"digest": digest_of(content), "size": len(content)}

    def _send(self, method: str, path: str, body: bytes, media_type: str = "application/octet-stream") -> str:
        """Send a request; return where its response leads to."""
        url = path if path.startswith("http") else f"http://{self.address}{path}"
        request = urllib.request.Request(url, body, {"Content-Type": media_type}, method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            return str(response.headers["Location"])


class MemoryRegistry(ImageRegistry):
    """A registry that needs no program to be installed: just enough for images to be pushed and copied.

    ``with MemoryRegistry() as registry: registry.push(...)``. It keeps every blob and manifest in memory.
    """

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        #: Repository and tag or digest -> manifest and media type.
        self.manifests: dict[tuple[str, str], tuple[bytes, str]] = {}
        #: Upload -> what of it has arrived.
        self.uploads: dict[str, bytes] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> MemoryRegistry:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        return type("Handler", (_Handler,), {"registry": self})

    def begin(self, repository: str) -> str:
        """Begin an upload; return its path.

        :param repository: Where to.
        """
        path = f"/v2/{repository}/blobs/uploads/{secrets.token_hex(8)}"
        self.uploads[path] = b""
        return path


class _Handler(BaseHTTPRequestHandler):
    registry: MemoryRegistry
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        self._show(self._target())

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        repository, _, _ = self._target()
        self._body()
        self._answer(202, {"Location": self.registry.begin(repository)})

    def do_PATCH(self) -> None:
        path = urlsplit(self.path).path
        self.registry.uploads[path] += self._body()
        self._answer(202, {"Location": path})

    def do_PUT(self) -> None:
        repository, kind, name = self._target()
        content = self._body()
        if kind == "manifests":
            entry = (content, self.headers["Content-Type"])
            for key in (name, digest_of(content)):
                self.registry.manifests[repository, key] = entry
            self._answer(201, {"Docker-Content-Digest": digest_of(content)})
            return
        parts = urlsplit(self.path)
        whole = self.registry.uploads.pop(parts.path) + content
        (digest,) = parse_qs(parts.query)["digest"]
        if digest != digest_of(whole):
            self._answer(400, {})
            return
        self.registry.blobs[digest] = whole
        self._answer(201, {"Location": f"/v2/{repository}/blobs/{digest}"})

    def _target(self) -> tuple[str, str, str]:
        """Return repository, ``manifests`` or ``blobs``, and the name of what is asked for."""
        repository, kind, name = "", "", ""
        path = urlsplit(self.path).path.removeprefix("/v2/")
        for candidate in ("manifests", "blobs"):
            before, found, after = path.partition(f"/{candidate}/")
            if found:
                repository, kind, name = before, candidate, after
        return repository, kind, name

    def _show(self, target: tuple[str, str, str]) -> None:
        repository, kind, name = target
        if kind == "manifests" and (entry := self.registry.manifests.get((repository, name))):
            headers = {"Content-Type": entry[1], "Docker-Content-Digest": digest_of(entry[0])}
            self._answer(200, headers, entry[0])
        elif kind == "blobs" and name in self.registry.blobs:
            self._answer(200, {"Content-Type": "application/octet-stream"}, self.registry.blobs[name])
        else:
            self._answer(404 if kind else 200, {"Content-Type": "application/json"}, b"{}")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def digest_of(content: bytes) -> str:
    """Return the digest by which registries name content.

    :param content: The content.
    """
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
