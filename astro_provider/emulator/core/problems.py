"""Error answers, as the API words them."""

from __future__ import annotations

import uuid
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class Problem(Exception):  # noqa: N818  (an answer, not a fault of the emulator)
    """An error answer.

    :param status: HTTP status code.
    :param message: The API's message.
    :param fields: Refused fields as ``(field, code, message)``.
    """

    def __init__(self, status: int, message: str, fields: list[tuple[str, str, str]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = fields or []

    def body(self) -> dict[str, Any]:
        """Return the error object of the API document."""
        body: dict[str, Any] = {
            "message": self.message,
            "requestId": str(uuid.uuid4()),
            "statusCode": self.status,
        }
        if self.fields:
            body["fieldErrors"] = [{"field": f, "code": c, "message": m} for f, c, m in self.fields]
        return body


def invalid(message: str, *fields: tuple[str, str, str]) -> Problem:
    """Return a 400.

    :param message: What is wrong.
    :param fields: Refused fields as ``(field, code, message)``.
    """
    return Problem(400, f"Invalid request: {message}", list(fields))


def not_found(kind: str, identifier: str) -> Problem:
    """Return a 404.

    :param kind: What was looked for.
    :param identifier: Its id.
    """
    return Problem(404, f"{kind} {identifier} not found")


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Say that there is no such name, and which one may be meant or which there are.

    :param what: What was named.
    :param name: The name.
    :param known: The names that there are.
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(names)}."
    return f"There is no {what} {name!r}. {hint}"


def forbidden(permission: str) -> Problem:
    """Return a 403 that names the missing permission.

    :param permission: As the API document names it.
    """
    return Problem(403, f"Forbidden: the token lacks the permission {permission}")
