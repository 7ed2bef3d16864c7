"""What was asked of the emulator. Tokens are not kept; secrets are hidden from whoever reads over HTTP."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

HIDDEN_HEADERS = {"authorization", "cookie"}


@dataclass
class Request:
    """One call.

    :param at: Epoch seconds at which it arrived.
    :param method: HTTP method.
    :param path: Path below ``/v1``.
    :param query: Query parameters in order.
    :param headers: Headers, lower case, without the token.
    :param body: The JSON body, as sent.
    :param status: The answer's status; ``None`` when the connection was dropped.
    """

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any = None
    status: int | None = None
    at: float = field(default_factory=time.time)

    def public(self) -> dict[str, Any]:
        """Return the call as it may be shown: the values of secret environment variables are hidden."""
        return {**asdict(self), "body": _hidden(self.body)}


def kept_headers(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Return the headers that are kept.

    :param headers: All headers of a request.
    """
    return {name.lower(): value for name, value in headers if name.lower() not in HIDDEN_HEADERS}


def _hidden(body: Any) -> Any:
    entries = body.get("environmentVariables") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        return body
    shown = [
        {**entry, "value": "****"} if isinstance(entry, dict) and entry.get("isSecret") and "value" in entry else entry
        for entry in entries
    ]
    return {**body, "environmentVariables": shown}
