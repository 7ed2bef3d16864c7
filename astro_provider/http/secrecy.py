"""Keeps addresses that are credentials out of the HTTP library's log lines."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Everything of ``urllib3`` that writes log lines, some of them with the URL.
LOGGERS = tuple(f"urllib3.{name}" for name in ("connection", "connectionpool", "poolmanager", "response", "util.retry"))
_is_secret: ContextVar[bool] = ContextVar("_is_secret", default=False)


@contextmanager
def unlogged() -> Iterator[None]:
    """Send something without a log line of the HTTP library: signed URLs and upload sessions."""
    before = _is_secret.set(True)
    try:
        yield
    finally:
        _is_secret.reset(before)


def _is_public(_: logging.LogRecord) -> bool:
    return not _is_secret.get()


for _name in LOGGERS:
    logging.getLogger(_name).addFilter(_is_public)
