"""Error answers, as the API words them."""

from __future__ import annotations

import uuid
from typing import Any


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


def forbidden(permission: str) -> Problem:
    """Return a 403 that names the missing permission.

    :param permission: As the API document names it.
    """
    return Problem(403, f"Forbidden: the token lacks the permission {permission}")
