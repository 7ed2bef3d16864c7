"""HTTP for the upload store, on a port of its own: Azure's Put Blob, Put Block and Put Block List."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from contextlib import suppress
from email.utils import formatdate
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from astro_provider.emulator.core.journal import Request, kept_headers
from astro_provider.emulator.core.uploads import Refusal
from astro_provider.emulator.http.exchange import exchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request as HttpRequest

    from astro_provider.emulator.state import State

#: Query parameters that may be shown; the others are the address's signature.
SHOWN = {"comp", "blockid"}


def build(state: State) -> Starlette:
    """Return the ASGI application.

    :param state: The state that it serves.
    """

    async def serve(http: HttpRequest) -> Response:
        chunks = http.stream()

        async def respond() -> Response:
            return await _response(state, http, chunks)

        response = await exchange(state, http, _noted(http), respond)
        with suppress(ClientDisconnect):  # whoever is refused must see it, and not a connection that ends
            async for _ in chunks:
                pass
        return response

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    return Starlette(routes=[Route("/uploads/{blob}", serve, methods=methods)])


def _noted(http: HttpRequest) -> Request:
    query = [(name, value) for name, value in http.query_params.multi_items() if name in SHOWN]
    headers = kept_headers(list(http.headers.items()))
    return Request(http.method, http.url.path, query, headers, secrets=None)


async def _response(state: State, http: HttpRequest, chunks: AsyncIterator[bytes]) -> Response:
    blob, operation = http.path_params["blob"], http.query_params.get("comp", "")
    try:
        _check_request(state, http, blob, operation)
        arrived = await state.uploads.receive(chunks, http.headers.get("content-md5"))
        with state.store.lock:
            version = _kept(state, http, blob, operation, arrived)
    except Refusal as refusal:
        return _refused(refusal)
    except ClientDisconnect:
        return Response(status_code=400)  # for the log: nobody reads it
    headers = {"x-ms-request-id": str(uuid.uuid4()), "x-ms-version": "2022-11-02"}
    if version:
        etag = hashlib.sha256(version.encode()).hexdigest()[:16]
        headers |= {"x-ms-version-id": version, "etag": f'"0x{etag.upper()}"', "last-modified": formatdate(usegmt=True)}
    return Response(status_code=201, headers=headers)


def _check_request(state: State, http: HttpRequest, blob: str, operation: str) -> None:
    if "authorization" in http.headers:
        text = "Authentication information is not given in the correct format. Check the value of Authorization header."
        raise Refusal(400, "InvalidAuthenticationInfo", text)
    state.uploads.check_query(blob, http.url.query)
    if http.method != "PUT":
        text = "This request is not authorized to perform this operation using this permission."
        raise Refusal(403, "AuthorizationPermissionMismatch", text)
    if operation not in {"", "block", "blocklist"}:
        raise Refusal(400, "InvalidQueryParameterValue", "Value for one of the query parameters is invalid: comp.")
    if operation == "block":
        _check_block_id(http.query_params.get("blockid", ""))
    if "content-length" not in http.headers:
        raise Refusal(411, "MissingContentLengthHeader", "Content-Length HTTP header is required.")
    kind = http.headers.get("x-ms-blob-type")
    if not operation and kind != "BlockBlob":
        if kind is None:
            text = "An HTTP header that's mandatory for this request is not specified: x-ms-blob-type."
            raise Refusal(400, "MissingRequiredHeader", text)
        raise Refusal(400, "InvalidHeaderValue", "The value for one of the HTTP headers is invalid: x-ms-blob-type.")


def _check_block_id(block_id: str) -> None:
    try:
        decoded = base64.b64decode(block_id, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not 0 < len(decoded) <= 64:
        raise Refusal(400, "InvalidQueryParameterValue", "Value for one of the query parameters is invalid: blockid.")


def _kept(state: State, http: HttpRequest, blob: str, operation: str, arrived: Path) -> str:
    """Keep what has arrived; returns the version that it makes, empty for a block."""
    if operation == "block":
        state.uploads.keep_block(blob, http.query_params["blockid"], arrived)
        return ""
    if operation == "blocklist":
        return state.uploads.commit(blob, arrived)
    return state.uploads.keep(blob, arrived)


def _refused(refusal: Refusal) -> Response:
    lines = f"<Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message>"
    body = f'<?xml version="1.0" encoding="utf-8"?><Error>{lines}</Error>'
    headers = {"x-ms-error-code": refusal.code, "x-ms-request-id": str(uuid.uuid4())}
    return Response(body, refusal.status, headers=headers, media_type="application/xml")
