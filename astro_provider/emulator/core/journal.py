"""The requests so far. Tokens are not kept; secrets are hidden from whoever reads over HTTP."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

HIDDEN_HEADERS = {"authorization", "cookie"}


@dataclass
class Request:
    """One request.

    :param at: Epoch seconds at which it arrived.
    :param method: HTTP method.
    :param path: Path below ``/v1``.
    :param query: Query parameters in order.
    :param headers: Headers, lower case, without the token.
    :param body: The JSON body, as sent.
    :param secrets: Fields of the body that are secret; ``None``: nobody knows which, so that none is shown.
    :param status: The response's status; ``None`` when the connection was dropped.
    :param object_id: Id of the object that the request made or found.
    """

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any = None
    secrets: tuple[str, ...] | None = ()
    status: int | None = None
    object_id: str | None = None
    at: float = field(default_factory=time.time)

    def public(self) -> dict[str, Any]:
        """Return the request as it may be shown: the values of secret fields are hidden."""
        shown = asdict(self)
        del shown["secrets"]
        if self.secrets is None:
            return {**shown, "body": None}
        for path in self.secrets:
            _hide(shown["body"], path.split("."))
        return shown


def kept_headers(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Return the headers that are kept.

    :param headers: All headers of a request.
    """
    return {name.lower(): value for name, value in headers if name.lower() not in HIDDEN_HEADERS}


def _hide(body: Any, path: list[str]) -> None:
    """Hide one field, in each item of the lists on the way to it."""
    if isinstance(body, list):
        for item in body:
            _hide(item, path)
    elif isinstance(body, dict) and path[0] in body:
        if len(path) > 1:
            _hide(body[path[0]], path[1:])
        elif body.get("isSecret") is not False:
            body[path[0]] = "****"
