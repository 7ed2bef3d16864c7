"""The one loop of a triggerer: a wait's polls, a watcher's polls and an ``on_kill`` are attempts of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

T = TypeVar("T")


async def attempts(
    call: Callable[[], Awaitable[T]], pause_after: Callable[[Exception | None], float | None]
) -> AsyncGenerator[T, None]:
    """Make a call again and again; yields what it returns.

    :param call: What to do; one that raises yields nothing.
    :param pause_after: Is given what an attempt raised, or ``None``; returns the seconds until the next attempt, or
        ``None`` to end the loop. What it raises itself ends the loop, too.
    """
    pause: float | None
    while True:
        try:
            result = await call()
        except Exception as error:  # noqa: BLE001  (``pause_after`` decides, and may raise it again)
            pause = pause_after(error)
        else:
            yield result
            pause = pause_after(None)
        if pause is None:
            return
        await asyncio.sleep(pause)
