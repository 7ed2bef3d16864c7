"""HTTP servers in a thread of their own that start and stop at once."""

from __future__ import annotations

import asyncio
import threading
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.server import ServerState

from astro_provider.emulator.http.breakable import BreakableProtocol

if TYPE_CHECKING:
    import socket
    from collections.abc import Coroutine, Iterable

OPTIONS: dict[str, Any] = {"lifespan": "off", "log_level": "warning", "access_log": False, "proxy_headers": False}
#: Seconds that requests have to end in after the server was told to stop.
GRACE = 1.0
#: Turns of the loop in which asyncio finishes what it has begun with a connection.
TURNS = 4


class Server:
    """Serves ASGI applications.

    uvicorn's own server looks every tenth of a second whether it should stop. Here only its protocol is used, in an
    event loop that is told so.

    :param apps: The ASGI applications.
    """

    def __init__(self, *apps: Any) -> None:
        self._configs = [uvicorn.Config(app, http=BreakableProtocol, log_config=None, **OPTIONS) for app in apps]
        self._servers: list[asyncio.Server] = []
        self._state = ServerState()

    def start(self, *listening: socket.socket) -> None:
        """Serve; returns when requests are accepted.

        :param listening: For each application a socket that is bound and listens.
        """
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="astro-emulator")
        self._thread.start()
        self._run(self._open(listening))

    def stop(self) -> None:
        """Stop serving; returns when nothing is left of it."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self, listening: Iterable[socket.socket]) -> None:
        self._update_date()
        for config, sock in zip(self._configs, listening, strict=True):
            config.load()
            protocol = partial(BreakableProtocol, config, self._state, {})
            self._servers.append(await self._loop.create_server(protocol, sock=sock))

    def _update_date(self) -> None:
        self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        self._timer = self._loop.call_later(1, self._update_date)

    async def _close(self) -> None:
        self._timer.cancel()
        for server in self._servers:
            for sock in server.sockets:
                self._loop.remove_reader(sock.fileno())
        for _ in range(TURNS):  # a connection that was accepted a moment ago is not known yet
            await asyncio.sleep(0)
        # Not before: asyncio would lose such a connection, and leave it open.
        for server in self._servers:
            server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # lets the idle connections close
        if self._state.connections and self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=GRACE)
        for connection in list(self._state.connections):
            connection.transport.abort()
        for _ in range(TURNS):
            await asyncio.sleep(0)
        for task in self._state.tasks:
            task.cancel()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)
