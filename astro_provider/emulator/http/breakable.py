"""Breaking connections: a protocol that lets the application reach the socket's transport."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORT = "astro.transport"


class BreakableProtocol(H11Protocol):
    """uvicorn's own HTTP/1.1, with the transport among the request's extensions."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve a connection.

        :param transport: The connection's transport.
        """
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope["extensions"] = {TRANSPORT: transport}
            try:
                await app(scope, receive, send)
            except asyncio.CancelledError:
                if not transport.is_closing():
                    raise

        self.app = with_transport


def abort(scope: Any) -> None:
    """Drop a request's connection as a failing network does.

    :param scope: The request's ASGI scope.
    """
    scope["extensions"][TRANSPORT].abort()


async def cut(scope: Any, status: int, headers: dict[str, str], body: bytes, keep: int) -> None:
    """Send an answer that promises its whole body and ends too early.

    :param scope: The request's ASGI scope.
    :param status: The answer's status.
    :param headers: Its headers.
    :param body: The whole body.
    :param keep: How many bytes of it are sent.
    """
    transport = scope["extensions"][TRANSPORT]
    lines = [f"HTTP/1.1 {status} Cut", *(f"{k}: {v}" for k, v in headers.items()), f"content-length: {len(body)}"]
    transport.write("\r\n".join([*lines, "", ""]).encode() + body[:keep])
    transport.close()
    await asyncio.sleep(0)
