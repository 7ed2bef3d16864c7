"""A registry at the edge of the HTTP library, which can fail in every way."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests_mock

from tests.builders.images import BuiltImage, digest_of

UPLOADS = "/blobs/uploads/"


@dataclass
class Answer:
    """What a registry responds.

    :param declared: Length that it announces, if it is not that of the body.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    declared: int | None = None


class FakeRegistry:
    """One host: a registry, a token service, or a cloud's storage.

    :param mocker: Where it is put.
    :param host: Its host.
    :param challenge: ``WWW-Authenticate`` for requests whose ``Authorization`` is not ``accepts``; ``None``: no login.
    :param accepts: The ``Authorization`` that it wants.
    """

    def __init__(
        self, mocker: requests_mock.Mocker, host: str, *, challenge: str | None = None, accepts: str | None = None
    ) -> None:
        self.host = host
        self.challenge = challenge
        self.accepts = accepts
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[str, tuple[bytes, str]] = {}
        #: Method, path with query, and Authorization of each request.
        self.seen: list[tuple[str, str, str | None]] = []
        #: The next answers to requests with this method and this piece of their path, before its own.
        self.faults: list[tuple[str, str, Answer | Callable[[Any], Answer]]] = []
        mocker.register_uri(
            requests_mock.ANY, re.compile(rf"^https://{re.escape(host)}(:443)?/", re.IGNORECASE), body=self._respond
        )

    def add(self, built: BuiltImage, name: str | None = None) -> BuiltImage:
        self.blobs |= built.blobs
        self.manifests[built.digest] = (built.manifest, built.media_type)
        if name:
            self.manifests[name] = (built.manifest, built.media_type)
        return built

    def fail(self, method: str, path: str, *answers: Answer | Callable[[Any], Answer]) -> None:
        self.faults += [(method, path, answer) for answer in answers]

    def calls(self, method: str) -> list[str]:
        return [path for made, path, _ in self.seen if made == method]

    def _respond(self, request: Any, context: Any) -> Any:
        parts = urlsplit(request.url)
        whole = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self.seen.append((request.method, whole, request.headers.get("Authorization")))
        answer = self._fault(request, whole) or self._own(request, parts.path, parse_qs(parts.query))
        context.status_code = answer.status
        context.headers.update(answer.headers)
        if answer.body or answer.declared is not None:
            context.headers["Content-Length"] = str(len(answer.body) if answer.declared is None else answer.declared)
        return io.BytesIO(b"" if request.method == "HEAD" else answer.body)

    def _fault(self, request: Any, path: str) -> Answer | None:
        for number, (method, piece, answer) in enumerate(self.faults):
            if request.method == method and piece in path:
                del self.faults[number]
                return answer(request) if callable(answer) else answer
        return None

    def _own(self, request: Any, path: str, query: dict[str, list[str]]) -> Answer:
        if self.accepts and request.headers.get("Authorization") != self.accepts:
            return Answer(401, b'{"errors": []}', {"WWW-Authenticate": self.challenge or ""})
        last = path.rpartition("/")[2]
        if request.method in {"GET", "HEAD"}:
            if "/manifests/" in path and last in self.manifests:
                body, media_type = self.manifests[last]
                return Answer(200, body, {"Content-Type": media_type, "Docker-Content-Digest": digest_of(body)})
            if "/blobs/" in path and last in self.blobs:
                return Answer(200, self.blobs[last])
            return Answer(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}')
        if request.method == "POST":
            return Answer(202, b"", {"Location": f"{path}session-1?_state=s3cretstate"})
        if request.method == "PATCH":
            self._received = b"".join(request.body) if request.body else b""
            return Answer(202, b"", {"Location": f"{path.replace('session-1', 'session-2')}?_state=s3cretstate2"})
        if "/manifests/" in path:
            self.manifests[last] = (request.body, request.headers["Content-Type"])
            return Answer(201, b"", {"Docker-Content-Digest": digest_of(request.body)})
        assert query["_state"] == ["s3cretstate2"]
        (digest,) = query["digest"]
        if digest_of(self._received) != digest:
            return Answer(400, b'{"errors": [{"code": "DIGEST_INVALID", "message": "digest invalid"}]}')
        self.blobs[digest] = self._received
        return Answer(201)
