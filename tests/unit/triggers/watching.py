"""What the tests of event triggers share: the part of a triggerer, and what Airflow 3.3 keeps for a trigger."""

from __future__ import annotations

import asyncio
import json
from importlib import import_module
from typing import Any


class Memory(dict):
    """Airflow 3.3's asset state store."""

    async def aget(self, key: str) -> Any:
        return json.loads(self[key]) if key in self else None

    async def aset(self, key: str, value: Any) -> None:
        self[key] = json.dumps(value)


class Watcher:
    """Runs a trigger as a triggerer does: recreated from its serialized form, and waited for.

    :param astro: The emulator.
    :param trigger: The trigger.
    :param memory: What Airflow keeps for it, from 3.3.
    :param poll: What the path of a poll's request ends with. Default: every request is one.
    """

    def __init__(self, astro: Any, trigger: Any, memory: Any = None, *, poll: str = "") -> None:
        self.astro, self.poll = astro, poll
        path, arguments = trigger.serialize()
        module, name = path.rsplit(".", 1)
        self.trigger = getattr(import_module(module), name)(**json.loads(json.dumps(arguments)))
        if memory is not None:
            self.trigger.asset_state_store = memory

    async def __aenter__(self) -> Watcher:
        self.stream = self.trigger.run()
        self.coming = asyncio.ensure_future(anext(self.stream))
        return self

    async def __aexit__(self, *error: object) -> None:
        self.coming.cancel()
        await asyncio.gather(self.coming, return_exceptions=True)
        await self.stream.aclose()

    async def polls(self, times: int = 2) -> None:
        """Wait until it has polled so often and handled all but the last."""
        wanted = self._polled() + times
        while self._polled() < wanted:
            await asyncio.sleep(0)

    def _polled(self) -> int:
        return sum(request.path.endswith(self.poll) for request in self.astro.requests)

    async def event(self) -> dict[str, Any]:
        payload = json.loads(json.dumps((await asyncio.wait_for(asyncio.shield(self.coming), 60)).payload))
        self.coming = asyncio.ensure_future(anext(self.stream))
        return payload
